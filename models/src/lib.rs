//! Trained models that come with mnv3, each ready to be asked: its weights are in the program, and what happens to a picture
//! before the network sees it is done here.
//!
//! Each model is a feature, and none is on by default: a program carries the weights of those that it asks for, and
//! compiles nothing else. The specs alone, without a line of code, are the crate `mnv3-published`.
//!
//! | feature | module | answers |
//! | --- | --- | --- |
//! | `text-direction` | `text_direction` | is a line of text upright, or turned by 180 degrees? |
//!
//! In a debug build, networks need `opt-level = 3` for mnv3-runtime, as the documentation of `mnv3` has it.

#[cfg(feature = "text-direction")]
pub mod text_direction;
