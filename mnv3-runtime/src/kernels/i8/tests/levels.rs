use super::super::dot::{Dot, Panel, Pixel};
use super::Numbers;
use crate::kernels::level::at_level;
use crate::kernels::tests::levels;
use fearless_simd::{Fallback, f32x16, i32x16, prelude::*};
use mnv3_ir::LANES;

/// Each operation of a level against its definition.
fn check<S: Dot>(simd: S, seed: u64) {
    let mut numbers = Numbers(seed);
    let pixels: [Pixel; 4] = std::array::from_fn(|_| numbers.bytes(LANES).try_into().unwrap_or_default());
    let mut panel: Panel = [0; 64];
    panel.copy_from_slice(&numbers.weights(64));
    let start: [i32; LANES] = std::array::from_fn(|lane| lane as i32 * 1000 - 7);
    let quad = [pixels[0][0], pixels[1][5], 255, 0];
    let sum = |lane: usize, of: &dyn Fn(usize) -> u8| {
        (0..4).fold(start[lane], |sum, i| {
            sum + i32::from(of(i)) * i32::from(panel[4 * lane + i])
        })
    };
    let found = simd.vectorize(
        #[inline(always)]
        || {
            let (sums, weights) = (i32x16::from_slice(simd, &start), simd.weights(&panel));
            let splat: [i32; LANES] = simd.dot(sums, simd.splat(quad), weights).into();
            let interleaved: [i32; LANES] = simd.dot(sums, simd.interleave(&pixels), weights).into();
            [splat, interleaved]
        },
    );
    let level = simd.level();
    assert_eq!(
        found[0],
        std::array::from_fn(|lane| sum(lane, &|i| quad[i])),
        "{level:?}"
    );
    assert_eq!(
        found[1],
        std::array::from_fn(|lane| sum(lane, &|i| pixels[i][lane])),
        "{level:?}"
    );

    let halves: [f32; LANES] =
        std::array::from_fn(|lane| lane as f32 / 2.0 - 3.0 + numbers.float() * (lane % 2) as f32);
    let edges = [
        -0.5,
        0.5,
        1.5,
        2.5,
        254.5,
        255.5,
        256.5,
        -1.5,
        1e6,
        -1e6,
        0.0,
        -0.0,
        511.5,
        512.5,
        -511.5,
        0.499_999_97,
    ];
    for x in [halves, edges] {
        let (rounded, bytes, widened) = simd.vectorize(
            #[inline(always)]
            || {
                let whole = simd.round(f32x16::from_slice(simd, &x));
                let zero = i32x16::splat(simd, 5);
                let bytes = simd.saturate([whole, whole + i32x16::splat(simd, 7), whole, whole], zero);
                let rounded: [i32; LANES] = whole.into();
                let widened: [f32; LANES] = simd.widen(&bytes[0]).into();
                (rounded, bytes, widened)
            },
        );
        for lane in 0..LANES {
            let (want, found) = (x[lane].round_ties_even(), rounded[lane]);
            // Beyond 512 only the side counts.
            let right = if want.abs() <= 512.0 {
                found as f32 == want
            } else {
                found.abs() >= 512 && (found > 0) == (want > 0.0)
            };
            assert!(right, "{level:?}: {} is rounded to {found}", x[lane]);
            assert_eq!(f32::from(bytes[0][lane]), (want + 5.0).clamp(0.0, 255.0));
            assert_eq!(f32::from(bytes[1][lane]), (want + 12.0).clamp(0.0, 255.0));
            assert_eq!([bytes[2], bytes[3]], [bytes[0]; 2]);
            assert_eq!(widened[lane], f32::from(bytes[0][lane]));
        }
    }
}

#[test]
fn operations_are_what_they_are_defined_to_be_without_simd_too() {
    for seed in 0..200 {
        for level in levels() {
            at_level!(level, simd => check(simd, seed));
        }
        check(Fallback::new(), seed);
    }
}
