//! Linear layers: a matrix that is read once, from end to end, so that memory decides the speed.

use super::epilogue::Epilogue;
use crate::layer::{Dense, LANES};
use fearless_simd::{Simd, f32x16, prelude::*};

/// Sums of one panel that run side by side, to hide the latency of an addition.
const SIDES: usize = 8;

/// `input` of the reduction's length to `output`, padded.
#[inline(never)]
pub(super) fn vector<S: Simd>(simd: S, dense: &Dense<'_>, input: &[f32], output: &mut [f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let epilogue = Epilogue::from(dense.act);
            let panels = dense.weights.as_chunks::<LANES>().0.chunks_exact(dense.input);
            let outputs = output.as_chunks_mut::<LANES>().0;
            for ((panel, bias), out) in panels.zip(dense.bias.as_chunks::<LANES>().0).zip(outputs) {
                let sum = dot(simd, panel, &input[..dense.input]) + f32x16::from_slice(simd, bias);
                let mut tile = [[sum]];
                epilogue.apply(simd, &mut tile);
                tile[0][0].store_slice(out);
            }
        },
    );
}

/// One panel times the vector.
#[inline(always)]
fn dot<S: Simd>(simd: S, panel: &[[f32; LANES]], input: &[f32]) -> f32x16<S> {
    let mut sums = [f32x16::splat(simd, 0.0); SIDES];
    let (inputs, rest) = input.as_chunks::<SIDES>();
    let (panels, rest_panel) = panel.as_chunks::<SIDES>();
    for (inputs, weights) in inputs.iter().zip(panels) {
        for i in 0..SIDES {
            sums[i] = f32x16::splat(simd, inputs[i]).mul_add(f32x16::from_slice(simd, &weights[i]), sums[i]);
        }
    }
    for (&x, weights) in rest.iter().zip(rest_panel) {
        sums[0] = f32x16::splat(simd, x).mul_add(f32x16::from_slice(simd, weights), sums[0]);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}
