//! What compiled networks link to: kernels, weights and workspace.
//!
//! In: packed weights and an NHWC image. Out: scores. A kernel knows rows of pixels and channels, never blocks of a
//! particular network; a network reaches kernels only through the typed [`layers`], whose const parameters rustc checks.
//! Nothing here reads YAML, and nothing allocates while a network runs, but for the queues of a caller's rayon pool.

mod batch;
#[doc(hidden)]
pub mod by_value;
mod cpu;
mod engine;
#[cfg(feature = "threads")]
mod helpers;
mod image;
#[cfg(feature = "rayon")]
mod in_pool;
#[doc(hidden)]
pub mod int8;
mod int8_layer;
mod kernels;
#[doc(hidden)]
pub mod layer;
mod level;
#[cfg(test)]
mod naive;
mod observer;
#[cfg_attr(not(feature = "threads"), path = "no_threads.rs")]
mod threads;
mod top;
mod typed;

pub use batch::BatchError;
pub use cpu::Cpu;
pub use engine::Engine;
pub use image::{LengthError, ShapeError, packed};
pub use level::{Level, LevelError};
pub use mnv3_ir::{Act, LANES, LabelSet, Labels, Layout, Naming, OutputActivation, Packing, Placing};
#[doc(hidden)]
pub use mnv3_weights::Arena;
pub use mnv3_weights::{
    Around, Embedded, Kind, Manifest, Norm, PackedLayer, Problem, Tensor, TensorName, WeightsError, table,
};
pub use ndarray;
pub use observer::{MapView, Observer};
pub use threads::{Threads, ThreadsError};
pub use top::top;

/// What generated code is written in.
pub mod layers {
    pub use crate::typed::*;
}
