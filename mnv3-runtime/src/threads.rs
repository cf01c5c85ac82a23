//! Threads that share the work of a network: ours, or those of the caller's rayon pool.

use crate::cpu::Cpu;
use crate::helpers::{Helpers, at_least, lock};
#[cfg(feature = "rayon")]
use crate::in_pool;
use fearless_simd::Level;
use mnv3_threads::{Cores, Workers};
use mnv3_weights::Arena;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

/// Threads that share the work of every layer, or the images of a batch. Costs nothing when a network has none.
///
/// The thread that calls is one of them, and does whatever nobody else comes for: it waits for parts of its own layers
/// that others have begun, and for nothing else. Clones are the same threads, which may be shared by any number of
/// callers and networks: each is helped by threads that are awake and idle.
///
/// No more threads work than the process has cores, callers counted: with as many callers as cores, each runs alone.
/// Threads sleep between calls. Results are the same to the last bit as on one thread.
#[derive(Clone)]
pub struct Threads {
    count: usize,
    team: Option<Arc<Team>>,
    /// Whether layers are left to the caller's pool.
    #[cfg(feature = "rayon")]
    in_pool: bool,
}

struct Team {
    workers: Workers,
    /// Of each worker. The thread that runs the network has the workspace's.
    scratch: Box<[Mutex<Arena>]>,
}

/// The operating system gave no threads.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot start {count} threads: {reason}")]
pub struct ThreadsError {
    /// Threads asked for.
    pub count: usize,
    /// What the operating system said.
    pub reason: String,
}

impl Threads {
    /// The most threads that layers are divided among.
    pub const MOST: usize = 1 + Workers::MOST;

    /// Starts threads, so that with the one that calls there are `count`, at least one and at most [`MOST`](Self::MOST).
    /// Those that the process has no core for are not started.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn new(count: usize) -> Result<Self, ThreadsError> {
        Self::on(count, Cores::of_process())
    }

    /// As if the machine had so many cores, and nobody else used them: for tests, which must not depend on it.
    ///
    /// # Errors
    /// The operating system refuses.
    #[doc(hidden)]
    pub fn pretend(count: usize, cores: usize) -> Result<Self, ThreadsError> {
        Self::on(count, Cores::pretend(cores))
    }

    fn on(count: usize, cores: Cores) -> Result<Self, ThreadsError> {
        let count = count.clamp(1, Self::MOST);
        let workers = Workers::start(count - 1, "mnv3", cores).map_err(|error| ThreadsError {
            count,
            reason: error.to_string(),
        })?;
        let scratch = (0..workers.count()).map(|_| Mutex::new(Arena::zeroed(0))).collect();
        Ok(Self {
            count,
            team: (workers.count() > 0).then(|| Arc::new(Team { workers, scratch })),
            #[cfg(feature = "rayon")]
            in_pool: false,
        })
    }

    /// Divides layers in `count` and leaves them to the rayon pool that the caller is in, or to rayon's global one: in
    /// a server that has a pool of its own, no thread is added. A network that is called from outside of the pool moves
    /// into it. Unlike other threads, rayon's allocate: their queues, and once each its scratch.
    #[cfg(feature = "rayon")]
    #[must_use]
    pub fn of_caller(count: usize) -> Self {
        Self {
            count: count.clamp(1, Self::MOST),
            team: None,
            in_pool: true,
        }
    }

    /// How many were asked for: the most parts that a layer is divided in, and images of a batch that are run at a time.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Makes room for what workers need beside the workspace, so that nothing is allocated while they run.
    pub(crate) fn reserve(&self, floats: usize) {
        for scratch in self.team.iter().flat_map(|team| &team.scratch) {
            at_least(&mut lock(scratch), floats);
        }
    }

    pub(crate) fn install<R: Send>(&self, run: impl FnOnce(Cpu<'_>) -> R + Send, level: Level) -> R {
        let cpu = |parts, helpers| Cpu {
            level,
            parts,
            most: self.count,
            helpers,
            network: PhantomData,
        };
        match &self.team {
            Some(team) => {
                let caller = team.workers.help();
                run(cpu(1, Some(Helpers::Team(&caller, &team.scratch))))
            }
            #[cfg(feature = "rayon")]
            None if self.in_pool && self.count > 1 => in_pool::enter(|| run(cpu(self.count, Some(Helpers::Pool)))),
            None => run(Cpu::one(level)),
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads {{ count: {} }}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Threads, lock};
    use fearless_simd::Level;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_worker_has_the_scratch_that_was_reserved() {
        let threads = Threads::pretend(2, 2).unwrap();
        threads.reserve(100);
        threads.reserve(10);
        let address = || {
            lock(&threads.team.as_ref().unwrap().scratch[0])
                .floats()
                .as_ptr()
                .addr()
        };
        let (reserved, both, taken) = (address(), Barrier::new(2), AtomicBool::new(false));
        threads.install(
            |cpu| {
                // Neither part goes on before the other has begun, so that the worker does one.
                let mine = || {
                    let one = !taken.swap(true, Ordering::Relaxed);
                    if one {
                        both.wait();
                    }
                    one
                };
                let theirs = |scratch: &mut [f32]| {
                    assert_eq!((scratch.len(), scratch.as_ptr().addr()), (100, reserved));
                    both.wait();
                    false
                };
                cpu.share(100, mine, &theirs);
            },
            Level::new(),
        );
        assert_eq!(address(), reserved);
    }
}
