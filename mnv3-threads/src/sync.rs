//! What threads meet through: of std, or, in unit tests, of loom, which runs every order in which they can meet.

#[cfg(test)]
pub(crate) use loom::{hint::spin_loop, sync::atomic, thread};
#[cfg(not(test))]
pub(crate) use std::{hint::spin_loop, sync::atomic, thread};
