//! Maps of the same shape, pixel by pixel: the sum of two, one times a gate, and a non-linearity by itself.

use super::epilogue::Epilogue;
use super::split;
use super::underflow::settled;
use crate::cpu::Cpu;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{Act, LANES, groups};

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

/// What becomes of the numbers that a map is multiplied with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GateForm {
    /// Nothing.
    Plain,
    /// Their sigmoid.
    Sigmoid,
}

/// A non-linearity of each number of a map of `h` rows.
pub(super) fn activate<S: Simd>(simd: S, cpu: Cpu<'_>, h: usize, act: Act, input: &[f32], output: &mut [f32]) {
    let row = output.len() / h;
    let epilogue = Epilogue::new(act, 0.0);
    split::rows(cpu, h, row, output, &mut [], &|rows, output, _| {
        activate_part(simd, epilogue, &input[rows.start * row..rows.end * row], output);
    });
}

#[inline(never)]
fn activate_part<S: Simd>(simd: S, epilogue: Epilogue, input: &[f32], output: &mut [f32]) {
    let input = input.as_chunks::<LANES>().0;
    simd.vectorize(
        #[inline(always)]
        || {
            for (out, pixel) in output.as_chunks_mut::<LANES>().0.iter_mut().zip(input) {
                let mut tile = [[f32x16::from_slice(simd, pixel)]];
                epilogue.apply(simd, &mut tile);
                settled(simd, tile[0][0]).store_slice(out);
            }
        },
    );
}

/// A map, each channel times what `form` makes of its number of `vector`.
pub(super) fn gate<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    form: GateForm,
    ([h, w], channels): ([usize; 2], usize),
    map: &[f32],
    vector: &[f32],
    output: &mut [f32],
) {
    let row = groups(channels) * w * LANES;
    split::rows(cpu, h, row, output, &mut [], &|rows, output, _| {
        let map = &map[rows.start * row..rows.end * row];
        gate_part(simd, form, w, map, vector, output);
    });
}

#[inline(never)]
fn gate_part<S: Simd>(simd: S, form: GateForm, w: usize, map: &[f32], vector: &[f32], output: &mut [f32]) {
    let map = map.as_chunks::<LANES>().0.chunks_exact(w);
    let output = output.as_chunks_mut::<LANES>().0.chunks_exact_mut(w);
    let gates = vector.as_chunks::<LANES>().0.iter().cycle();
    for ((map, output), gate) in map.zip(output).zip(gates) {
        let gate = match form {
            GateForm::Plain => *gate,
            GateForm::Sigmoid => gate.map(sigmoid),
        };
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
