//! Weights of MobileNetV3 from the files that people have.
//!
//! In: a PyTorch checkpoint, a safetensors, Keras or Paddle file, an ONNX or TensorFlow Lite model, as bytes. Out: a [`Checkpoint`] with the tensors' names,
//! shapes and numbers as the file has them, which writes itself as safetensors; and [`check()`], which says whether it
//! fits a spec, and what is missing, extra or mis-shaped.
//!
//! A PyTorch checkpoint is a Python program. It is read as data, and nothing in it is run: what it would call becomes an
//! inert value, and only a wanted tensor that depends on one is an error ([`Checkpoint::not_run`] says what was named).
//! Nothing in a file decides how much is allocated: tensors are bytes of the file, and may claim at most four times its
//! length.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bytes = std::fs::read("mobilenet_v3_large.pth")?;
//! let checkpoint = mnv3_convert::read(&bytes, &mnv3_convert::ConvertOptions::default())?;
//! let spec = mnv3_spec::load("mnv3:large", "".as_ref())?;
//! let report = mnv3_convert::check(&spec.network, &checkpoint)?;
//! assert!(report.fits(), "{report}");
//! std::fs::write("large.safetensors", checkpoint.to_safetensors(None)?)?;
//! # Ok(())
//! # }
//! ```

mod adapt;
mod archive;
mod check;
mod checkpoint;
mod dtype;
mod error;
mod foreign;
mod format;
mod graph;
mod keras;
mod names;
mod onnx;
mod pickle;
mod remedy;
mod rename;
mod safetensors_file;
mod strided;
mod tflite;
mod torch;

pub use check::{Report, UnusedTensor, check};
pub use checkpoint::{Checkpoint, ConvertOptions, Format, Ordered, Tensor};
pub use dtype::Precision;
pub use error::ConvertError;
pub use foreign::SAVED_MODEL;
pub use format::read;
pub use rename::{Rename, RenameError};
pub use safetensors::Dtype;
