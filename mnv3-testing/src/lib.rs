//! What tests and benchmarks of several crates share. It is published nowhere: a dev-dependency, by its path.
//!
//! - [`formula`]: weights and images that Python and Rust compute alike, so that fixtures store outputs only.
//! - [`levels`]: the SIMD levels of this machine.

pub mod formula;
pub mod levels;
