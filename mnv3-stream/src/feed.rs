//! The inputs of a stream, which its threads take one after the other.

use crate::shared::Turns;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// An iterator and how many of its items were taken.
pub(crate) struct Feed<I> {
    inputs: Mutex<Numbered<I>>,
    ahead: u64,
}

struct Numbered<I> {
    /// None when it has ended, or the caller wants no more.
    inputs: Option<I>,
    taken: u64,
}

impl<I: Iterator> Feed<I> {
    pub(crate) fn new(inputs: I, ahead: u64) -> Self {
        Self {
            inputs: Mutex::new(Numbered {
                inputs: Some(inputs),
                taken: 0,
            }),
            ahead,
        }
    }

    /// The next input and its number, once there is room for its answer. Threads wait for each other here: an iterator that waits
    /// holds up those that have nothing to do, and nobody else.
    pub(crate) fn next<R>(&self, turns: &Turns<R>) -> Option<(u64, I::Item)> {
        let mut numbered = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbered.taken;
        let inputs = numbered.inputs.as_mut()?;
        if !turns.wait_for_room(number, self.ahead) {
            // Whatever it holds open is closed now.
            numbered.inputs = None;
            return None;
        }
        // A panic is the caller's own, who gets it back: the iterator is not asked again.
        match catch_unwind(AssertUnwindSafe(|| inputs.next())) {
            Ok(Some(input)) => {
                numbered.taken += 1;
                Some((number, input))
            }
            Ok(None) => {
                numbered.inputs = None;
                turns.end_after(number);
                None
            }
            Err(panic) => {
                numbered.inputs = None;
                turns.panicked_after(number, panic);
                None
            }
        }
    }
}
