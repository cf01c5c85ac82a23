//! Weights on their way from memory while something else is computed.

use fearless_simd::Simd;
use mnv3_ir::CACHE_LINE;

/// Cache lines that are asked for bit by bit.
///
/// Late layers have far more weights than a core's caches hold, and little to compute with each. What the next layers
/// will read is therefore fetched into the second cache under the arithmetic of the layers before them.
pub(super) struct Prefetch<'a> {
    lines: &'a [[u8; CACHE_LINE]],
    /// Lines to ask for at every step.
    share: usize,
}

/// Lines at a step that memory can bring while a tile takes in 16 channels.
const MOST: usize = 12;

impl<'a> Prefetch<'a> {
    /// Asks for `bytes` over the next `steps` steps.
    pub(super) fn over(steps: usize, bytes: &'a [u8]) -> Self {
        let lines = bytes.as_chunks().0;
        Self {
            lines,
            share: lines.len().div_ceil(steps.max(1)).min(MOST),
        }
    }

    /// Asks for nothing.
    pub(super) fn none() -> Self {
        Self { lines: &[], share: 0 }
    }

    #[inline(always)]
    pub(super) fn step<S: Simd>(&mut self, simd: S) {
        let (now, later) = self.lines.split_at(self.share.min(self.lines.len()));
        for line in now {
            into_second_cache(simd, line);
        }
        self.lines = later;
    }
}

/// Asks for the line that something begins in. Does nothing where safe Rust has no instruction for it.
#[inline(always)]
pub(super) fn into_second_cache<S: Simd, T>(simd: S, line: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        fearless_simd::kernel!(
            #[inline(always)]
            fn fetch(_sse2: Sse2, line: *const i8) {
                _mm_prefetch::<_MM_HINT_T1>(line);
            }
        );
        if let Some(sse2) = simd.level().as_sse2() {
            fetch(sse2, std::ptr::from_ref(line).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (simd, line);
}
