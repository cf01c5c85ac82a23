//! The answers of a stream, as its caller takes them.

use crate::shared::{Taken, Turns};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Answers in the order of their inputs. Dropped, it stops the stream: what is in hand is finished and thrown away, nothing more is
/// taken, and nobody is waited for (but by a scope, for its threads).
///
/// `next` panics if the iterator of inputs did, with what that said. A panic while an input is worked on is the error of this
/// input.
#[must_use = "dropped, it stops the stream"]
pub struct Answers<T, E> {
    turns: Arc<Turns<Result<T, E>>>,
    ended: bool,
}

impl<T, E> Answers<T, E> {
    pub(crate) fn new(turns: Arc<Turns<Result<T, E>>>) -> Self {
        Self { turns, ended: false }
    }

    /// The next answer for a task of an asynchronous program, which is woken when it is there; no runtime is asked for.
    ///
    /// ```
    /// # use mnv3_stream::{StreamError, StreamOptions, stream};
    /// use std::future::poll_fn;
    ///
    /// async fn sum() -> usize {
    ///     let mut lengths = stream(["ab", "c"], StreamOptions::default(), || |word: &str| Ok::<_, StreamError>(word.len()));
    ///     let mut sum = 0;
    ///     while let Some(length) = poll_fn(|context| lengths.poll_next(context)).await {
    ///         sum += length.unwrap_or(0);
    ///     }
    ///     sum
    /// }
    /// ```
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, E>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.turns.poll(context.waker()) {
            Taken::NotYet => Poll::Pending,
            taken => Poll::Ready(self.handed_out(taken)),
        }
    }

    fn handed_out(&mut self, taken: Taken<Result<T, E>>) -> Option<Result<T, E>> {
        match taken {
            Taken::Answer(answer) => return Some(answer),
            Taken::Panic(panic) => {
                self.ended = true;
                resume_unwind(panic)
            }
            Taken::End | Taken::NotYet => self.ended = true,
        }
        None
    }
}

impl<T, E> Iterator for Answers<T, E> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let taken = self.turns.take();
        self.handed_out(taken)
    }
}

impl<T, E> std::iter::FusedIterator for Answers<T, E> {}

impl<T, E> Drop for Answers<T, E> {
    fn drop(&mut self) {
        self.turns.cancel();
    }
}

impl<T, E> fmt::Debug for Answers<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
