//! From a weights file to the floats that kernels read.
//!
//! In: a safetensors file, or one that was packed before, and the network's [`Manifest`]. Out: [`Packed`] weights with
//! batch norms folded, or everything that is wrong with the file in one [`WeightsError`]. The macro, the command line
//! and the running network all read weights here. It knows tensors and layers, never how a network runs.
//! Beside that stands what a plan and the kernels must agree on: how channels lie in memory, and the size of scratch.
//!
//! No number in a file decides how much is allocated.

mod arena;
mod error;
mod fold;
mod layout;
mod manifest;
mod names;
mod packed;
mod prepacked;
mod read;
mod scratch;
mod values;

#[doc(hidden)]
pub use arena::Arena;
pub use error::{Problem, WeightsError};
pub use layout::{LANES, padded};
pub use manifest::{Kind, Layout, Manifest, Naming, Norm, Recipe, Tensor};
pub use packed::Packed;
pub use prepacked::{Embedded, HEADER_BYTES, LAYOUT_VERSION, is_prepacked, to_prepacked};
#[doc(hidden)]
pub use scratch::{block_scratch, chunk, kept_floats, ring_rows, rows_at_once, stem_scratch};

#[cfg(test)]
mod tests;
