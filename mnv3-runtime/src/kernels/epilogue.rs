//! Non-linearities at the end of a tile, chosen at run time so that kernels need no copy of themselves for each.

use fearless_simd::{Simd, SimdFloat};
use mnv3_ir::Act;

/// A non-linearity in its cheapest form.
///
/// No `array::map` in here: it is not always inlined, and a call in the middle of a tile spills all of its sums.
#[derive(Clone, Copy, Debug)]
pub(super) enum Epilogue {
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

impl From<Act> for Epilogue {
    fn from(act: Act) -> Self {
        match act {
            Act::Identity => Self::Identity,
            Act::Relu => Self::Relu,
            Act::Relu6 => Self::Line {
                slope: 1.0,
                offset: 0.0,
                high: 6.0,
            },
            Act::HardSigmoid { slope, offset } => Self::Line {
                slope,
                offset,
                high: 1.0,
            },
            Act::HardSwish { slope, offset } => Self::Gated { slope, offset },
        }
    }
}

impl Epilogue {
    /// Applies it to every vector of a tile.
    #[inline(always)]
    pub(super) fn apply<S: Simd, T, const P: usize, const V: usize>(self, simd: S, tile: &mut [[T; V]; P])
    where
        T: SimdFloat<S, Element = f32>,
    {
        let zero = T::splat(simd, 0.0);
        match self {
            Self::Identity => {}
            Self::Relu => each(
                tile,
                #[inline(always)]
                |x| x.max(zero),
            ),
            Self::Line { slope, offset, high } => {
                let (slope, offset) = (T::splat(simd, slope), T::splat(simd, offset));
                let high = T::splat(simd, high);
                each(
                    tile,
                    #[inline(always)]
                    |x| x.mul_add(slope, offset).max(zero).min(high),
                );
            }
            Self::Gated { slope, offset } => {
                let (slope, offset) = (T::splat(simd, slope), T::splat(simd, offset));
                let one = T::splat(simd, 1.0);
                each(
                    tile,
                    #[inline(always)]
                    |x| x * x.mul_add(slope, offset).max(zero).min(one),
                );
            }
        }
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
