//! What tests and benchmarks of several crates share. It is published nowhere: a dev-dependency, by its path.
//!
//! - [`formula`]: weights and images that Python and Rust compute alike, so that fixtures store outputs only.
//! - [`Weights`]: the same for a network with any names and layouts.
//! - [`Fixture`]: what a reference library said of a network.
//! - [`levels`]: the SIMD levels of this machine.
//! - [`naive`]: any network in float64, straight from the definition.
//! - [`pictures`]: pictures of noise.
//! - [`places`]: of a map, in order.
//! - [`random`]: legal specs by chance, and the smallest spec that still fails.
//! - [`strangers`]: crates outside of the workspace.

mod fixture;
pub mod formula;
pub mod levels;
pub mod naive;
pub mod pictures;
mod places;
pub mod random;
mod safetensors_file;
pub mod strangers;
mod weights;

pub use fixture::{Fixture, Mismatch, ShownValues};
pub use places::places;
pub use weights::Weights;
