//! The SIMD levels that kernels are compiled for, as far as this machine has them, and the one without.

use mnv3_resize::Level;

pub(crate) fn all() -> Vec<Level> {
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
