//! Between which pixels of the logits one of the picture lies.

/// Two neighbours along an axis, and the share of the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mixture {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) share: f32,
}

impl Mixture {
    /// Of pixel `at` of `to`, where `from` pixels cover the same, of which the first is number `start`; neither is 0.
    #[inline]
    pub(crate) fn of(at: usize, start: usize, from: usize, to: usize) -> Self {
        let last = from - 1;
        let centre = (at as f64 + 0.5) * (from as f64 / to as f64) - 0.5;
        let centre = centre.clamp(0.0, last as f64);
        let first = centre as usize;
        Self {
            first: start + first,
            second: start + (first + 1).min(last),
            share: (centre - first as f64) as f32,
        }
    }
}
