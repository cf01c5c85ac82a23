//! What the classes of a head are called.

pub use mnv3_ir::LabelSet;

/// Names of a head's classes, in the order of scores; a background that only detection has is not among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassNames {
    /// A list that comes with mnv3.
    Set(LabelSet),
    /// The spec's own, one a class, no two the same.
    Own(Vec<String>),
}
