//! A compiler for MobileNetV3: a YAML table of bottlenecks goes in, and [`mobilenet!`] turns it, while your crate
//! compiles, into an unrolled, shape-checked forward function.
#![cfg_attr(not(doctest), doc = "")]

pub use mnv3_macros::mobilenet;
pub use mnv3_runtime::*;
