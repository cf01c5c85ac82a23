//! What the threads of a stream and its caller share: answers that wait for their turn.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Answers by the numbers of their inputs, and who waits for what.
pub(crate) struct Turns<R> {
    state: Mutex<State<R>>,
    /// The caller has taken an answer, or is gone.
    room: Condvar,
    /// An answer is there, or there are no more.
    ready: Condvar,
}

struct State<R> {
    /// Of the answer that is next.
    next: u64,
    /// Answers from `next` on; `None` while they are worked on.
    waiting: VecDeque<Option<R>>,
    end: FeedEnd,
    /// Of a task that waits.
    waker: Option<Waker>,
    /// The caller wants no more.
    cancelled: bool,
}

/// Whether there are more inputs.
enum FeedEnd {
    NotYet,
    /// There were so many.
    After(u64),
    /// Taking the next one panicked, after so many.
    Panicked(u64, Box<dyn Any + Send>),
}

/// What there is to take.
pub(crate) enum Taken<R> {
    Answer(R),
    /// Nothing yet.
    NotYet,
    /// Nothing any more.
    End,
    /// The iterator of inputs panicked, with this.
    Panic(Box<dyn Any + Send>),
}

impl<R> Turns<R> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                next: 0,
                waiting: VecDeque::new(),
                end: FeedEnd::NotYet,
                waker: None,
                cancelled: false,
            }),
            room: Condvar::new(),
            ready: Condvar::new(),
        }
    }

    /// Nothing that can panic is done with a lock held, so that what it guards is whole in any case.
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until input `number` is at most `ahead` from the answer that the caller takes next; no more inputs are wanted if not.
    pub(crate) fn wait_for_room(&self, number: u64, ahead: u64) -> bool {
        let mut state = self.lock();
        while !state.cancelled && number - state.next >= ahead {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.cancelled
    }

    /// The answer to an input.
    pub(crate) fn put(&self, number: u64, answer: R) {
        let mut state = self.lock();
        if state.cancelled {
            return;
        }
        // Not more than the inputs that a stream may be ahead.
        let place = (number - state.next) as usize;
        if state.waiting.len() <= place {
            state.waiting.resize_with(place + 1, || None);
        }
        state.waiting[place] = Some(answer);
        if place == 0 {
            self.tell(state);
        }
    }

    /// There were so many inputs.
    pub(crate) fn end_after(&self, inputs: u64) {
        let mut state = self.lock();
        state.end = FeedEnd::After(inputs);
        self.tell(state);
    }

    /// Taking an input panicked after so many.
    pub(crate) fn panicked_after(&self, inputs: u64, panic: Box<dyn Any + Send>) {
        let mut state = self.lock();
        state.end = FeedEnd::Panicked(inputs, panic);
        self.tell(state);
    }

    fn tell(&self, mut state: MutexGuard<'_, State<R>>) {
        let waker = state.waker.take();
        drop(state);
        self.ready.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next answer; waits for it.
    pub(crate) fn take(&self) -> Taken<R> {
        let mut state = self.lock();
        loop {
            match self.taken(&mut state) {
                Taken::NotYet => state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
                taken => return taken,
            }
        }
    }

    /// The next answer, if it is there; if not, `waker` is told when it is.
    pub(crate) fn poll(&self, waker: &Waker) -> Taken<R> {
        let mut state = self.lock();
        let taken = self.taken(&mut state);
        if matches!(taken, Taken::NotYet) {
            state.waker = Some(waker.clone());
        }
        taken
    }

    fn taken(&self, state: &mut State<R>) -> Taken<R> {
        if let Some(Some(_)) = state.waiting.front()
            && let Some(answer) = state.waiting.pop_front().flatten()
        {
            state.next += 1;
            self.room.notify_all();
            return Taken::Answer(answer);
        }
        match &state.end {
            FeedEnd::After(inputs) if *inputs == state.next => Taken::End,
            FeedEnd::Panicked(inputs, _) if *inputs == state.next => {
                match std::mem::replace(&mut state.end, FeedEnd::After(state.next)) {
                    FeedEnd::Panicked(_, panic) => Taken::Panic(panic),
                    FeedEnd::NotYet | FeedEnd::After(_) => Taken::End,
                }
            }
            FeedEnd::NotYet | FeedEnd::After(_) | FeedEnd::Panicked(..) => Taken::NotYet,
        }
    }

    /// No more answers are wanted.
    pub(crate) fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled = true;
        let unwanted = std::mem::take(&mut state.waiting);
        drop(state);
        self.room.notify_all();
        drop(unwanted);
    }
}
