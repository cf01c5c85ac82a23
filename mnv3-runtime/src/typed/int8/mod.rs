//! The same for networks in eight bits: maps of bytes, vectors in single precision, each to the bits of docs/int8.md.

mod forward;
mod layers;

pub use forward::{classes, global_pool, hidden, inverted_residual, pointwise, stem, window_pool};
pub use layers::{AddMap, Depthwise, Expansion, Map, Pointwise, Stem};
