//! From sums to the bytes of the next map: in single precision, each operation rounded by itself, as docs/int8.md says.

use super::dot::{Dot, Pixel};
use fearless_simd::{f32x16, i32x16, prelude::*};
use mnv3_ir::{Act, LANES};

/// What a layer does to its sums. All slices are `[padded(output)]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requantise<'a> {
    /// Where sums start: the zero points of the input, times the weights, taken off.
    pub(crate) start: &'a [i32],
    /// Steps of the output for each of the sum.
    pub(crate) scale: &'a [f32],
    /// In steps of the output.
    pub(crate) bias: &'a [f32],
    /// What the non-linearity needs in steps of the output: six, or the slope.
    pub(crate) curve: &'a [f32],
    /// The output's zero points.
    pub(crate) zero: &'a [i32],
    /// After the bias.
    pub(crate) act: Act,
    /// Steps of the output for each of the residual, if one is added before the non-linearity.
    pub(crate) residual: &'a [f32],
}

impl<'a> Requantise<'a> {
    /// Where the sums of a panel start.
    #[inline(always)]
    pub(super) fn start(&self, panel: usize) -> &'a [i32; LANES] {
        lanes(self.start, panel)
    }
}

/// The 16 numbers of a panel.
#[inline(always)]
fn lanes<T>(numbers: &[T], panel: usize) -> &[T; LANES] {
    match numbers[panel * LANES..].first_chunk() {
        Some(lanes) => lanes,
        None => unreachable!("whole panels"),
    }
}

/// The sums of neighbouring pixels of one panel, as bytes. `residual` are the same pixels and channels of the map to add.
#[inline(never)]
pub(super) fn finish<S: Dot>(
    simd: S,
    by: &Requantise<'_>,
    panel: usize,
    sums: &[[i32; LANES]],
    residual: Option<&[Pixel]>,
    dst: &mut [Pixel],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let scale = f32x16::from_slice(simd, lanes(by.scale, panel));
            let bias = f32x16::from_slice(simd, lanes(by.bias, panel));
            let curve = f32x16::from_slice(simd, lanes(by.curve, panel));
            let zero = f32x16::splat(simd, 0.0);
            let one = f32x16::splat(simd, 1.0);
            let line = Line {
                simd,
                scale,
                bias,
                zero: i32x16::from_slice(simd, lanes(by.zero, panel)),
            };
            if let Some(residual) = residual {
                let share = f32x16::from_slice(simd, lanes(by.residual, panel));
                // The last convolution of a block is linear.
                return line.all(
                    sums,
                    dst,
                    #[inline(always)]
                    |x, y| y + simd.widen(&residual[x]) * share,
                );
            }
            match by.act {
                Act::Identity => line.all(
                    sums,
                    dst,
                    #[inline(always)]
                    |_, y| y,
                ),
                Act::Relu => line.all(
                    sums,
                    dst,
                    #[inline(always)]
                    |_, y| y.max(zero),
                ),
                Act::Relu6 => line.all(
                    sums,
                    dst,
                    #[inline(always)]
                    |_, y| y.max(zero).min(curve),
                ),
                Act::HardSwish { offset, .. } => {
                    let offset = f32x16::splat(simd, offset);
                    line.all(
                        sums,
                        dst,
                        #[inline(always)]
                        |_, y| y * (y * curve + offset).max(zero).min(one),
                    );
                }
                Act::HardSigmoid { .. } => unreachable!("only gates are hard sigmoids, and they are computed in f32"),
            }
        },
    );
}

struct Line<S: Dot> {
    simd: S,
    scale: f32x16<S>,
    bias: f32x16<S>,
    zero: i32x16<S>,
}

impl<S: Dot> Line<S> {
    /// `act` is given the place of a pixel and its numbers in steps of the output.
    #[inline(always)]
    fn all(&self, sums: &[[i32; LANES]], dst: &mut [Pixel], act: impl Fn(usize, f32x16<S>) -> f32x16<S>) {
        let (fours, rest) = sums.as_chunks::<4>();
        let (to, last) = dst.split_at_mut(4 * fours.len());
        for (i, (sums, to)) in fours.iter().zip(to.as_chunks_mut::<4>().0).enumerate() {
            let x = 4 * i;
            // Not `array::from_fn`, which is a call when its closure is long.
            *to = self.simd.saturate([
                self.one(&sums[0], x, &act),
                self.one(&sums[1], x + 1, &act),
                self.one(&sums[2], x + 2, &act),
                self.one(&sums[3], x + 3, &act),
            ]);
        }
        for (i, (sums, to)) in rest.iter().zip(last).enumerate() {
            let pixel = self.one(sums, 4 * fours.len() + i, &act);
            *to = self.simd.saturate([pixel; 4])[0];
        }
    }

    /// Not yet clamped.
    #[inline(always)]
    fn one(&self, sums: &[i32; LANES], x: usize, act: &impl Fn(usize, f32x16<S>) -> f32x16<S>) -> i32x16<S> {
        let sums: f32x16<S> = i32x16::from_slice(self.simd, sums).to_float();
        self.simd.round(act(x, sums * self.scale + self.bias)) + self.zero
    }
}
