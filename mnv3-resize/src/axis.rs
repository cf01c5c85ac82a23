//! What each pixel of the target is along one axis: which pixels of the source, and how much of each.

use crate::filter::FilterShape;
use std::ops::Range;

/// Bits of fraction of a coefficient: a sum of bytes times coefficients and a sign fit 32 bits.
pub(crate) const FRACTION: u32 = 32 - 8 - 2;
/// What a sum starts with: a half, so that cutting its fraction off rounds it, less 128, so that what is then outside of
/// a byte is outside of a signed one.
pub(crate) const START: i32 = (1 << (FRACTION - 1)) - (128 << FRACTION);

/// Coefficients that are kept at most: 256 kB. Those of an edge of millions of pixels are computed where they are needed.
const KEPT: usize = 1 << 16;

/// One axis of a resampling, for the pixels of the window.
pub(crate) struct Axis {
    shape: FilterShape,
    /// How many times wider the filter is than its shape; 1 where the picture grows.
    widening: f64,
    taps: Vec<Taps>,
    /// Coefficients of the first taps, one after the other.
    kept: Vec<i32>,
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
    /// Where its coefficients are kept, or past the end.
    kept: usize,
}

impl Axis {
    /// `size` pixels from `start` of the `to` that `from` become.
    pub(crate) fn new(shape: FilterShape, from: usize, to: u64, start: u64, size: usize) -> Self {
        // Pillow holds the edge in single precision.
        let scale = f64::from(from as f32) / to as f64;
        let widening = scale.max(1.0);
        let support = shape.support * widening;
        let mut axis = Self {
            shape,
            widening,
            taps: Vec::with_capacity(size),
            kept: Vec::new(),
        };
        let mut values = Vec::new();
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
                kept: KEPT,
            };
            if end - first <= KEPT - axis.kept.len() {
                values.clear();
                values.resize(end - first, 0.0);
                (shape.all)(&mut values, first as f64, centre, 1.0 / widening);
                taps.total = values.iter().fold(0.0, |sum, value| sum + value);
                taps.kept = axis.kept.len();
                axis.kept.extend(values.iter().map(|&value| taps.coefficient(value)));
            } else {
                taps.total = (first..end).fold(0.0, |sum, i| sum + axis.value(&taps, i));
            }
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

    /// Of the pixel that has most.
    pub(crate) fn most_taps(&self) -> usize {
        self.taps.iter().map(|taps| taps.end - taps.first).max().unwrap_or(0)
    }

    /// Appends what the pixels of the source count, 0 outside of the taps.
    pub(crate) fn coefficients(&self, taps: &Taps, pixels: Range<usize>, to: &mut Vec<i32>) {
        let counting = pixels.start.clamp(taps.first, taps.end)..pixels.end.clamp(taps.first, taps.end);
        let end = to.len() + pixels.len();
        to.resize(
            to.len() + counting.start.saturating_sub(pixels.start).min(pixels.len()),
            0,
        );
        let kept = self.kept.get(taps.kept..).unwrap_or_default();
        match kept.get(counting.start - taps.first..counting.end - taps.first) {
            Some(kept) => to.extend_from_slice(kept),
            None => to.extend(counting.map(|i| taps.coefficient(self.value(taps, i)))),
        }
        to.resize(end, 0);
    }

    fn value(&self, taps: &Taps, i: usize) -> f64 {
        (self.shape.at)((i as f64 - taps.centre + 0.5) * (1.0 / self.widening))
    }
}

impl Taps {
    fn coefficient(&self, value: f64) -> i32 {
        let share = if self.total == 0.0 { value } else { value / self.total };
        let scaled = share * f64::from(1 << FRACTION);
        (if share < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
    }
}
