//! The threads, and those that they help.

use crate::at_end::at_end;
use crate::cores::Cores;
use crate::patience::Patience;
use crate::slot::{Job, Slot};
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::sync::thread::{self, Builder, Thread};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Threads that sleep until a [`Caller`] wakes them, and end when this is dropped.
#[derive(Debug)]
pub struct Workers(Arc<SharedWork>);

/// A thread that runs a network, for as long as it does.
#[derive(Debug)]
pub struct Caller<'w>(&'w SharedWork);

#[derive(Debug)]
struct SharedWork {
    cores: Cores,
    /// As many as workers: more callers cannot be helped at a time.
    slots: Box<[Slot]>,
    /// The slots that workers should look at, a bit each.
    open: AtomicU64,
    /// The workers that sleep, a bit each. Who clears it has taken a core for the worker, and wakes it.
    asleep: AtomicU64,
    /// Workers that are awake, in fact and not only called.
    awake: AtomicUsize,
    callers: AtomicUsize,
    stop: AtomicBool,
    threads: OnceLock<Box<[Thread]>>,
}

impl Workers {
    /// The most that there can be.
    pub const MOST: usize = 63;

    /// Starts threads called `name`-1 and so on, at most [`MOST`](Self::MOST), and no more than there are cores beside
    /// that of a caller: they would never be woken.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn start(count: usize, name: &str, cores: Cores) -> io::Result<Self> {
        let count = count.min(cores.count().saturating_sub(1)).min(Self::MOST);
        let workers = Self(Arc::new(SharedWork::new(count, cores)));
        let spawn = |index| {
            let shared = Arc::clone(&workers.0);
            let builder = Builder::new().name(format!("{name}-{}", index + 1));
            Ok(builder.spawn(move || shared.live(index))?.thread().clone())
        };
        // One that fails to start leaves others, which `stop` without being woken if they have not yet looked.
        let mut threads = Vec::with_capacity(count);
        let started = (0..count).try_for_each(|index| spawn(index).map(|thread| threads.push(thread)));
        _ = workers.0.threads.set(threads.into());
        started.map(|()| workers)
    }

    /// Workers that seem to be awake, and do not exist.
    #[cfg(test)]
    pub(crate) fn of_a_forked_child(count: usize, cores: Cores) -> Self {
        let shared = SharedWork::new(count, cores);
        shared.asleep.store(0, Ordering::Relaxed);
        shared.awake.store(count, Ordering::Relaxed);
        Self(Arc::new(shared))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.slots.len()
    }

    /// Makes this thread one that may be helped, until it drops what this returns.
    #[must_use]
    pub fn help(&self) -> Caller<'_> {
        self.0.cores.take();
        self.0.callers.fetch_add(1, Ordering::Relaxed);
        self.0.call();
        Caller(&self.0)
    }
}

impl Drop for Workers {
    /// They are not waited for: the thread that drops may be a forked child, which has none.
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Release);
        self.0.threads.get().into_iter().flatten().for_each(Thread::unpark);
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.0.callers.fetch_sub(1, Ordering::Relaxed);
        self.0.cores.give_back();
    }
}

impl Caller<'_> {
    /// Workers that are awake: some may be busy with other callers' work. Calls one more if there is a core for it.
    #[must_use]
    pub fn awake(&self) -> usize {
        self.0.call();
        self.0.awake.load(Ordering::Relaxed)
    }

    /// Workers that are awake or have been called.
    #[must_use]
    pub fn called(&self) -> usize {
        self.0.slots.len() - self.0.asleep.load(Ordering::Relaxed).count_ones() as usize
    }

    /// Does work that is there to be taken in parts. Both closures do one part, and say whether there was one: `mine`
    /// on this thread, until there is none; `theirs` on any number of workers, with the number of the worker.
    ///
    /// # Panics
    /// If one of them does, when no worker is at work any more.
    pub fn share(&self, mut mine: impl FnMut() -> bool, theirs: &(dyn Fn(usize) -> bool + Sync)) {
        let panic = Mutex::new(None);
        let job = |worker: usize| {
            catch_unwind(AssertUnwindSafe(|| theirs(worker))).unwrap_or_else(|payload| {
                panic
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(payload);
                false
            })
        };
        self.0.lend(&job, || {
            while mine() {
                self.0.call();
            }
        });
        if let Some(payload) = panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(payload);
        }
    }
}

