//! Order, bounds, failures and ends of streams.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop where they cannot go on")]

use mnv3_stream::{Answers, StreamError, StreamOptions, stream, stream_in};
use proptest::prelude::*;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::{Duration, Instant};

type Numbers = Answers<u64, StreamError>;

fn on(threads: usize) -> StreamOptions {
    StreamOptions::default().threads(threads)
}

/// Waits until something holds, or says what did not.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn answers_come_in_the_order_of_inputs_and_each_once(
        delays in prop::collection::vec(0u64..400, 0..60),
        threads in 1usize..6,
        ahead in 0usize..20,
    ) {
        let numbers: Numbers = stream(delays.clone().into_iter().enumerate(), on(threads).ahead(ahead), || {
            |(number, delay): (usize, u64)| {
                thread::sleep(Duration::from_micros(delay));
                if delay % 7 == 3 { panic_free_error(delay) } else { Ok(number as u64) }
            }
        });
        let found: Vec<Option<u64>> = numbers.map(Result::ok).collect();
        let want: Vec<Option<u64>> =
            delays.iter().enumerate().map(|(number, delay)| (delay % 7 != 3).then_some(number as u64)).collect();
        prop_assert_eq!(found, want);
    }
}

fn panic_free_error(delay: u64) -> Result<u64, StreamError> {
    Err(StreamError::Panicked(format!("not really: {delay}")))
}

#[test]
fn no_thread_runs_further_ahead_than_asked_while_the_caller_is_slow() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let inputs = (0..1000u64).inspect(move |_| _ = counted.fetch_add(1, Ordering::Relaxed));
    let mut numbers: Numbers = stream(inputs, on(3).ahead(5), || Ok);
    until("five are taken", || taken.load(Ordering::Relaxed) == 5);
    thread::sleep(Duration::from_millis(30));
    assert_eq!(taken.load(Ordering::Relaxed), 5);
    for number in 0..40 {
        assert_eq!(numbers.next().unwrap().unwrap(), number);
        assert!(taken.load(Ordering::Relaxed) as u64 <= number + 1 + 5);
    }
}

#[test]
fn a_slow_input_does_not_stop_other_threads() {
    let (gate, opened) = mpsc::channel::<()>();
    let opened = std::sync::Mutex::new(opened);
    let done = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&done);
    let opened = Arc::new(opened);
    let mut numbers: Numbers = stream(0..10u64, on(2).ahead(8), move || {
        let (opened, counted) = (Arc::clone(&opened), Arc::clone(&counted));
        move |number| {
            if number == 0 {
                let _ = opened.lock().unwrap().recv();
            }
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(number)
        }
    });
    // Seven others fit beside the one that is held up.
    until("the others are done", || done.load(Ordering::Relaxed) == 7);
    gate.send(()).unwrap();
    assert_eq!(numbers.next().unwrap().unwrap(), 0);
    assert_eq!(numbers.count(), 9);
}

#[test]
fn a_panic_is_the_error_of_its_input_and_what_the_thread_kept_is_made_anew() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let numbers: Numbers = stream(0..20u64, on(1), move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let mut broken = false;
        move |number| {
            assert!(!broken, "used again");
            if number == 7 || number == 9 {
                broken = true;
                panic!("at {number}");
            }
            Ok(number)
        }
    });
    let found: Vec<Result<u64, String>> = numbers.map(|number| number.map_err(|e| e.to_string())).collect();
    for (number, found) in found.into_iter().enumerate() {
        match number {
            7 | 9 => assert_eq!(found, Err(format!("a panic stopped it: at {number}"))),
            _ => assert_eq!(found, Ok(number as u64)),
        }
    }
    assert_eq!(made.load(Ordering::Relaxed), 3);
}

#[test]
fn a_panic_of_the_inputs_is_passed_on_after_the_answers_before_it() {
    let inputs = (0..10u64).inspect(|number| assert!(*number < 4, "no more"));
    let mut numbers: Numbers = stream(inputs, on(3), || Ok);
    for number in 0..4 {
        assert_eq!(numbers.next().unwrap().unwrap(), number);
    }
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| numbers.next())).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"no more"));
    assert!(numbers.next().is_none());
}

#[test]
fn dropping_it_ends_the_threads_and_drops_the_inputs() {
    struct Held(Arc<AtomicBool>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let held = Held(Arc::clone(&dropped));
    let inputs = (0..).inspect(move |_: &u64| _ = &held);
    let mut numbers: Numbers = stream(inputs, on(2), || Ok);
    assert_eq!(numbers.next().unwrap().unwrap(), 0);
    assert!(!dropped.load(Ordering::Acquire));
    drop(numbers);
    until("the inputs are dropped", || dropped.load(Ordering::Acquire));
}

#[test]
fn inputs_that_wait_do_not_hold_back_answers_that_are_there() {
    let (send, receive) = mpsc::channel();
    let mut numbers: Numbers = stream(receive, on(2), || Ok);
    for number in 0..5 {
        send.send(number).unwrap();
        assert_eq!(numbers.next().unwrap().unwrap(), number);
    }
    drop(send);
    assert!(numbers.next().is_none());
}

#[test]
fn threads_of_a_scope_borrow_inputs_and_functions() {
    let words = vec!["one".to_owned(), "three".to_owned()];
    let prefix = "a ".to_owned();
    let found: Vec<String> = thread::scope(|scope| {
        let answers: Answers<String, StreamError> =
            stream_in(scope, &words, on(2), || |word: &String| Ok(format!("{prefix}{word}")));
        answers.map(Result::unwrap).collect()
    });
    assert_eq!(found, ["a one", "a three"]);
    // Taken in part: the scope ends all the same.
    let first = thread::scope(|scope| {
        let mut answers: Answers<u64, StreamError> = stream_in(scope, 0.., on(2), || Ok);
        answers.next().unwrap().unwrap()
    });
    assert_eq!(first, 0);
}

#[test]
fn no_inputs_are_no_answers() {
    let mut none: Numbers = stream(std::iter::empty(), on(4), || Ok);
    assert!(none.next().is_none());
    assert!(none.next().is_none());
}

/// Wakes the thread that waits for a future.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_task_is_woken_for_every_answer() {
    let found = block_on(async {
        let mut numbers: Numbers = stream(0..50u64, on(3), || {
            |number| {
                thread::sleep(Duration::from_micros(300));
                Ok(number)
            }
        });
        let mut found = Vec::new();
        while let Some(number) = poll_fn(|context| numbers.poll_next(context)).await {
            found.push(number.unwrap());
        }
        assert!(poll_fn(|context| numbers.poll_next(context)).await.is_none());
        found
    });
    assert!(found.into_iter().eq(0..50));
}
