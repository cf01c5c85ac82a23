//! What compiled networks link to: kernels, weights and workspace.
//!
//! In: packed weights and an NHWC image. Out: scores. A kernel knows rows of pixels and channels, never blocks of a
//! particular network; a network reaches kernels only through the typed layers, whose const parameters rustc checks.
//! Nothing here reads YAML, and nothing allocates while a network runs.

mod act;
mod arena;
mod kernels;
mod layer;
mod weights;

pub use act::Act;
pub use layer::{LANES, block_scratch, padded};
