//! The layers that generated code is written in: every size is a const parameter, and rustc relates them.
//!
//! Thin on purpose: each function checks shapes at compile time and hands values to one kernel that is compiled once,
//! here, so that a network adds little to the build of the crate that holds it.

mod elementwise;
mod forward;
pub mod int8;
mod layers;
mod map;
mod shapes;
mod window_pool;

pub use elementwise::{activate, activate_vector, add, depthwise, enlarge, gate, pixel_shuffle, resize, scale};
pub use forward::{classes, flatten, global_pool, hidden, inverted_residual, pointwise, sigmoid, softmax, stem};
pub use layers::{
    AddInput, AddMap, Depthwise, Dilation, Expansion, Gate, InvertedResidual, Kernel, NoExpand, NoGate, NoResidual,
    Padding, Pair, Pointwise, Residual, SqueezeExcite, Stem, Stride,
};
pub use map::{Image, Map, Vector};
pub use mnv3_ir::Pool;
pub use window_pool::window_pool;
