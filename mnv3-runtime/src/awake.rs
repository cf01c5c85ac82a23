//! Threads of a rayon pool that help the thread that runs a network, and stay awake while it does.
//!
//! A layer takes some tens of microseconds, and so does waking a thread that sleeps. While a network runs, every thread
//! of its pool therefore has one job: to look for parts of layers until the network is done. The thread that called runs
//! the network itself, rather than to sleep until others have run it; until somebody is awake to help, it does all parts
//! alone.
//!
//! Such a job depends on a network that is not its own work, as no other job in a pool does. It is therefore never begun
//! by a thread that is in the middle of a network, which may be the one that it would wait for.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Threads beside the one that calls.
#[derive(Debug)]
pub(crate) struct Helpers {
    pool: rayon::ThreadPool,
    /// How many are awake for a network.
    awake: AtomicUsize,
}

thread_local! {
    /// Whether this thread is in the middle of a network, or of a part of one.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// Who helps this thread, if it is not itself one of a pool.
    static HELPERS: RefCell<Option<Arc<Helpers>>> = const { RefCell::new(None) };
}

impl Helpers {
    pub(crate) fn new(pool: rayon::ThreadPool) -> Self {
        Self {
            pool,
            awake: AtomicUsize::new(0),
        }
    }

    /// Runs a network on this thread, with all of these awake.
    pub(crate) fn run<R>(self: &Arc<Self>, network: impl FnOnce() -> R) -> R {
        let (done, left) = (Flag::default(), AtomicUsize::new(0));
        let threads = self.pool.current_num_threads();
        self.pool.in_place_scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|_| {
                    let _left = at_end(|| _ = left.fetch_add(1, Ordering::Release));
                    self.stay_awake(&done);
                });
            }
            let result = {
                let _done = at_end(|| done.raise());
                let mut before = HELPERS.replace(Some(Arc::clone(self)));
                let _restored = at_end(|| HELPERS.set(before.take()));
                busy(network)
            };
            wait(|| left.load(Ordering::Acquire) == threads);
            result
        })
    }

    fn stay_awake(&self, done: &Flag) {
        if BUSY.get() {
            return;
        }
        self.awake.fetch_add(1, Ordering::Release);
        let _asleep = at_end(|| _ = self.awake.fetch_sub(1, Ordering::Release));
        let mut patience = Patience::default();
        while !done.is_raised() {
            match rayon::yield_now() {
                Some(rayon::Yield::Executed) => patience = Patience::default(),
                _ => patience.pause(),
            }
        }
    }

    /// Runs `a` on this thread, and `b` on one of these that comes for it before `a` is done, or on this one.
    fn join(&self, a: impl FnOnce(), b: impl FnOnce() + Send) {
        let (waiting, ended) = (Mutex::new(Some(b)), Flag::default());
        let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                let _ended = at_end(|| ended.raise());
                if let Some(b) = take() {
                    busy(b);
                }
            });
            a();
            if let Some(b) = take() {
                b();
            }
            wait(|| ended.is_raised());
        });
    }
}

/// Runs both parts of a layer, at the same time if another thread is free and awake.
pub(crate) fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    match HELPERS.with_borrow(Clone::clone) {
        // To wait for one that wakes up takes as long as the layer.
        Some(helpers) if helpers.awake.load(Ordering::Acquire) == 0 => {
            a();
            b();
        }
        Some(helpers) => helpers.join(a, b),
        None => join_in_pool(a, b),
    }
}

/// Runs both, which are long, at the same time if another thread is free or will be.
pub(crate) fn join_long(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    match HELPERS.with_borrow(Clone::clone) {
        Some(helpers) => helpers.join(a, b),
        None => join_in_pool(a, b),
    }
}

/// On a thread of a pool.
fn join_in_pool(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    let (begun, ended) = (Flag::default(), Flag::default());
    rayon::join(
        || {
            a();
            // To sleep and to be woken would take longer than what is left of the other half.
            wait(|| !begun.is_raised() || ended.is_raised());
        },
        || {
            begun.raise();
            let _ended = at_end(|| ended.raise());
            busy(b);
        },
    );
}

fn busy<R>(work: impl FnOnce() -> R) -> R {
    let before = BUSY.replace(true);
    let _restored = at_end(|| BUSY.set(before));
    work()
}

/// Waits without sleeping.
fn wait(until: impl Fn() -> bool) {
    let mut patience = Patience::default();
    while !until() {
        patience.pause();
    }
}

/// Does something when dropped, after a panic too: somebody waits for it.
fn at_end(work: impl FnMut()) -> impl Drop {
    struct Guard<F: FnMut()>(F);
    impl<F: FnMut()> Drop for Guard<F> {
        fn drop(&mut self) {
            self.0();
        }
    }
    Guard(work)
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
}

#[cfg(test)]
mod tests {
    use super::{Helpers, join, join_long, wait};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::Ordering;
    use std::sync::{Arc, Barrier, Mutex};
    use std::thread;

    fn helpers(threads: usize) -> Arc<Helpers> {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = builder.thread_name(|i| format!("helper {i}")).build().unwrap();
        Arc::new(Helpers::new(pool))
    }

    /// Until then, the calling thread does everything.
    fn all_awake(helpers: &Helpers) {
        wait(|| helpers.awake.load(Ordering::Acquire) == helpers.pool.current_num_threads());
    }

    #[test]
    fn two_halves_run_on_two_threads() {
        let helpers = helpers(1);
        let (both, names) = (Barrier::new(2), Mutex::new(Vec::new()));
        let half = || {
            // Neither goes on before the other has begun.
            both.wait();
            names.lock().unwrap().push(thread::current().name().map(str::to_owned));
        };
        helpers.run(|| {
            all_awake(&helpers);
            join(half, half);
        });
        let names = names.into_inner().unwrap();
        assert!(names.contains(&Some("helper 0".to_owned())), "{names:?}");
        assert!(
            names.contains(&thread::current().name().map(str::to_owned)),
            "{names:?}"
        );
    }

    #[test]
    fn long_work_is_shared_with_a_thread_that_wakes_later() {
        let helpers = helpers(1);
        let both = Barrier::new(2);
        let half = || _ = both.wait();
        for _ in 0..20 {
            helpers.run(|| join_long(half, half));
        }
    }

    #[test]
    fn a_panic_anywhere_is_passed_on_and_nobody_waits_for_ever() {
        let helpers = helpers(1);
        let panics = |work: &(dyn Fn() + Sync)| {
            let awake = || {
                all_awake(&helpers);
                work();
            };
            catch_unwind(AssertUnwindSafe(|| helpers.run(awake))).is_err()
        };
        assert!(panics(&|| panic!("the network")));
        assert!(panics(&|| join(|| panic!("one half"), || ())));
        assert!(panics(&|| join(|| (), || panic!("the other half"))));
        assert_eq!(helpers.run(|| 7), 7, "the pool is none the worse");
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
    fn several_callers_share_helpers() {
        for threads in [1, 2, 4, 7] {
            let helpers = helpers(threads);
            thread::scope(|scope| {
                for caller in 0..4 {
                    let helpers = &helpers;
                    scope.spawn(move || {
                        for _ in 0..50 {
                            let found = helpers.run(|| sum(caller, caller + 40));
                            assert_eq!(found, (caller..caller + 40).sum::<u64>());
                        }
                    });
                }
            });
        }
    }
}
