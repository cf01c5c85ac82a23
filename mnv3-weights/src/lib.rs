//! From a weights file to the numbers that kernels read.
//!
//! In: a safetensors file, or one that was packed before, and the network's [`Manifest`]. Out: [`Packed`] weights with
//! batch norms folded, or everything that is wrong with the file in one [`WeightsError`]. The macro, the command line
//! and the running network all read weights here. It knows tensors and layers, never how a network runs.
//!
//! No number in a file decides how much is allocated.

mod arena;
mod around;
mod error;
mod fingerprint;
mod fold;
mod int8;
mod int8_parts;
mod kind;
mod manifest;
mod names;
mod packed;
pub mod prefix;
mod prepacked;
mod problem;
mod read;
mod scales;
mod shape;
pub mod table;
mod tensor_name;
mod values;

#[doc(hidden)]
pub use arena::Arena;
pub use around::Around;
pub use error::WeightsError;
pub use int8_parts::Int8Parts;
pub use kind::Kind;
pub use manifest::{FileTensors, Manifest, Norm, PackedLayer, Tensor};
pub use mnv3_ir::{Layout, Naming, Packing};
pub use packed::{Packed, to_prepacked};
pub use prepacked::{Embedded, HEADER_BYTES, LAYOUT_VERSION, is_prepacked};
pub use problem::{PrepackedProblem, Problem};
pub use read::tensor;
pub use scales::SCALES_OF;
pub use tensor_name::TensorName;

#[cfg(test)]
mod tests;
