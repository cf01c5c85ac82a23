//! What each pixel of the target is along one axis: which pixels of the source, and how much of each.

use crate::filter::Shape;
use std::ops::Range;

/// Bits of fraction of a coefficient: a sum of bytes times coefficients and a sign fit 32 bits.
pub(crate) const FRACTION: u32 = 32 - 8 - 2;
/// What a sum starts with: a half, so that cutting its fraction off rounds it, less 128, so that what is then outside of
/// a byte is outside of a signed one.
pub(crate) const START: i32 = (1 << (FRACTION - 1)) - (128 << FRACTION);

/// One axis of a resampling, for the pixels of the window. Coefficients are computed where they are needed: those of an
/// edge of millions of pixels are more than should be kept.
pub(crate) struct Axis {
    shape: Shape,
    /// How many times wider the filter is than its shape; 1 where the picture grows.
    widening: f64,
    taps: Vec<Taps>,
}

/// The pixels of the source that one of the target is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taps {
    pub(crate) first: usize,
    /// One after the last.
    pub(crate) end: usize,
    /// Of the target's pixel, in the source.
    centre: f64,
    /// What the filter's values add up to.
    total: f64,
}

impl Axis {
    /// `size` pixels from `start` of the `to` that `from` become.
    pub(crate) fn new(shape: Shape, from: usize, to: u64, start: u64, size: usize) -> Self {
        // Pillow holds the edge in single precision.
        let scale = f64::from(from as f32) / to as f64;
        let widening = scale.max(1.0);
        let support = shape.support * widening;
        let mut axis = Self {
            shape,
            widening,
            taps: Vec::with_capacity(size),
        };
        for x in (start..).take(size) {
            let centre = (x as f64 + 0.5) * scale;
            // Casts cut off: what is below 0 becomes 0.
            let end = ((centre + support + 0.5) as usize).min(from);
            let first = ((centre - support + 0.5) as usize).min(end);
            let mut taps = Taps {
                first,
                end,
                centre,
                total: 0.0,
            };
            taps.total = (first..end).fold(0.0, |sum, i| sum + axis.value(&taps, i));
            axis.taps.push(taps);
        }
        axis
    }

    /// Of the window's pixels, from the first. Both ends never decrease.
    pub(crate) fn taps(&self) -> &[Taps] {
        &self.taps
    }

    /// The pixels of the source that are seen at all.
    pub(crate) fn seen(&self) -> Range<usize> {
        match (self.taps.first(), self.taps.last()) {
            (Some(first), Some(last)) => first.first..last.end,
            _ => 0..0,
        }
    }

    /// What pixel `i` of the source counts, 0 outside of the taps.
    pub(crate) fn coefficient(&self, taps: &Taps, i: usize) -> i32 {
        if !(taps.first..taps.end).contains(&i) {
            return 0;
        }
        let value = self.value(taps, i);
        let share = if taps.total == 0.0 { value } else { value / taps.total };
        let scaled = share * f64::from(1 << FRACTION);
        (if share < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
    }

    fn value(&self, taps: &Taps, i: usize) -> f64 {
        (self.shape.at)((i as f64 - taps.centre + 0.5) * (1.0 / self.widening))
    }
}

/// Coefficients of two neighbours as two words of two 16-bit numbers each, upper and lower parts:
/// `upper * 2^15 + lower` is the coefficient. Sixteen bits times a byte is what processors multiply and add in pairs.
pub(crate) type Pair = [i32; 2];

/// Bits of the lower part.
pub(crate) const LOWER: u32 = 15;

pub(crate) fn pair(coefficients: [i32; 2]) -> Pair {
    let upper = coefficients.map(|k| k.wrapping_add(1 << (LOWER - 1)) >> LOWER);
    let lower = [0, 1].map(|i| coefficients[i] - (upper[i] << LOWER));
    [upper, lower].map(word)
}

/// Two numbers side by side, as they lie in memory.
fn word(numbers: [i32; 2]) -> i32 {
    let [[a, b], [c, d]] = numbers.map(|n| (n as i16).to_ne_bytes());
    i32::from_ne_bytes([a, b, c, d])
}
