//! Heads of every kind: what follows the last map.

use super::{Dense, OutputActivation, Pool, PoolWindow, Source};

/// What follows the last map.
#[derive(Clone, Debug, PartialEq)]
pub enum Head {
    /// Scores of the whole image, or its embedding.
    Classify(Classify),
}

/// From the last map to one vector: scores, or an embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct Classify {
    /// Where it is written.
    pub source: Source,
    /// Pools over windows, before the global one.
    pub windows: Vec<PoolWindow>,
    /// Global pool.
    pub pool: Pool,
    /// The wide layer after the pool.
    pub hidden: Option<Dense>,
    /// Scores; without them, what was pooled or what the hidden layer gives is the answer: an embedding.
    pub classes: Option<Classes>,
}

/// From the head's vector to scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// One output a class.
    pub layer: Dense,
    /// What becomes of the scores.
    pub activation: OutputActivation,
}

impl Classify {
    /// Numbers of an answer, of a map that is pooled to so many channels.
    pub(super) fn width(&self, pooled: usize) -> usize {
        match (&self.classes, &self.hidden) {
            (Some(classes), _) => classes.layer.output,
            (None, Some(hidden)) => hidden.output,
            (None, None) => pooled,
        }
    }
}

impl Head {
    /// Where it is written.
    #[must_use]
    pub fn source(&self) -> &Source {
        match self {
            Self::Classify(classify) => &classify.source,
        }
    }
}
