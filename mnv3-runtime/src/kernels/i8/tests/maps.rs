//! Means, maxima, gates, windows and linear layers between maps of bytes.

use super::super::dot::{Pixel, Rows};
use super::super::pool::{self, Scales};
use super::super::{dense, window_pool};
use super::{Numbers, Owned, pixels};
use crate::cpu::Cpu;
use crate::kernels::WindowPool;
use crate::kernels::level::at_level;
use crate::kernels::tests::{cpus, levels};
use crate::layer::{Dense, Panels};
use fearless_simd::{i32x16, prelude::*};
use mnv3_ir::{Act, LANES, groups, padded};
use proptest::prelude::*;

/// Scales and zero points of some channels.
fn any_scales(numbers: &mut Numbers, channels: usize) -> (Vec<f32>, Vec<i32>) {
    let scale = (0..padded(channels)).map(|_| 0.05 + 0.03 * numbers.float()).collect();
    let zero = numbers.bytes(padded(channels));
    (scale, zero.iter().map(|byte| i32::from(*byte)).collect())
}

fn linear(cpu: Cpu<'_>, layer: &Dense<'_>, input: &[f32]) -> Vec<f32> {
    let mut found = vec![f32::NAN; padded(layer.output)];
    at_level!(cpu.level, simd => dense::vector(simd, cpu, layer, input, &mut found));
    found
}

