//! Pictures to answers on all cores.
//!
//! In: an iterator of inputs, and what is to be done with each. Out: an iterator of results, in the order of the inputs. Each thread
//! takes the next input when it has done the one before, so that all cores are busy with whole pictures; none runs further ahead of
//! the caller than [`StreamOptions`] say, so that memory is bounded; an input that fails, by an error or by a panic, is one error.
//! What a network is, is not known here: compiled networks and `mnv3-exec` both hand in a closure for each thread.
//!
//! ```
//! use mnv3_stream::{StreamError, StreamOptions, stream};
//!
//! let files = ["a.jpg", "no.jpg", "b.jpg"];
//! // For each thread a function of its own: what it keeps between inputs is its workspace.
//! let lengths = stream(files, StreamOptions::default(), || |name: &str| match name {
//!     "no.jpg" => Err(StreamError::Panicked("an error of yours".to_owned())),
//!     _ => Ok(name.len()),
//! });
//! let lengths: Vec<_> = lengths.map(Result::ok).collect();
//! assert_eq!(lengths, [Some(5), None, Some(5)]);
//! ```

mod answers;
mod error;
mod feed;
mod options;
mod shared;
mod source;
mod start;

pub use answers::Answers;
pub use error::{StreamError, ThreadFailure};
pub use options::StreamOptions;
pub use source::PictureSource;
pub use start::{stream, stream_in};
