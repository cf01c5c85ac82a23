//! What a network runs on: a SIMD level, and one thread or several.

#[cfg(feature = "threads")]
use crate::awake::Helpers;
#[cfg(feature = "threads")]
pub(crate) use crate::awake::{join, join_long};
use fearless_simd::Level;
#[cfg(feature = "threads")]
use std::sync::Arc;

/// Threads that share the work of every layer, or the images of a batch. Costs nothing when a network has none.
///
/// The thread that calls is one of them. The others are woken by a call, stay awake until it returns, and sleep between
/// calls. Results are the same to the last bit as on one thread.
#[derive(Clone)]
pub struct Threads {
    #[cfg(feature = "threads")]
    count: usize,
    #[cfg(feature = "threads")]
    helpers: Option<Arc<Helpers>>,
    #[cfg(not(feature = "threads"))]
    none: std::convert::Infallible,
}

impl std::fmt::Debug for Threads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Threads {{ count: {} }}", self.count())
    }
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

    /// Starts threads, so that with the one that calls there are `count`, at least one and at most [`MOST`](Self::MOST).
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn new(count: usize) -> Result<Self, ThreadsError> {
        let count = count.clamp(1, Self::MOST);
        if count == 1 {
            return Ok(Self { count, helpers: None });
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count - 1)
            .thread_name(|i| format!("mnv3-{}", i + 1))
            .build()
            .map_err(|error| ThreadsError {
                count,
                reason: error.to_string(),
            })?;
        Ok(Self {
            count,
            helpers: Some(Arc::new(Helpers::new(pool))),
        })
    }

    /// Divides layers in `count` and leaves them to the rayon pool that the caller is in, or to rayon's global one: in
    /// a server that has a pool of its own, no thread is added, and none waits for anything but other layers' work.
    #[must_use]
    pub fn of_caller(count: usize) -> Self {
        Self {
            count: count.clamp(1, Self::MOST),
            helpers: None,
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
        match &self.helpers {
            Some(helpers) => helpers.run(|| run(cpu)),
            None => run(cpu),
        }
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

    /// The same level on the calling thread alone.
    pub(crate) fn alone(self) -> Self {
        Self { parts: 1, ..self }
    }
}

/// Runs one after the other.
#[cfg(not(feature = "threads"))]
pub(crate) fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    a();
    b();
}

#[cfg(not(feature = "threads"))]
pub(crate) use join as join_long;
