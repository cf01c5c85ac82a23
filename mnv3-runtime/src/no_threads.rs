//! Without the feature `threads` there are none to be had.

use crate::cpu::Cpu;
use fearless_simd::Level;
use std::convert::Infallible;

/// Threads that share the work of every layer, or the images of a batch: needs the feature `threads`.
#[derive(Clone, Debug)]
pub struct Threads(Infallible);

/// The operating system gave no threads.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot start {count} threads: {reason}")]
pub struct ThreadsError {
    /// Threads asked for.
    pub count: usize,
    /// What the operating system said.
    pub reason: String,
}

impl Threads {
    /// Never called.
    #[must_use]
    pub fn count(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn reserve(&self, _: usize) {
        match self.0 {}
    }

    pub(crate) fn install<R: Send>(&self, _: impl FnOnce(Cpu<'_>) -> R + Send, _: Level) -> R {
        match self.0 {}
    }
}
