//! Starting the threads of a stream.

use crate::answers::Answers;
use crate::error::{ThreadFailure, message};
use crate::feed::Feed;
use crate::options::StreamOptions;
use crate::shared::Turns;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, Scope};

/// Calls a function for every input, on threads of its own, and hands out what it returns, in the order of the inputs.
///
/// `worker` makes the function: once for each thread, and again if it has panicked. Threads end with the inputs, or when the
/// [`Answers`] are dropped, after the input that each has in hand; nobody waits for them.
pub fn stream<I, W, F, T, E>(inputs: I, options: StreamOptions, worker: W) -> Answers<T, E>
where
    I: IntoIterator<IntoIter: Send + 'static>,
    W: Fn() -> F + Send + Sync + 'static,
    F: FnMut(I::Item) -> Result<T, E>,
    T: Send + 'static,
    E: From<ThreadFailure> + Send + 'static,
{
    start(inputs.into_iter(), options, worker, |builder, work| {
        builder.spawn(work).map(|_| ())
    })
}

/// The same with threads of a scope, whose inputs and functions may borrow what outlives it. The scope waits for them.
///
/// ```
/// use mnv3_stream::{StreamError, StreamOptions, stream_in};
///
/// let words = ["one".to_owned(), "three".to_owned()];
/// let lengths: Vec<usize> = std::thread::scope(|scope| {
///     let lengths = stream_in(scope, &words, StreamOptions::default(), || |word: &String| Ok::<_, StreamError>(word.len()));
///     lengths.map_while(Result::ok).collect()
/// });
/// assert_eq!(lengths, [3, 5]);
/// ```
pub fn stream_in<'scope, I, W, F, T, E>(
    scope: &'scope Scope<'scope, '_>,
    inputs: I,
    options: StreamOptions,
    worker: W,
) -> Answers<T, E>
where
    I: IntoIterator<IntoIter: Send + 'scope>,
    W: Fn() -> F + Send + Sync + 'scope,
    F: FnMut(I::Item) -> Result<T, E>,
    T: Send + 'scope,
    E: From<ThreadFailure> + Send + 'scope,
{
    start(inputs.into_iter(), options, worker, |builder, work| {
        builder.spawn_scoped(scope, work).map(|_| ())
    })
}

/// What every thread has: the inputs, the answers, and how to make its function.
struct Line<I, W, R> {
    feed: Feed<I>,
    turns: Arc<Turns<R>>,
    worker: W,
}

fn start<'a, I, W, F, T, E>(
    inputs: I,
    options: StreamOptions,
    worker: W,
    spawn: impl Fn(Builder, Box<dyn FnOnce() + Send + 'a>) -> io::Result<()>,
) -> Answers<T, E>
where
    I: Iterator + Send + 'a,
    W: Fn() -> F + Send + Sync + 'a,
    F: FnMut(I::Item) -> Result<T, E>,
    T: Send + 'a,
    E: From<ThreadFailure> + Send + 'a,
{
    let turns = Arc::new(Turns::new());
    let line = Arc::new(Line {
        feed: Feed::new(inputs, options.most_ahead()),
        turns: Arc::clone(&turns),
        worker,
    });
    for thread in 0..options.count_threads() {
        let line = Arc::clone(&line);
        let builder = Builder::new().name(format!("mnv3-stream-{thread}"));
        match spawn(builder, Box::new(move || line.work())) {
            Ok(()) => {}
            // Fewer threads do the same.
            Err(_) if thread > 0 => break,
            Err(reason) => {
                turns.put(0, Err(ThreadFailure::NoThread(reason).into()));
                turns.end_after(1);
            }
        }
    }
    Answers::new(turns)
}

impl<I: Iterator, W, F, T, E> Line<I, W, Result<T, E>>
where
    W: Fn() -> F,
    F: FnMut(I::Item) -> Result<T, E>,
    E: From<ThreadFailure>,
{
    /// One thread, until there are no more inputs, or none are wanted.
    fn work(&self) {
        let mut function = None;
        while let Some((number, input)) = self.feed.next(&self.turns) {
            let answer = catch_unwind(AssertUnwindSafe(|| function.get_or_insert_with(&self.worker)(input)));
            let answer = answer.unwrap_or_else(|panic| {
                // What it kept may be half done.
                function = None;
                Err(ThreadFailure::Panicked(message(&*panic)).into())
            });
            self.turns.put(number, answer);
        }
    }
}
