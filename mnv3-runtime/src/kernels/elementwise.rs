//! Maps of the same shape, pixel by pixel: the sum of two, and one times a gate.

use super::split;
use super::underflow::settled;
use crate::cpu::Cpu;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{LANES, groups};

/// The sum of two maps of `h` rows.
pub(super) fn add<S: Simd>(simd: S, cpu: Cpu<'_>, h: usize, [a, b]: [&[f32]; 2], output: &mut [f32]) {
    let row = output.len() / h;
    split::rows(cpu, h, row, output, &mut [], &|rows, output, _| {
        let part = rows.start * row..rows.end * row;
        add_part(simd, [&a[part.clone()], &b[part]], output);
    });
}

#[inline(never)]
fn add_part<S: Simd>(simd: S, [a, b]: [&[f32]; 2], output: &mut [f32]) {
    let (a, b) = (a.as_chunks::<LANES>().0, b.as_chunks::<LANES>().0);
    simd.vectorize(
        #[inline(always)]
        || {
            for ((out, a), b) in output.as_chunks_mut::<LANES>().0.iter_mut().zip(a).zip(b) {
                (f32x16::from_slice(simd, a) + f32x16::from_slice(simd, b)).store_slice(out);
            }
        },
    );
}

/// A map, each channel times the sigmoid of its number of `vector`.
pub(super) fn gate<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    ([h, w], channels): ([usize; 2], usize),
    map: &[f32],
    vector: &[f32],
    output: &mut [f32],
) {
    let row = groups(channels) * w * LANES;
    split::rows(cpu, h, row, output, &mut [], &|rows, output, _| {
        let map = &map[rows.start * row..rows.end * row];
        gate_part(simd, w, map, vector, output);
    });
}

#[inline(never)]
fn gate_part<S: Simd>(simd: S, w: usize, map: &[f32], vector: &[f32], output: &mut [f32]) {
    let map = map.as_chunks::<LANES>().0.chunks_exact(w);
    let output = output.as_chunks_mut::<LANES>().0.chunks_exact_mut(w);
    let gates = vector.as_chunks::<LANES>().0.iter().cycle();
    for ((map, output), gate) in map.zip(output).zip(gates) {
        let gate = gate.map(sigmoid);
        simd.vectorize(
            #[inline(always)]
            || {
                let gate = f32x16::from_slice(simd, &gate);
                for (out, pixel) in output.iter_mut().zip(map) {
                    settled(simd, f32x16::from_slice(simd, pixel) * gate).store_slice(out);
                }
            },
        );
    }
}

/// `1 / (1 + exp(-x))`, in double precision, since there are few of them.
fn sigmoid(x: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(x)).exp())) as f32
}
