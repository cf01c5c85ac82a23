//! How many threads, and how far ahead.

use mnv3_image::Decoding;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// Inputs that each thread may be ahead by: a large picture, or a thread whose core another program has for a while, holds up the
/// order, not the other threads. Beside busy programs 4 cost half of the rate.
const AHEAD: usize = 32;

/// How a stream is divided among threads. By default on as many threads as the process has cores, and at most 32 inputs ahead of the
/// caller for each.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamOptions {
    threads: Option<NonZeroUsize>,
    ahead: Option<usize>,
    decoding: Decoding,
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

    /// How pictures of files are decoded: by default exactly.
    #[must_use]
    pub fn decoding(self, decoding: Decoding) -> Self {
        Self { decoding, ..self }
    }

    /// What was asked for.
    #[must_use]
    pub fn decoding_wanted(self) -> Decoding {
        self.decoding
    }

    /// Where nothing was asked for, at most so many inputs for each thread: for answers that are large.
    #[must_use]
    pub fn or_ahead(self, each: usize) -> Self {
        let ahead = self.ahead.or(Some(each.saturating_mul(self.count_threads())));
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
        assert_eq!((options.count_threads(), options.most_ahead()), (3, 96));
        assert_eq!(options.ahead(0).most_ahead(), 3);
        assert_eq!(options.ahead(7).most_ahead(), 7);
        assert_eq!(options.or_ahead(2).most_ahead(), 6);
        assert_eq!(options.ahead(7).or_ahead(2).most_ahead(), 7);
        assert!(StreamOptions::default().threads(0).count_threads() > 0);
    }
}
