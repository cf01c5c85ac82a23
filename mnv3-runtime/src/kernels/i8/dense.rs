//! Linear layers of networks in eight bits, in single precision: every product is rounded before it is added, and sums have an
//! order, so that all levels give the same bits.

use super::super::half::WeightLine;
use super::super::linear;
use super::super::prefetch::into_second_cache;
use crate::cpu::Cpu;
use crate::kernels::each::each;
use crate::layer::{Dense, Panels};
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{Act, CACHE_LINE, LANES};

/// Panels that are read side by side.
const STREAMS: usize = 4;
/// Cache lines of a panel that are asked for before they are read.
const AHEAD: usize = 16;

/// `input` of the reduction's length to `output`, padded; panels are divided among threads.
pub(super) fn vector<S: Simd>(simd: S, cpu: Cpu<'_>, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    linear::divide(cpu, dense, output, &|dense, output| part(simd, dense, input, output));
}

#[inline(never)]
fn part<S: Simd>(simd: S, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    simd.vectorize(
        #[inline(always)]
        || match dense.weights {
            Panels::F32(weights) => rows(simd, dense, weights, None, input, output),
            Panels::F16(weights) => rows(simd, dense, weights, None, input, output),
            Panels::I8(weights, scales) => rows(simd, dense, weights, Some(scales.as_chunks().0), input, output),
        },
    );
}

#[inline(always)]
fn rows<S: Simd, L: WeightLine>(
    simd: S,
    dense: &Dense<'_>,
    weights: &[L],
    scales: Option<&[[f32; LANES]]>,
    input: &[f32],
    output: &mut [f32],
) {
    let input = &input[..dense.input];
    let (bias, outputs) = (dense.bias.as_chunks::<LANES>().0, output.as_chunks_mut::<LANES>().0);
    let mut panel = 0;
    while panel < outputs.len() {
        let count = match outputs.len() - panel {
            STREAMS.. => {
                sums::<S, L, STREAMS>(simd, weights, panel, input, outputs);
                STREAMS
            }
            3 => {
                sums::<S, L, 3>(simd, weights, panel, input, outputs);
                3
            }
            2 => {
                sums::<S, L, 2>(simd, weights, panel, input, outputs);
                2
            }
            _ => {
                sums::<S, L, 1>(simd, weights, panel, input, outputs);
                1
            }
        };
        for at in panel..panel + count {
            let mut sum = f32x16::from_slice(simd, &outputs[at]);
            if let Some(scales) = scales {
                sum *= f32x16::from_slice(simd, &scales[at]);
            }
            let y = sum + f32x16::from_slice(simd, &bias[at]);
            activated(simd, y, dense.act).store_slice(&mut outputs[at]);
        }
        panel += count;
    }
}

/// V panels times the vector: the sum of even inputs and the sum of odd ones, added.
#[inline(always)]
fn sums<S: Simd, L: WeightLine, const V: usize>(
    simd: S,
    weights: &[L],
    panel: usize,
    input: &[f32],
    outputs: &mut [[f32; LANES]],
) {
    let mut sums = [[f32x16::splat(simd, 0.0); V]; 2];
    let panels: [&[L]; V] = each(
        #[inline(always)]
        |v| &weights[(panel + v) * input.len()..][..input.len()],
    );
    let (pairs, rest) = input.as_chunks::<2>();
    // A line has the weights of as many inputs as L has bytes less.
    let line = CACHE_LINE / size_of::<L>();
    for (i, pair) in pairs.iter().enumerate() {
        if 2 * i % line == 0 {
            let ahead = 2 * i + AHEAD * line;
            for v in 0..V {
                // Beyond the end of a panel follows the one that is read after it.
                let at = match ahead.checked_sub(input.len()) {
                    None => (panel + v) * input.len() + ahead,
                    Some(ahead) => (panel + V + v) * input.len() + ahead,
                };
                if let Some(line) = weights.get(at) {
                    into_second_cache(simd, line);
                }
            }
        }
        for side in 0..2 {
            let x = f32x16::splat(simd, pair[side]);
            for v in 0..V {
                sums[side][v] += x * panels[v][2 * i + side].load(simd);
            }
        }
    }
    if let (Some(&x), Some(last)) = (rest.first(), input.len().checked_sub(1)) {
        let x = f32x16::splat(simd, x);
        for v in 0..V {
            sums[0][v] += x * panels[v][last].load(simd);
        }
    }
    for v in 0..V {
        (sums[0][v] + sums[1][v]).store_slice(&mut outputs[panel + v]);
    }
}

#[inline(always)]
fn activated<S: Simd>(simd: S, y: f32x16<S>, act: Act) -> f32x16<S> {
    let (zero, one) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, 1.0));
    match act {
        Act::Identity => y,
        Act::Relu => y.max(zero),
        Act::Relu6 => y.max(zero).min(f32x16::splat(simd, 6.0)),
        Act::HardSigmoid { slope, offset } => (y * f32x16::splat(simd, slope) + f32x16::splat(simd, offset))
            .max(zero)
            .min(one),
        Act::HardSwish { slope, offset } => {
            y * (y * f32x16::splat(simd, slope) + f32x16::splat(simd, offset))
                .max(zero)
                .min(one)
        }
    }
}
