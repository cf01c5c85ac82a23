//! Threads of a rayon pool that stay awake while a network runs.
//!
//! A layer takes some tens of microseconds, and so does waking a thread that sleeps. While a network runs, every other
//! thread of its pool therefore has one job: to look for parts of layers until the network is done.
//!
//! Such a job depends on a network that is not its own work, as no other job in a pool does. It is therefore never begun
//! by a thread that is in the middle of a network, which may be the one that it would wait for.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// Whether this thread is in the middle of a network, or of a part of one.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Runs a network on this thread of a pool, with `threads - 1` others awake.
pub(crate) fn run<R: Send>(threads: usize, network: impl FnOnce() -> R + Send) -> R {
    let done = Flag::default();
    let network = || {
        let _raised = done.raise_at_end();
        busy(network)
    };
    rayon::join(network, || stay_awake(threads - 1, &done)).0
}

/// Runs both, at the same time if another thread is free.
pub(crate) fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    let (begun, ended) = (Flag::default(), Flag::default());
    rayon::join(
        || {
            a();
            // To sleep and to be woken would take longer than what is left of the other half.
            let mut patience = Patience::default();
            while begun.is_raised() && !ended.is_raised() {
                patience.pause();
            }
        },
        || {
            begun.raise();
            let _raised = ended.raise_at_end();
            busy(b);
        },
    );
}

fn stay_awake(threads: usize, done: &Flag) {
    match threads {
        0 => {}
        1 => {
            let mut patience = Patience::default();
            while !done.is_raised() && !BUSY.get() {
                match rayon::yield_now() {
                    Some(rayon::Yield::Executed) => patience = Patience::default(),
                    _ => patience.pause(),
                }
            }
        }
        _ => {
            let half = threads / 2;
            rayon::join(|| stay_awake(half, done), || stay_awake(threads - half, done));
        }
    }
}

fn busy<R>(work: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            BUSY.set(self.0);
        }
    }
    let _restore = Restore(BUSY.replace(true));
    work()
}

/// How a thread waits: for some hundred nanoseconds at a time, so that looking does not slow down the one looked at;
/// after a while it lets others have the processor, who may be the ones that it waits for.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    const PAUSES: u32 = 8;
    /// About as long as a layer takes.
    const MOST: u32 = 256;

    fn pause(&mut self) {
        if self.0 < Self::MOST {
            self.0 += 1;
            (0..Self::PAUSES).for_each(|_| std::hint::spin_loop());
        } else {
            std::thread::yield_now();
        }
    }
}

/// Something that one thread is told by another.
#[derive(Default)]
struct Flag(AtomicBool);

impl Flag {
    fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Raises it when the guard is dropped, by a panic too: somebody waits for it.
    fn raise_at_end(&self) -> impl Drop {
        struct Guard<'f>(&'f Flag);
        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                self.0.raise();
            }
        }
        Guard(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{join, run};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::{Barrier, Mutex};
    use std::thread;

    fn pool(threads: usize) -> rayon::ThreadPool {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        builder.thread_name(|i| format!("thread {i}")).build().unwrap()
    }

    #[test]
    fn two_halves_run_on_two_threads() {
        let (both, names) = (Barrier::new(2), Mutex::new(Vec::new()));
        let half = || {
            // Neither goes on before the other has begun.
            both.wait();
            names.lock().unwrap().push(thread::current().name().map(str::to_owned));
        };
        pool(2).install(|| run(2, || join(half, half)));
        let mut names = names.into_inner().unwrap();
        names.sort();
        assert_eq!(names, [Some("thread 0".to_owned()), Some("thread 1".to_owned())]);
    }

    #[test]
    fn a_panic_anywhere_is_passed_on_and_nobody_waits_for_ever() {
        let pool = pool(2);
        let panics =
            |work: &(dyn Fn() + Sync)| catch_unwind(AssertUnwindSafe(|| pool.install(|| run(2, work)))).is_err();
        assert!(panics(&|| panic!("the network")));
        assert!(panics(&|| join(|| panic!("one half"), || ())));
        assert!(panics(&|| join(|| (), || panic!("the other half"))));
        assert_eq!(pool.install(|| run(2, || 7)), 7, "the pool is none the worse");
    }

    /// Splits down to single numbers, so that every thread waits inside of parts of others.
    fn sum(from: u64, to: u64) -> u64 {
        if to - from == 1 {
            return from;
        }
        let (middle, mut a, mut b) = (from.midpoint(to), 0, 0);
        join(|| a = sum(from, middle), || b = sum(middle, to));
        a + b
    }

    #[test]
    fn several_callers_share_a_pool() {
        for threads in [1, 2, 4, 7] {
            let pool = pool(threads);
            thread::scope(|scope| {
                for caller in 0..4 {
                    let pool = &pool;
                    scope.spawn(move || {
                        for _ in 0..50 {
                            let found = pool.install(|| run(threads, || sum(caller, caller + 40)));
                            assert_eq!(found, (caller..caller + 40).sum::<u64>());
                        }
                    });
                }
            });
        }
    }
}
