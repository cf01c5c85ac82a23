//! Pools.

/// How a pool makes one number of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Mean.
    Avg,
    /// Maximum.
    Max,
}
