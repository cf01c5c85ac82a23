//! A map at another height and width: bilinear, in two passes.

use super::split;
use super::underflow::settled;
use crate::cpu::Cpu;
use fearless_simd::{Simd, f32x16, prelude::*};
use mnv3_ir::{LANES, groups};
use std::ops::Range;

/// What lies where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResizePlan {
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
    pub(crate) channels: usize,
}

/// Between which two rows or columns of the input one of the output lies, and the share of each.
#[derive(Clone, Copy, Debug)]
struct Between {
    at: [usize; 2],
    share: [f32; 2],
}

impl Between {
    /// The edges of the first and last pixel of both lie on each other; centres beyond those of the input stay on its first and last.
    #[inline(always)]
    fn of(at: usize, from: usize, to: usize) -> Self {
        let centre = (at as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let centre = centre.clamp(0.0, (from - 1) as f64);
        let first = centre as usize;
        let second = centre - first as f64;
        Self {
            at: [first, (first + 1).min(from - 1)],
            share: [(1.0 - second) as f32, second as f32],
        }
    }
}

/// `input` map to `output` map; `scratch` is of [`resize_scratch`](mnv3_ir::resize_scratch) floats.
pub(super) fn run<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    resize: &ResizePlan,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let row = groups(resize.channels) * resize.output[1] * LANES;
    split::rows(cpu, resize.output[0], row, output, scratch, &|rows, output, scratch| {
        let mut resized = ResizedRows::new(*resize, 0..resize.output[1], input, scratch);
        for (y, output) in rows.zip(output.chunks_exact_mut(row)) {
            resized.row(simd, y, output);
        }
    });
}

/// Some columns of the output, row by row from the top down: the two rows of the input that one lies between are kept at the width of
/// these columns for the next.
#[derive(Debug)]
pub struct ResizedRows<'m> {
    resize: ResizePlan,
    columns: Range<usize>,
    input: &'m [f32],
    /// Even rows of the input in the first, odd ones in the second.
    wide: [&'m mut [f32]; 2],
    /// Which row lies in each.
    there: [Option<usize>; 2],
}

impl<'m> ResizedRows<'m> {
    /// `scratch` holds two rows of these columns.
    pub(crate) fn new(resize: ResizePlan, columns: Range<usize>, input: &'m [f32], scratch: &'m mut [f32]) -> Self {
        let row = groups(resize.channels) * columns.len() * LANES;
        let (even, odd) = scratch.split_at_mut(row);
        Self {
            resize,
            columns,
            input,
            wide: [even, &mut odd[..row]],
            there: [None; 2],
        }
    }

    /// Row `y` of the output: of each group of channels its pixels in these columns.
    #[inline(always)]
    pub(crate) fn row<S: Simd>(&mut self, simd: S, y: usize, output: &mut [f32]) {
        let between = Between::of(y, self.resize.input[0], self.resize.output[0]);
        for at in between.at {
            if self.there[at % 2] != Some(at) {
                widen(simd, &self.resize, &self.columns, at, self.input, self.wide[at % 2]);
                self.there[at % 2] = Some(at);
            }
        }
        let [first, second] = between.at.map(|at| &*self.wide[at % 2]);
        mix(simd, [first, second], between.share, output);
    }
}

/// Some columns of one row of the input at the width of the output.
#[inline(never)]
fn widen<S: Simd>(simd: S, resize: &ResizePlan, columns: &Range<usize>, y: usize, input: &[f32], wide: &mut [f32]) {
    let ([_, w], [_, ow]) = (resize.input, resize.output);
    let groups = groups(resize.channels);
    let row = &input.as_chunks::<LANES>().0[y * groups * w..][..groups * w];
    let wide = wide.as_chunks_mut::<LANES>().0;
    simd.vectorize(
        #[inline(always)]
        || {
            for (to, x) in columns.clone().enumerate() {
                let Between { at, share } = Between::of(x, w, ow);
                let share = share.map(
                    #[inline(always)]
                    |share| f32x16::splat(simd, share),
                );
                for g in 0..groups {
                    let first = f32x16::from_slice(simd, &row[g * w + at[0]]);
                    let second = f32x16::from_slice(simd, &row[g * w + at[1]]);
                    let mixed = first.mul_add(share[0], second * share[1]);
                    settled(simd, mixed).store_slice(&mut wide[g * columns.len() + to]);
                }
            }
        },
    );
}

/// Both rows, each times its share.
#[inline(never)]
fn mix<S: Simd>(simd: S, [first, second]: [&[f32]; 2], share: [f32; 2], output: &mut [f32]) {
    let (first, second) = (first.as_chunks::<LANES>().0, second.as_chunks::<LANES>().0);
    simd.vectorize(
        #[inline(always)]
        || {
            let (a, b) = (f32x16::splat(simd, share[0]), f32x16::splat(simd, share[1]));
            let pixels = output.as_chunks_mut::<LANES>().0.iter_mut();
            for ((out, first), second) in pixels.zip(first).zip(second) {
                let first = f32x16::from_slice(simd, first);
                let mixed = first.mul_add(a, f32x16::from_slice(simd, second) * b);
                settled(simd, mixed).store_slice(out);
            }
        },
    );
}
