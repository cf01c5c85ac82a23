//! The words and the sizes that all crates of mnv3 share.
//!
//! A word that two crates use, [`Act`] or [`Window`], stands here once. A size that two crates must agree on is computed
//! here once: [`BlockPlan`] says what a block does in memory and time; the spec's bounds, the generated code, `mnv3
//! summary --plan` and the kernels all read it.
//!
//! Everything is a value or a `const fn`, so that a user's crate can assert it while it compiles. Nothing here reads a
//! file, names a tensor or runs a network.
#![no_std]

mod act;
mod block_plan;
mod exp;
pub mod int8;
mod labels;
mod lanes;
mod output_activation;
mod packing;
mod placing;
mod pool;
mod region;
mod shape;
mod visible;
mod weights;
mod window;

#[cfg(test)]
mod tests;

pub use act::Act;
pub use block_plan::{BlockPlan, BlockScratch, BlockSizes, Division, LineBufferPlan, ThreadScratch, prefetch_under};
pub use exp::exp;
pub use labels::{LabelSet, Labels};
pub use lanes::{LANES, groups, padded};
pub use output_activation::OutputActivation;
pub use packing::{CACHE_LINE, Packing};
pub use placing::{Placement, Placing};
pub use pool::Pool;
pub use region::Region;
pub use shape::Shape;
pub use visible::{Visible, VisibleLines, is_plain};
pub use weights::{Layout, Naming};
pub use window::{MASK_STRIP, Window, depthwise_scratch, mask_scratch, resize_scratch, stem_scratch};
