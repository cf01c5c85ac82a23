//! Heads of every kind: what follows the last map.

use super::{Dense, Pool, PoolWindow, Source};

/// What follows the last map.
#[derive(Clone, Debug, PartialEq)]
pub enum Head {
    /// Scores of the whole image.
    Classify(Classify),
}

/// From the last map to scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Classify {
    /// Where it is written.
    pub source: Source,
    /// Pools over windows, before the global one.
    pub windows: Vec<PoolWindow>,
    /// Global pool.
    pub pool: Pool,
    /// The wide layer before the scores.
    pub hidden: Option<Dense>,
    /// Scores.
    pub classes: Dense,
    /// Whether scores are probabilities.
    pub softmax: bool,
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
