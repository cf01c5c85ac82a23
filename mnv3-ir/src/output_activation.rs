//! What becomes of scores.

/// What follows the last layer of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputActivation {
    /// Nothing: scores are logits.
    Identity,
    /// `exp(x) / sum(exp(x))`: one class holds, and the probabilities of all add up to 1.
    Softmax,
    /// `1 / (1 + exp(-x))`: any number of classes hold, each with a probability of its own.
    Sigmoid,
}
