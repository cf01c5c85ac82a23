//! From a level found at run time to code compiled for it.

/// Calls a function that is generic over the SIMD token with the token of a [`Level`](fearless_simd::Level).
///
/// Like `fearless_simd::dispatch!`, but the token's type is known, of which integer kernels ask more than [`fearless_simd::Simd`], and
/// on x86-64 there are three copies of the kernels, not four: nothing here uses what SSE4.2 has over SSE2. The call itself
/// runs at the baseline; kernels enter their level with `vectorize`.
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
        #[cfg(target_arch = "aarch64")]
        match level.as_neon() {
            Some($simd) => $call,
            None => unreachable!("every aarch64 has NEON"),
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        match level.as_wasm_simd128() {
            Some($simd) => $call,
            None => unreachable!("a module that was compiled with simd128 runs with it"),
        }
        #[cfg(not(any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            all(target_arch = "wasm32", target_feature = "simd128")
        )))]
        {
            // A token that kernels know by its name, which `dispatch!` hides.
            let _ = level;
            let $simd = fearless_simd::Fallback::new();
            $call
        }
    }};
}

pub(super) use at_level;