proptest! {
    #[test]
    fn means_and_maxima_are_of_exact_sums(h in 1usize..6, w in 1usize..20, channels in 1usize..40, seed: u64) {
        let mut numbers = Numbers(seed);
        let map = numbers.bytes(h * w * channels);
        let (scale, zero) = any_scales(&mut numbers, channels);
        let packed = pixels(&map, w, channels);
        let scales = Scales { scale: &scale, zero: &zero };
        let of = |c: usize| map.iter().skip(c).step_by(channels);
        for level in levels() {
            let mut means = vec![f32::NAN; padded(channels)];
            let rows = Rows { pixels: &packed, row: w * groups(channels), group: w };
            at_level!(level, simd => pool::mean(simd, [h * w, w], rows, scales, &mut means));
            for c in 0..channels {
                let above = of(c).map(|byte| i32::from(*byte) - zero[c]).sum::<i32>();
                let want = above as f32 * (scale[c] / (h * w) as f32);
                prop_assert_eq!(means[c].to_bits(), want.to_bits(), "{:?} {}", level, c);
            }
        }
        let mut most = vec![f32::NAN; padded(channels)];
        pool::max(w, &packed, scales, &mut most);
        for c in 0..channels {
            let want = of(c).max().map_or(0.0, |most| (i32::from(*most) - zero[c]) as f32 * scale[c]);
            prop_assert_eq!(most[c].to_bits(), want.to_bits());
        }
    }

    #[test]
    fn a_gate_multiplies_what_is_above_the_zero_point(w in 1usize..20, channels in 1usize..40, seed: u64) {
        let mut numbers = Numbers(seed);
        let row = numbers.bytes(w * channels);
        let (_, from) = any_scales(&mut numbers, channels);
        let (_, to) = any_scales(&mut numbers, channels);
        let to: Vec<f32> = to.iter().map(|zero| *zero as f32).collect();
        // Halves, so that ties are frequent.
        let factors: Vec<f32> = numbers.bytes(padded(channels)).iter().map(|byte| f32::from(byte % 5) / 2.0).collect();
        for level in levels() {
            let mut found = pixels(&row, w, channels);
            let of = (from.as_chunks().0, factors.as_chunks().0, to.as_chunks().0);
            for (g, found) in found.chunks_exact_mut(w).enumerate() {
                at_level!(level, simd => pool::gate(simd, found, &of.0[g], &of.1[g], &of.2[g]));
            }
            for (i, byte) in row.iter().enumerate() {
                let (x, c) = (i / channels, i % channels);
                let above = f32::from(*byte) - from[c] as f32;
                let want = ((above * factors[c]).round_ties_even() + to[c]).clamp(0.0, 255.0);
                prop_assert_eq!(f32::from(found[c / LANES * w + x][c % LANES]), want, "{:?} {} {}", level, x, c);
            }
        }
    }

    #[test]
    fn windows_have_maxima_and_means_rounded_half_to_even(
        oh in 1usize..4, ow in 1usize..8, kernel in [1usize..4, 1usize..4], stride in [1usize..4, 1usize..4],
        channels in 1usize..40, max: bool, seed: u64,
    ) {
        let input = [0, 1].map(|i| ([oh, ow][i] - 1) * stride[i] + kernel[i]);
        let [h, w] = input;
        let map = Numbers(seed).bytes(h * w * channels);
        let pool = WindowPool { max, channels, input, output: [oh, ow], kernel, stride };
        let mut found: Vec<Pixel> = vec![[7; LANES]; oh * groups(channels) * ow];
        window_pool::run(&pool, &pixels(&map, w, channels), &mut found);
        for (y, x, c) in mnv3_testing::places([oh, ow, channels]) {
            let under = (0..kernel[0] * kernel[1]).map(|i| {
                let (ky, kx) = (i / kernel[1], i % kernel[1]);
                u32::from(map[((y * stride[0] + ky) * w + x * stride[1] + kx) * channels + c])
            });
            let count = (kernel[0] * kernel[1]) as u32;
            let want = if max {
                under.max()
            } else {
                // In whole numbers: twice the remainder is a tie if it is the count.
                let sum: u32 = under.sum();
                let up = match (2 * (sum % count)).cmp(&count) {
                    std::cmp::Ordering::Less => 0,
                    std::cmp::Ordering::Equal => sum / count % 2,
                    std::cmp::Ordering::Greater => 1,
                };
                Some(sum / count + up)
            };
            let found = found[(y * groups(channels) + c / LANES) * ow + x][c % LANES];
            prop_assert_eq!(Some(u32::from(found)), want, "{} {} {}", y, x, c);
        }
    }

    #[test]
    fn linear_layers_round_every_product_and_every_sum(input in 1usize..50, output in 1usize..100, seed: u64) {
        let mut numbers = Numbers(seed);
        let lanes = padded(output);
        let weights: Vec<[f32; LANES]> = (0..groups(output) * input).map(|_| std::array::from_fn(|_| numbers.float())).collect();
        let [bias, vector] = [lanes, input].map(|count| (0..count).map(|_| numbers.float()).collect::<Vec<f32>>());
        let layer = Dense {
            input, output, weights: Panels::F32(&weights), bias: &bias, act: Act::Relu, lift: 0.0, later: &[],
        };
        for cpu in cpus() {
            let found = linear(cpu, &layer, &vector);
            for o in 0..output {
                // Even inputs and odd ones apart, each from the first to the last.
                let mut sums = [0.0f32; 2];
                for (i, x) in vector.iter().enumerate() {
                    let product = x * weights[o / LANES * input + i][o % LANES];
                    sums[i % 2] += product;
                }
                let want = (sums[0] + sums[1] + bias[o]).max(0.0);
                prop_assert_eq!(found[o].to_bits(), want.to_bits(), "{:?} {}", cpu.level, o);
            }
        }
    }
}

/// A bias that leaves exactly 2.5 of the rounded product: were both one operation, what the rounding took would show.
#[test]
fn a_sum_is_rounded_before_its_bias_is_added() {
    let (mut above, mut below) = (0, 0);
    for sum in 1..2000 {
        let scale = 0.137_f32;
        let product = sum as f32 * scale;
        if product < 4.0 {
            continue;
        }
        let lost = f64::from(sum) * f64::from(scale) - f64::from(product);
        (above, below) = (above + usize::from(lost > 1e-6), below + usize::from(lost < -1e-6));
        let lanes = |x: f32| vec![x; LANES];
        let by = Owned {
            start: vec![0; LANES],
            scale: lanes(scale),
            bias: lanes(2.5 - product),
            curve: lanes(0.0),
            zero: vec![0; LANES],
            residual: lanes(0.0),
            act: Act::Identity,
        };
        for level in levels() {
            let mut found = [[7; LANES]; 5];
            let sums = [sum; 5];
            at_level!(level, simd => by.view().load(simd, 0).write(&sums.map(|sum| i32x16::splat(simd, sum).to_float()), None, &mut found));
            assert_eq!(found, [[2; LANES]; 5], "{level:?}: {sum}");
        }
    }
    assert!(
        above > 100 && below > 100,
        "roundings would not have shown: {above} {below}"
    );
}
