//! How many threads, and how far ahead.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// Inputs that each thread may be ahead by: one large picture holds up the order, not the other threads.
const AHEAD: usize = 4;

/// How a stream is divided among threads. By default on as many threads as the process has cores, and at most four inputs ahead of the
/// caller for each.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamOptions {
    threads: Option<NonZeroUsize>,
    ahead: Option<usize>,
}

impl StreamOptions {
    /// On so many threads; by 0, on as many as the process has cores.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        let threads = NonZeroUsize::new(threads);
        Self { threads, ..self }
    }

    /// At most so many inputs are taken before the caller has taken their answers: what bounds memory, and how long a slow
    /// caller lets threads go on. At least one for each thread.
    #[must_use]
    pub fn ahead(self, inputs: usize) -> Self {
        let ahead = Some(inputs);
        Self { ahead, ..self }
    }

    pub(crate) fn count_threads(self) -> usize {
        let threads = self.threads.or_else(|| available_parallelism().ok());
        threads.map_or(1, NonZeroUsize::get)
    }

    pub(crate) fn most_ahead(self) -> u64 {
        let threads = self.count_threads();
        self.ahead.unwrap_or(threads.saturating_mul(AHEAD)).max(threads) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_every_thread_whatever_is_asked_for() {
        let options = StreamOptions::default().threads(3);
        assert_eq!((options.count_threads(), options.most_ahead()), (3, 12));
        assert_eq!(options.ahead(0).most_ahead(), 3);
        assert_eq!(options.ahead(7).most_ahead(), 7);
        assert!(StreamOptions::default().threads(0).count_threads() > 0);
    }
}
