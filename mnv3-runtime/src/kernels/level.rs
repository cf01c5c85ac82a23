//! From a level found at run time to code compiled for it.

/// Calls a function that is generic over the SIMD token with the token of a [`Level`](fearless_simd::Level).
///
/// Like `fearless_simd::dispatch!`, but on x86-64 there are three copies of the kernels, not four: nothing here uses
/// what SSE4.2 has over SSE2. The call itself runs at the baseline; kernels enter their level with `vectorize`.
macro_rules! at_level {
    ($level:expr, $simd:ident => $call:expr) => {{
        let level: fearless_simd::Level = $level;
        #[cfg(target_arch = "x86_64")]
        {
            if let Some($simd) = level.as_avx512() {
                $call
            } else if let Some($simd) = level.as_avx2() {
                $call
            } else if let Some($simd) = level.as_sse2() {
                $call
            } else {
                unreachable!("every x86-64 has SSE2")
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            fearless_simd::dispatch!(level, $simd => $call)
        }
    }};
}

pub(super) use at_level;
