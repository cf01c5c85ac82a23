//! Weights on their way from memory while something else is computed.

use crate::layer::LANES;
use fearless_simd::Simd;

/// Cache lines that are asked for bit by bit.
///
/// Late layers have far more weights than a core's caches hold, and little to compute with each. What the next layers
/// will read is therefore fetched into the second cache under the arithmetic of the layers before them.
pub(super) struct Prefetch<'a> {
    lines: &'a [[f32; LANES]],
    /// What comes after these.
    later: [&'a [f32]; MOST_RUNS],
    /// Lines to ask for at every step.
    share: usize,
}

/// Runs of weights that are asked for one after the other.
const MOST_RUNS: usize = 3;

/// Lines at a step that memory can bring while a tile takes in 16 channels.
const MOST: usize = 12;

impl<'a> Prefetch<'a> {
    /// Asks for `floats` over the next `steps` steps.
    pub(super) fn over(steps: usize, floats: &'a [f32]) -> Self {
        Self::over_runs(steps, floats.len(), [floats, &[], &[]])
    }

    /// Asks for one run after the other, up to `most` floats.
    pub(super) fn over_runs(steps: usize, mut most: usize, mut runs: [&'a [f32]; MOST_RUNS]) -> Self {
        for run in &mut runs {
            *run = &run[..run.len().min(most)];
            most -= run.len();
        }
        let lines: usize = runs.iter().map(|run| run.len() / LANES).sum();
        Self {
            lines: &[],
            later: runs,
            share: lines.div_ceil(steps.max(1)).min(MOST),
        }
    }

    /// Asks for nothing.
    pub(super) fn none() -> Self {
        Self::over(1, &[])
    }

    #[inline(always)]
    pub(super) fn step<S: Simd>(&mut self, simd: S) {
        if self.lines.is_empty() {
            let [next, then, last] = self.later;
            self.lines = next.as_chunks().0;
            self.later = [then, last, &[]];
        }
        let (now, later) = self.lines.split_at(self.share.min(self.lines.len()));
        for line in now {
            into_second_cache(simd, line);
        }
        self.lines = later;
    }
}

/// Does nothing where safe Rust has no instruction for it.
#[inline(always)]
fn into_second_cache<S: Simd>(simd: S, line: &[f32; LANES]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        fearless_simd::kernel!(
            #[inline(always)]
            fn fetch(_sse2: Sse2, line: &[f32; LANES]) {
                _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast());
            }
        );
        if let Some(sse2) = simd.level().as_sse2() {
            fetch(sse2, line);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (simd, line);
}
