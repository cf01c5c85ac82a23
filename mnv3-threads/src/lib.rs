//! Threads that help whoever runs a network, part of a layer by part of a layer.
//!
//! A layer takes some tens of microseconds, and so does waking a thread that sleeps. A [`Caller`], which is a thread in
//! the middle of a network, does therefore all of its work itself, and lends each layer to [`Workers`] that are awake
//! and idle, who take parts of it. It waits for parts that others have begun, and for nothing else: neither for a worker
//! that sleeps, is busy elsewhere, or does not exist (in a forked child), nor for another caller.
//!
//! No more threads are awake than there are [`Cores`].

mod at_end;
mod cores;
mod patience;
mod slot;
mod sync;
#[cfg(test)]
mod tests;
mod workers;

pub use cores::Cores;
pub use workers::{Caller, Workers};
