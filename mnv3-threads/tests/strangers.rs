//! Nobody waits for anything but parts of its own work that others have begun.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_threads::{Caller, Cores, Workers};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

/// More than any of these tests has threads.
const ENOUGH: usize = 16;

/// Does so many parts, and counts those that are done.
fn shared(caller: &Caller<'_>, parts: usize) -> usize {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let part = || {
        let one = next.fetch_add(1, Ordering::Relaxed) < parts;
        done.fetch_add(usize::from(one), Ordering::Relaxed);
        one
    };
    caller.share(part, &|_| part());
    done.into_inner()
}

/// Shares two parts, neither of which goes on before the other has begun, and which then do something.
fn at_the_same_time(caller: &Caller<'_>, mine: impl Fn(), theirs: impl Fn() + Sync) {
    let (both, taken, own) = (Barrier::new(2), AtomicUsize::new(0), Cell::new(false));
    let mine = || {
        let one = !own.replace(true);
        if one {
            both.wait();
            mine();
        }
        one
    };
    caller.share(mine, &|_| {
        let one = taken.fetch_add(1, Ordering::Relaxed) == 0;
        if one {
            both.wait();
            theirs();
        }
        one
    });
}

#[test]
fn a_worker_that_wakes_after_work_was_shared_still_helps() {
    let workers = Workers::start(1, "worker", Cores::pretend(2)).unwrap();
    for _ in 0..20 {
        at_the_same_time(&workers.help(), || (), || ());
    }
}

#[test]
fn all_workers_are_woken_by_each_other() {
    let workers = Workers::start(7, "worker", Cores::pretend(8)).unwrap();
    let caller = workers.help();
    let (all, begun) = (Barrier::new(8), AtomicUsize::new(0));
    let part = || {
        let one = begun.fetch_add(1, Ordering::Relaxed) < 8;
        if one {
            all.wait();
        }
        one
    };
    caller.share(part, &|_| part());
}

#[test]
fn a_caller_does_not_wait_for_a_worker_that_is_busy_with_a_strangers_work() {
    let workers = Workers::start(1, "worker", Cores::pretend(ENOUGH)).unwrap();
    let (begun, is_begun) = mpsc::channel();
    let (begun_too, goes_on) = (begun.clone(), Barrier::new(3));
    thread::scope(|scope| {
        scope.spawn(|| {
            let wait = |begun: &mpsc::Sender<()>| {
                begun.send(()).unwrap();
                goes_on.wait();
            };
            at_the_same_time(&workers.help(), move || wait(&begun), move || wait(&begun_too));
        });
        // Both the stranger and the worker are in the middle of the stranger's work, and stay there.
        is_begun.recv().unwrap();
        is_begun.recv().unwrap();
        let caller = workers.help();
        for _ in 0..50 {
            assert_eq!(shared(&caller, 4), 4);
        }
        goes_on.wait();
    });
}

#[test]
fn without_a_core_for_them_workers_are_not_called() {
    let cores = Cores::pretend(2);
    let workers = Workers::start(1, "worker", cores).unwrap();
    let (one, other) = (workers.help(), workers.help());
    let mine = thread::current().id();
    for _ in 0..50 {
        let next = AtomicUsize::new(0);
        // One may have been called while there was a single caller: it finds that there are too few cores, and goes.
        one.share(|| next.fetch_add(1, Ordering::Relaxed) < 4, &|_| {
            assert_eq!(thread::current().id(), mine, "a worker works");
            false
        });
    }
    drop(other);
    at_the_same_time(&one, || (), || ());
}

#[test]
fn no_more_are_started_than_there_are_cores_beside_the_callers() {
    for (count, cores, started) in [(7, 2, 1), (7, 1, 0), (0, 8, 0), (2, 8, 2), (1000, 1000, Workers::MOST)] {
        let workers = Workers::start(count, "worker", Cores::pretend(cores)).unwrap();
        assert_eq!(workers.count(), started);
        assert_eq!(shared(&workers.help(), 9), 9);
    }
}

#[test]
fn callers_come_and_go_and_the_last_of_them_ends_the_workers() {
    let workers = Arc::new(Workers::start(3, "worker", Cores::pretend(ENOUGH)).unwrap());
    let callers: Vec<_> = (0..6)
        .map(|_| {
            let workers = Arc::clone(&workers);
            thread::spawn(move || (0..100).for_each(|_| assert_eq!(shared(&workers.help(), 5), 5)))
        })
        .collect();
    drop(workers);
    callers.into_iter().for_each(|caller| caller.join().unwrap());
}
