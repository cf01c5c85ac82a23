//! Every order in which a few threads can meet, by loom.
//!
//! Memory is loom's too: what is read with [`Ordering::Relaxed`] may be old, unless something else says that it is not.

use crate::slot::Slot;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::thread;
use crate::{Cores, Workers};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Switches from one thread to another where it could have gone on: most faults need one or two.
fn all_orders(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// Lends a job that writes, and then sees what was written, and that nobody writes any more.
fn lend_once(slot: &Slot) {
    let (begun, written, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let job = |_| {
        begun.fetch_add(1, Ordering::Relaxed);
        assert!(!over.load(Ordering::SeqCst), "the job is used after its end");
        // No read-modify-write: the last value is seen only by who comes after.
        written.store(1, Ordering::Relaxed);
        false
    };
    let Some(mut claim) = slot.claim() else { return };
    claim.lend(&job, || ());
    over.store(true, Ordering::SeqCst);
    assert_eq!(written.load(Ordering::Relaxed), begun.load(Ordering::Relaxed).min(1));
}

#[test]
fn a_job_is_used_only_while_it_is_lent_and_its_results_are_seen() {
    all_orders(2, || {
        let slot = Arc::new(Slot::new());
        let workers = [(); 2].map(|()| {
            let slot = Arc::clone(&slot);
            thread::spawn(move || slot.visit(|job| _ = job(0)))
        });
        // The second may be lent to a worker that came for the first.
        lend_once(&slot);
        lend_once(&slot);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn two_callers_never_have_a_slot_at_the_same_time() {
    all_orders(3, || {
        let slot = Arc::new(Slot::new());
        let threads = [
            {
                let slot = Arc::clone(&slot);
                thread::spawn(move || lend_once(&slot))
            },
            {
                let slot = Arc::clone(&slot);
                thread::spawn(move || slot.visit(|job| _ = job(0)))
            },
        ];
        lend_once(&slot);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// Runs a network of so many layers of so many parts, each of which is done once.
fn network(workers: &Workers, layers: usize, parts: usize) {
    let caller = workers.help();
    for _ in 0..layers {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let part = || {
            let one = next.fetch_add(1, Ordering::Relaxed) < parts;
            if one {
                done.fetch_add(1, Ordering::Relaxed);
            }
            one
        };
        caller.share(part, &|_| part());
        assert_eq!(done.load(Ordering::Relaxed), parts);
    }
}

#[test]
fn every_part_is_done_once_and_a_worker_ends_wherever_it_is() {
    all_orders(2, || {
        let workers = Workers::start(1, "worker", Cores::pretend(2)).unwrap();
        network(&workers, 2, 2);
    });
}

#[test]
fn callers_that_share_a_worker_and_one_too_many_for_the_cores() {
    all_orders(1, || {
        let workers = Arc::new(Workers::start(1, "worker", Cores::pretend(2)).unwrap());
        let other = Arc::clone(&workers);
        let other = thread::spawn(move || network(&other, 1, 1));
        network(&workers, 1, 2);
        other.join().unwrap();
    });
}

#[test]
fn a_panic_of_a_worker_or_of_the_caller_is_passed_on() {
    all_orders(2, || {
        let workers = Workers::start(1, "worker", Cores::pretend(2)).unwrap();
        let caller = workers.help();
        let (left, begun) = (AtomicUsize::new(1), AtomicBool::new(false));
        let take = || {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
        };
        let theirs = |_| {
            let one = take();
            begun.fetch_or(one, Ordering::Relaxed);
            // Without a message: loom counts what is printed among the things that happen.
            if one {
                std::panic::resume_unwind(Box::new(1))
            }
            one
        };
        let shared = catch_unwind(AssertUnwindSafe(|| caller.share(take, &theirs)));
        assert_eq!(shared.is_err(), begun.load(Ordering::Relaxed));
        let mine = || std::panic::resume_unwind(Box::new(2));
        let shared = catch_unwind(AssertUnwindSafe(|| caller.share(mine, &|_| false)));
        assert_eq!(shared.unwrap_err().downcast_ref(), Some(&2));
    });
}

#[test]
fn a_forked_child_has_no_workers_and_does_everything_itself() {
    all_orders(1, || {
        // As the parent left it: a worker that is awake, as far as anybody can see.
        let workers = Workers::of_a_forked_child(1, Cores::pretend(2));
        network(&workers, 3, 2);
    });
}
