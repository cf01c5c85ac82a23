//! From sums to the bytes of the next map: in single precision, each operation rounded by itself, as docs/int8.md says.

use super::dot::{Dot, Pixel};
use crate::kernels::each::each;
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

impl Requantise<'_> {
    /// What is done to the sums of a panel, in registers.
    #[inline(always)]
    pub(super) fn load<S: Dot>(&self, simd: S, panel: usize) -> Finish<S> {
        // Clamping to a byte does what a relu does, and the end of relu6, where nothing is below zero and no byte beyond six.
        let bytes_are_positive = lanes(self.zero, panel).iter().all(|zero| *zero == 0);
        let bytes_end = || lanes(self.curve, panel).iter().all(|six| *six >= 255.0);
        let end = match self.act {
            Act::Identity => PanelEnd::Byte,
            Act::Relu if bytes_are_positive => PanelEnd::Byte,
            Act::Relu6 if bytes_are_positive && bytes_end() => PanelEnd::Byte,
            Act::Relu => PanelEnd::Relu,
            Act::Relu6 => PanelEnd::Relu6,
            Act::HardSwish { offset, .. } => PanelEnd::HardSwish { offset },
            Act::HardSigmoid { .. } => unreachable!("only gates are hard sigmoids, and they are computed in f32"),
        };
        Finish {
            simd,
            scale: f32x16::from_slice(simd, lanes(self.scale, panel)),
            bias: f32x16::from_slice(simd, lanes(self.bias, panel)),
            curve: f32x16::from_slice(simd, lanes(self.curve, panel)),
            residual: f32x16::from_slice(simd, lanes(self.residual, panel)),
            zero: i32x16::from_slice(simd, lanes(self.zero, panel)),
            end,
        }
    }
}

/// A non-linearity before a byte is made.
#[derive(Clone, Copy)]
enum PanelEnd {
    /// None that clamping to a byte does not do.
    Byte,
    Relu,
    Relu6,
    HardSwish {
        offset: f32,
    },
}

/// The same of one panel.
#[derive(Clone, Copy)]
pub(super) struct Finish<S: Dot> {
    simd: S,
    scale: f32x16<S>,
    bias: f32x16<S>,
    curve: f32x16<S>,
    residual: f32x16<S>,
    zero: i32x16<S>,
    end: PanelEnd,
}

/// What is made of sums.
pub(super) trait Written<S: Dot>: Copy {
    /// Adds `zero`, and clamps to what a byte can be.
    fn clamped(simd: S, pixels: [i32x16<S>; 4], zero: i32x16<S>) -> [Self; 4];
}

impl<S: Dot> Written<S> for Pixel {
    #[inline(always)]
    fn clamped(simd: S, pixels: [i32x16<S>; 4], zero: i32x16<S>) -> [Self; 4] {
        simd.saturate(pixels, zero)
    }
}

/// The numbers of bytes, in single precision.
impl<S: Dot> Written<S> for [f32; LANES] {
    #[inline(always)]
    fn clamped(simd: S, pixels: [i32x16<S>; 4], zero: i32x16<S>) -> [Self; 4] {
        let (least, most) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, 255.0));
        each(
            #[inline(always)]
            |p| {
                let number: f32x16<S> = (pixels[p] + zero).to_float();
                number.max(least).min(most).into()
            },
        )
    }
}

impl<S: Dot> Finish<S> {
    /// The sums of neighbouring pixels as bytes. `residual` are the same pixels and channels of the map to add.
    #[inline(always)]
    pub(super) fn write<T: Written<S>, const P: usize>(
        &self,
        sums: &[f32x16<S>; P],
        residual: Option<&[Pixel; P]>,
        dst: &mut [T; P],
    ) {
        let simd = self.simd;
        let zero = f32x16::splat(simd, 0.0);
        let one = f32x16::splat(simd, 1.0);
        if let Some(residual) = residual {
            // The last convolution of a block is linear.
            return self.all(
                sums,
                dst,
                #[inline(always)]
                |p, y| y + simd.widen(&residual[p]) * self.residual,
            );
        }
        let most = match self.end {
            PanelEnd::Byte => {
                return self.all(
                    sums,
                    dst,
                    #[inline(always)]
                    |_, y| y,
                );
            }
            PanelEnd::HardSwish { offset } => {
                let offset = f32x16::splat(simd, offset);
                return self.all(
                    sums,
                    dst,
                    #[inline(always)]
                    |_, y| y * (y * self.curve + offset).max(zero).min(one),
                );
            }
            // Both relus in one form, so that tiles have few ends to be compiled.
            PanelEnd::Relu => f32x16::splat(simd, f32::INFINITY),
            PanelEnd::Relu6 => self.curve,
        };
        self.all(
            sums,
            dst,
            #[inline(always)]
            |_, y| y.max(zero).min(most),
        );
    }

    /// `act` is given the place of a pixel and its numbers in steps of the output.
    #[inline(always)]
    fn all<T: Written<S>, const P: usize>(
        &self,
        sums: &[f32x16<S>; P],
        dst: &mut [T; P],
        act: impl Fn(usize, f32x16<S>) -> f32x16<S>,
    ) {
        let fours = P / 4;
        // Indices that are known while compiling keep the sums in registers.
        for i in 0..fours {
            let p = 4 * i;
            // Not `array::from_fn`, which is a call when its closure is long.
            let pixels = [
                self.one(sums[p], p, &act),
                self.one(sums[p + 1], p + 1, &act),
                self.one(sums[p + 2], p + 2, &act),
                self.one(sums[p + 3], p + 3, &act),
            ];
            dst[p..p + 4].copy_from_slice(&T::clamped(self.simd, pixels, self.zero));
        }
        let p = 4 * fours;
        match P % 4 {
            1 => {
                let pixel = self.one(sums[p], p, &act);
                dst[p] = T::clamped(self.simd, [pixel; 4], self.zero)[0];
            }
            2 => {
                let [a, b] = [self.one(sums[p], p, &act), self.one(sums[p + 1], p + 1, &act)];
                let made = T::clamped(self.simd, [a, b, a, b], self.zero);
                dst[p..p + 2].copy_from_slice(&made[..2]);
            }
            3 => {
                let [a, b] = [self.one(sums[p], p, &act), self.one(sums[p + 1], p + 1, &act)];
                let c = self.one(sums[p + 2], p + 2, &act);
                let made = T::clamped(self.simd, [a, b, c, c], self.zero);
                dst[p..p + 3].copy_from_slice(&made[..3]);
            }
            _ => {}
        }
    }

    /// Without its zero point, and not yet clamped.
    #[inline(always)]
    fn one(&self, sum: f32x16<S>, p: usize, act: &impl Fn(usize, f32x16<S>) -> f32x16<S>) -> i32x16<S> {
        self.simd.round(act(p, sum * self.scale + self.bias))
    }
}

/// Sums in single precision.
#[inline(always)]
pub(super) fn floats<S: Dot, const P: usize>(sums: &[i32x16<S>; P]) -> [f32x16<S>; P] {
    each(
        #[inline(always)]
        |p| sums[p].to_float(),
    )
}
