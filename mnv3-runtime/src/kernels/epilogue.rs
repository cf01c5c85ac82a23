//! Non-linearities at the end of a tile, chosen at run time so that kernels need no copy of themselves for each.

use fearless_simd::{Simd, SimdFloat};
use mnv3_ir::Act;

/// The end of a sum: what it started with is taken off, and a non-linearity applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epilogue {
    /// How far above its bias a sum starts.
    pub(super) lift: f32,
    curve: Curve,
}

/// A non-linearity in its cheapest form.
///
/// No `array::map` in here: it is not always inlined, and a call in the middle of a tile spills all of its sums.
#[derive(Clone, Copy, Debug)]
enum Curve {
    Identity,
    /// max(x, 0)
    Relu,
    /// `clamp(slope * x + offset, 0, high)`
    Line {
        slope: f32,
        offset: f32,
        high: f32,
    },
    /// `x * clamp(slope * x + offset, 0, 1)`
    Gated {
        slope: f32,
        offset: f32,
    },
}

impl Epilogue {
    pub(super) fn new(act: Act, lift: f32) -> Self {
        let curve = match act {
            Act::Identity => Curve::Identity,
            Act::Relu => Curve::Relu,
            Act::Relu6 => Curve::Line {
                slope: 1.0,
                offset: 0.0,
                high: 6.0,
            },
            Act::HardSigmoid { slope, offset } => Curve::Line {
                slope,
                offset,
                high: 1.0,
            },
            Act::HardSwish { slope, offset } => Curve::Gated { slope, offset },
        };
        Self { lift, curve }
    }

    /// Where sums start that it ends.
    #[inline(always)]
    pub(super) fn start<S: Simd, T: SimdFloat<S, Element = f32>>(self, simd: S, bias: T) -> T {
        if self.lift == 0.0 {
            bias
        } else {
            bias + T::splat(simd, self.lift)
        }
    }

    /// Ends every sum of a tile. NaN stays NaN.
    #[inline(always)]
    pub(super) fn apply<S: Simd, T, const P: usize, const V: usize>(self, simd: S, tile: &mut [[T; V]; P])
    where
        T: SimdFloat<S, Element = f32>,
    {
        if self.lift != 0.0 {
            let lift = T::splat(simd, self.lift);
            each(
                tile,
                #[inline(always)]
                |x| x - lift,
            );
        }
        let zero = T::splat(simd, 0.0);
        match self.curve {
            Curve::Identity => {}
            Curve::Relu => each(
                tile,
                #[inline(always)]
                |x| positive(simd, x),
            ),
            Curve::Line { slope, offset, high } => {
                let (slope, offset) = (T::splat(simd, slope), T::splat(simd, offset));
                let high = T::splat(simd, high);
                each(
                    tile,
                    #[inline(always)]
                    |x| x.mul_add(slope, offset).clamp(zero, high),
                );
            }
            Curve::Gated { slope, offset } => {
                let (slope, offset) = (T::splat(simd, slope), T::splat(simd, offset));
                let one = T::splat(simd, 1.0);
                each(
                    tile,
                    #[inline(always)]
                    |x| x * x.mul_add(slope, offset).clamp(zero, one),
                );
            }
        }
    }
}

/// `max(x, 0)`, and NaN of NaN.
#[inline(always)]
fn positive<S: Simd, T: SimdFloat<S, Element = f32>>(simd: S, x: T) -> T {
    let zero = T::splat(simd, 0.0);
    // The maximum of x86 is its second operand where one is NaN, that of NEON is NaN. Where `max` promises nothing, `clamp`
    // lets NaN through.
    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) && !simd.level().is_fallback() {
        zero.max(x)
    } else {
        x.clamp(zero, T::splat(simd, f32::INFINITY))
    }
}

#[inline(always)]
fn each<T: Copy, const P: usize, const V: usize>(tile: &mut [[T; V]; P], f: impl Fn(T) -> T) {
    for pixel in tile {
        for x in pixel {
            *x = f(*x);
        }
    }
}
