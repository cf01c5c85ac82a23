//! What can go wrong with one input.

use mnv3_image::{DecodeError, ImageError};
use std::any::Any;
use std::io;

/// Why a thread has no answer, whatever was to be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThreadFailure {
    /// What was called panicked: a fault of it, such as of a decoder. The thread goes on with memory that is made anew.
    #[error("a panic stopped it: {0}")]
    Panicked(String),
    /// No thread can be started, so that there are no answers.
    #[error("no thread can be started: {0}")]
    NoThread(#[source] io::Error),
}

/// Why there is no answer about a picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The input is no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The picture does not become the network's input.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A decoder or a network panicked: a fault of it. Other inputs are answered.
    #[error("a panic stopped it: {0}")]
    Panicked(String),
    /// No thread can be started, so that there are no answers.
    #[error("no thread can be started: {0}")]
    NoThread(#[source] io::Error),
}

impl From<ThreadFailure> for StreamError {
    fn from(failure: ThreadFailure) -> Self {
        match failure {
            ThreadFailure::Panicked(message) => Self::Panicked(message),
            ThreadFailure::NoThread(reason) => Self::NoThread(reason),
        }
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it does not say why").to_owned()
}
