//! What a network runs on: a SIMD level, and one thread or several.

use fearless_simd::Level;
#[cfg(feature = "threads")]
use std::sync::atomic::{AtomicBool, Ordering};

/// Threads that share the work of every layer, or the images of a batch. Costs nothing when a network has none.
///
/// They are woken for each image and sleep between images. Results are the same to the last bit as on one thread.
#[derive(Clone, Debug)]
pub struct Threads {
    #[cfg(feature = "threads")]
    count: usize,
    #[cfg(feature = "threads")]
    pool: Option<std::sync::Arc<rayon::ThreadPool>>,
    #[cfg(not(feature = "threads"))]
    none: std::convert::Infallible,
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

#[cfg(feature = "threads")]
impl Threads {
    /// The most threads that layers are divided among.
    pub const MOST: usize = 64;

    /// Starts `count` threads, at least one and at most [`MOST`](Self::MOST).
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn new(count: usize) -> Result<Self, ThreadsError> {
        let count = count.clamp(1, Self::MOST);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|i| format!("mnv3-{i}"))
            .build()
            .map_err(|error| ThreadsError {
                count,
                reason: error.to_string(),
            })?;
        Ok(Self {
            count,
            pool: Some(std::sync::Arc::new(pool)),
        })
    }

    /// Divides layers in `count` and leaves them to the rayon pool that the caller is in, or to rayon's global one: in
    /// a server that has a pool of its own, no thread is added.
    #[must_use]
    pub fn of_caller(count: usize) -> Self {
        Self {
            count: count.clamp(1, Self::MOST),
            pool: None,
        }
    }

    /// How many there are: parts that a layer is divided in, images of a batch that are run at a time.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn install<R: Send>(&self, run: impl FnOnce(Cpu) -> R + Send, level: Level) -> R {
        let cpu = Cpu {
            level,
            parts: self.count,
        };
        match &self.pool {
            Some(pool) => pool.install(|| {
                let done = Flag::default();
                let network = || {
                    let _raised = done.raise_at_end();
                    run(cpu)
                };
                rayon::join(network, || stay_awake(self.count - 1, &done)).0
            }),
            None => run(cpu),
        }
    }
}

/// Keeps `threads` of the pool looking for work until it is done: to wake one up takes longer than most layers do.
#[cfg(feature = "threads")]
fn stay_awake(threads: usize, done: &Flag) {
    match threads {
        0 => {}
        1 => {
            while !done.is_raised() {
                if rayon::yield_now() != Some(rayon::Yield::Executed) {
                    (0..PAUSES).for_each(|_| std::hint::spin_loop());
                }
            }
        }
        _ => {
            let half = threads / 2;
            rayon::join(|| stay_awake(half, done), || stay_awake(threads - half, done));
        }
    }
}

/// Pauses between two looks for work: some hundred nanoseconds, so that looking does not slow down the one looked at.
#[cfg(feature = "threads")]
const PAUSES: usize = 8;

/// Something that one thread is told by another.
#[cfg(feature = "threads")]
#[derive(Default)]
struct Flag(AtomicBool);

#[cfg(feature = "threads")]
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

#[cfg(not(feature = "threads"))]
impl Threads {
    /// Never called: without the feature there are no threads to be had.
    #[must_use]
    pub fn count(&self) -> usize {
        match self.none {}
    }

    /// Never called either.
    pub(crate) fn install<R: Send>(&self, _: impl FnOnce(Cpu) -> R + Send, _: Level) -> R {
        match self.none {}
    }
}

/// What layers run on.
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    pub(crate) level: Level,
    /// Parts that layers are divided in, each for a thread.
    pub(crate) parts: usize,
}

impl Cpu {
    /// The calling thread alone.
    #[must_use]
    pub fn one(level: Level) -> Self {
        Self { level, parts: 1 }
    }
}

/// Runs both, at the same time if another thread is free.
#[cfg(feature = "threads")]
pub(crate) fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    let (begun, ended) = (Flag::default(), Flag::default());
    rayon::join(
        || {
            a();
            // To sleep and to be woken would take longer than what is left of the other half.
            while begun.is_raised() && !ended.is_raised() {
                std::hint::spin_loop();
            }
        },
        || {
            begun.raise();
            let _raised = ended.raise_at_end();
            b();
        },
    );
}

/// Runs one after the other.
#[cfg(not(feature = "threads"))]
pub(crate) fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    a();
    b();
}
