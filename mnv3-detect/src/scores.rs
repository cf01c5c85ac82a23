//! Scores of logits.

use mnv3_ir::exp;

/// How a row of logits becomes scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreFunction {
    /// Probabilities that sum up to 1; column 0 is the background, which is no class.
    SoftmaxWithBackground,
    /// Each column by itself; all are classes.
    Sigmoid,
}

impl ScoreFunction {
    /// The first column that is a class.
    #[must_use]
    pub const fn first_class(self) -> usize {
        match self {
            Self::SoftmaxWithBackground => 1,
            Self::Sigmoid => 0,
        }
    }

    /// The scores of an anchor's logits, as many numbers. What is not finite makes NaN of what depends on it, but that a
    /// sigmoid of infinity is 1 and of minus infinity 0.
    pub(crate) fn of(self, logits: &[f32], scores: &mut [f32]) {
        match self {
            Self::SoftmaxWithBackground => softmax(logits, scores),
            Self::Sigmoid => {
                for (logit, score) in logits.iter().zip(scores) {
                    *score = 1.0 / (1.0 + exp(-logit));
                }
            }
        }
    }
}

fn softmax(logits: &[f32], scores: &mut [f32]) {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, logit| most.max(*logit));
    for (logit, score) in logits.iter().zip(&mut *scores) {
        *score = exp(logit - most);
    }
    let inverse = 1.0 / sum(scores);
    scores.iter_mut().for_each(|score| *score *= inverse);
}

/// In eight sums, so that they are added side by side.
fn sum(scores: &[f32]) -> f32 {
    let (eights, rest) = scores.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for eight in eights {
        for (sum, score) in sums.iter_mut().zip(eight) {
            *sum += score;
        }
    }
    sums.iter().chain(rest).sum()
}