impl SharedWork {
    /// All asleep.
    fn new(count: usize, cores: Cores) -> Self {
        Self {
            cores,
            slots: (0..count).map(|_| Slot::new()).collect(),
            open: AtomicU64::new(0),
            asleep: AtomicU64::new((1 << count) - 1),
            awake: AtomicUsize::new(0),
            callers: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            threads: OnceLock::new(),
        }
    }

    /// Lends a job to workers while `meanwhile` runs here; to nobody if other callers have all slots.
    fn lend(&self, job: Job<'_>, meanwhile: impl FnOnce()) {
        let mut slots = self.slots.iter().enumerate();
        let Some((index, mut slot)) = slots.find_map(|(index, slot)| Some((index, slot.claim()?))) else {
            return meanwhile();
        };
        slot.lend(job, || {
            self.open.fetch_or(1 << index, Ordering::SeqCst);
            let _closed = at_end(|| self.close(index));
            self.call();
            meanwhile();
        });
    }

    /// Tells workers that there is nothing left in a slot.
    fn close(&self, index: usize) {
        let bit = 1 << index;
        if self.open.load(Ordering::Relaxed) & bit != 0 {
            self.open.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    /// Wakes a worker, if one sleeps and there is a core for it.
    ///
    /// Whoever shares work opens a slot and then looks who is asleep; whoever falls asleep says so and then looks for
    /// open slots. So one of them sees the other.
    fn call(&self) {
        let mut asleep = self.asleep.load(Ordering::SeqCst);
        if asleep == 0 || !self.cores.take_spare() {
            return;
        }
        while asleep != 0 {
            let index = asleep.trailing_zeros();
            asleep = self.asleep.fetch_and(!(1 << index), Ordering::SeqCst);
            // Otherwise somebody else has called it.
            if asleep & (1 << index) != 0 {
                let threads = self.threads.get().into_iter().flatten();
                threads.skip(index as usize).take(1).for_each(Thread::unpark);
                return;
            }
        }
        self.cores.give_back();
    }

    /// What a worker does.
    fn live(&self, worker: usize) {
        let bit = 1 << worker;
        loop {
            while self.asleep.load(Ordering::Acquire) & bit != 0 {
                if self.stop.load(Ordering::Acquire) {
                    return;
                }
                thread::park();
            }
            self.awake.fetch_add(1, Ordering::Relaxed);
            if self.callers.load(Ordering::Relaxed) > 0 {
                // Waking takes the caller's time: it calls some, who call the others.
                self.call();
                self.call();
            }
            self.look_for_work(worker);
            self.awake.fetch_sub(1, Ordering::Relaxed);
            self.asleep.fetch_or(bit, Ordering::SeqCst);
            if self.open.load(Ordering::SeqCst) != 0 {
                self.call();
            }
        }
    }

    /// Works until there has been nothing to do for a while, or there is no core to do it on, and gives the core back.
    fn look_for_work(&self, worker: usize) {
        let mut patience = Patience::default();
        while !self.cores.give_back_if_crowded() {
            if self.work(worker) {
                patience = Patience::default();
            } else if self.stop.load(Ordering::Relaxed) || !self.pause(&mut patience) {
                return self.cores.give_back();
            }
        }
    }

    /// Pauses for a moment; whether to look for work again.
    fn pause(&self, patience: &mut Patience) -> bool {
        patience.pause() || self.callers.load(Ordering::Relaxed) > 0 && patience.pause_in_network()
    }

    /// Does parts until there are none left or there is no core; whether it did any.
    fn work(&self, worker: usize) -> bool {
        let open = self.open.load(Ordering::Acquire);
        if open == 0 {
            return false;
        }
        let mut worked = false;
        // Each begins with another slot, so that all callers are helped.
        for index in (0..self.slots.len()).map(|i| (worker + i) % self.slots.len()) {
            if open & (1 << index) != 0 {
                self.slots[index].visit(|job| {
                    while !self.cores.crowded() {
                        if !job(worker) {
                            return self.close(index);
                        }
                        worked = true;
                    }
                });
            }
        }
        worked
    }
}
