//! The SIMD levels of this machine, as kernels know them.

use fearless_simd::Level;

/// Every level, best first: also SSE4.2, which kernels of networks do not tell from SSE2.
#[must_use]
pub fn of_this_machine() -> Vec<Level> {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    let levels = [
        best.as_avx512().map(Level::Avx512),
        best.as_avx2().map(Level::Avx2),
        best.as_sse4_2().map(Level::Sse4_2),
        best.as_sse2().map(Level::Sse2),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let levels = [Some(best), Some(Level::baseline())];
    levels.into_iter().flatten().collect()
}
