//! Who has a core.

use crate::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

static OF_PROCESS: LazyLock<Arc<SharedCores>> = LazyLock::new(|| {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(SharedCores::new(count))
});

/// Cores, each for a caller or for a worker that is awake.
///
/// Callers have one without asking. Workers have what is left, and give it back as soon as there are more callers: a
/// worker for whom there is no core would only take one from those that it is to help.
#[derive(Clone, Debug)]
pub struct Cores(Arc<SharedCores>);

#[derive(Debug)]
struct SharedCores {
    count: usize,
    taken: AtomicUsize,
}

impl SharedCores {
    fn new(count: usize) -> Self {
        let taken = AtomicUsize::new(0);
        Self { count, taken }
    }
}

impl Cores {
    /// Those that this process may use, as the operating system says when this is first called: the affinity of the
    /// thread that asks and the quota of its control group count. All workers and callers of the process share them.
    #[must_use]
    pub fn of_process() -> Self {
        Self(Arc::clone(&OF_PROCESS))
    }

    /// So many, whatever the machine has, which only those know who are given a clone: for tests.
    #[must_use]
    pub fn pretend(count: usize) -> Self {
        Self(Arc::new(SharedCores::new(count)))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.count
    }

    /// For a caller.
    pub(crate) fn take(&self) {
        self.0.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// For a worker, if there is one.
    pub(crate) fn take_spare(&self) -> bool {
        self.change(|taken| (taken < self.0.count).then(|| taken + 1))
    }

    pub(crate) fn give_back(&self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }

    /// Of a worker, if there are too few; whether it was given back.
    pub(crate) fn give_back_if_crowded(&self) -> bool {
        self.crowded() && self.change(|taken| (taken > self.0.count).then(|| taken - 1))
    }

    /// Whether some worker must give back its core.
    pub(crate) fn crowded(&self) -> bool {
        self.0.taken.load(Ordering::Relaxed) > self.0.count
    }

    /// Only numbers: nothing is read or written because of them, so that no order is needed.
    fn change(&self, to: impl Fn(usize) -> Option<usize>) -> bool {
        let taken = &self.0.taken;
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, to).is_ok()
    }
}
