//! Numbers by chance, the same ones for the same seed on every machine and in every version: splitmix64.

use std::ops::RangeInclusive;

#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        // Neighbouring seeds have nothing in common after the first step.
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Any number of a range, each as likely.
    pub(super) fn within(&mut self, range: RangeInclusive<usize>) -> usize {
        let (first, last) = range.into_inner();
        first + (self.next() % (last - first + 1) as u64) as usize
    }

    /// Yes so many times of a hundred.
    pub(super) fn percent(&mut self, percent: usize) -> bool {
        self.within(0..=99) < percent
    }

    /// One of several; what stands there twice is twice as likely.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.within(0..=of.len() - 1)]
    }
}
