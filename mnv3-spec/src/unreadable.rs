//! Why a file cannot be read.

/// Why a file could not be read, and what to do.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) message: String,
    pub(crate) help: String,
    /// Whether there is nothing at its place.
    pub(crate) is_missing: bool,
}

impl Unreadable {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
            is_missing: false,
        }
    }
}
