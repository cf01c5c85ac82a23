//! Linear layers: a matrix that is read once, from end to end, so that memory decides the speed.

use super::epilogue::Epilogue;
use super::half::WeightLine;
use super::pointwise::chunk;
use super::split;
use crate::cpu::Cpu;
use crate::kernels::each::each;
use crate::layer::{Dense, Panels};
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::LANES;

/// Panels that are read side by side: several streams keep more of memory busy than one.
const STREAMS: usize = 4;

/// Bytes of a matrix that takes some microseconds.
const WORTH_SHARING: usize = 1 << 18;

/// `input` of the reduction's length to `output`, padded; panels are divided among threads.
pub(super) fn vector<S: Simd>(simd: S, cpu: Cpu<'_>, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    divide(cpu, dense, output, &|dense, output| part(simd, dense, input, output));
}

/// Has `part` compute the outputs of some panels, in each thread.
pub(super) fn divide(
    cpu: Cpu<'_>,
    dense: &Dense<'_>,
    output: &mut [f32],
    part: &(impl Fn(&Dense<'_>, &mut [f32]) + Sync),
) {
    let panels = dense.output.div_ceil(LANES);
    // To share a small one takes longer than to compute it.
    let small = dense.weights.bytes() < WORTH_SHARING;
    let cpu = if small { cpu.alone() } else { cpu };
    split::rows(cpu, panels, LANES, output, &mut [], &|panels, output, _| {
        part(&dense.panels(panels), output);
    });
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

/// All panels; weights are to be multiplied by `scales` if there are any.
#[inline(always)]
fn rows<S: Simd, L: WeightLine>(
    simd: S,
    dense: &Dense<'_>,
    weights: &[L],
    scales: Option<&[[f32; LANES]]>,
    input: &[f32],
    output: &mut [f32],
) {
    let mut panels = weights.chunks_exact(dense.input);
    let input = &input[..dense.input];
    let (bias, _) = dense.bias.as_chunks::<LANES>();
    let (outputs, _) = output.as_chunks_mut::<LANES>();
    let epilogue = Epilogue::new(dense.act, dense.lift);
    let (many, single) = bias.as_chunks::<STREAMS>();
    let (many_out, single_out) = outputs.split_at_mut(many.len() * STREAMS);
    for (i, (bias, out)) in many.iter().zip(many_out.as_chunks_mut().0).enumerate() {
        let streams: [&[L]; STREAMS] = each(|_| panels.next().unwrap_or_default());
        let scales = scales.map(
            #[inline(always)]
            |scales| chunk(&scales[i * STREAMS..]),
        );
        dot(simd, streams, input, scales, bias, epilogue, out);
    }
    for (i, ((bias, out), panel)) in single.iter().zip(single_out).zip(panels).enumerate() {
        let scales = scales.map(
            #[inline(always)]
            |scales| chunk(&scales[many.len() * STREAMS + i..]),
        );
        dot(
            simd,
            [panel],
            input,
            scales,
            &[*bias],
            epilogue,
            std::array::from_mut(out),
        );
    }
}

/// V panels times the vector.
#[inline(always)]
fn dot<S: Simd, L: WeightLine, const V: usize>(
    simd: S,
    panels: [&[L]; V],
    input: &[f32],
    scales: Option<&[[f32; LANES]; V]>,
    bias: &[[f32; LANES]; V],
    epilogue: Epilogue,
    out: &mut [[f32; LANES]; V],
) {
    // Two sums for every panel, so that additions need not wait for each other; each starts at its half of the lift. Sums of
    // whole numbers of inputs are not tiny, and get it with their scale.
    let start = if scales.is_some() { 0.0 } else { epilogue.lift / 2.0 };
    let mut sums = [[f32x16::splat(simd, start); V]; 2];
    let panels = panels.map(
        #[inline(always)]
        |panel| &panel[..input.len()],
    );
    let (pairs, rest) = input.as_chunks::<2>();
    for (i, pair) in pairs.iter().enumerate() {
        for side in 0..2 {
            let x = f32x16::splat(simd, pair[side]);
            for v in 0..V {
                sums[side][v] = x.mul_add(panels[v][2 * i + side].load(simd), sums[side][v]);
            }
        }
    }
    if let (Some(&x), Some(last)) = (rest.first(), input.len().checked_sub(1)) {
        let x = f32x16::splat(simd, x);
        for v in 0..V {
            sums[0][v] = x.mul_add(panels[v][last].load(simd), sums[0][v]);
        }
    }
    let [a, b] = sums;
    // Not `array::from_fn`, which is a call when its closure is long.
    let mut tile = [a];
    for v in 0..V {
        let (sum, bias) = (a[v] + b[v], f32x16::from_slice(simd, &bias[v]));
        tile[0][v] = match scales {
            None => sum + bias,
            Some(scales) => sum.mul_add(f32x16::from_slice(simd, &scales[v]), epilogue.start(simd, bias)),
        };
    }
    epilogue.apply(simd, &mut tile);
    for v in 0..V {
        tile[0][v].store_slice(&mut out[v]);
    }
}
