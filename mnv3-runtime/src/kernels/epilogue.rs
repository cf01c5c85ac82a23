//! Non-linearities as one clamped line, so that kernels need no copy of themselves for each.

use crate::Act;
use fearless_simd::{Simd, f32x16, prelude::*};

/// `t = clamp(slope * x + offset, low, high)`, then `x * t` if gated, else `t`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epilogue<S: Simd> {
    slope: f32x16<S>,
    offset: f32x16<S>,
    low: f32x16<S>,
    high: f32x16<S>,
    gated: bool,
}

impl<S: Simd> Epilogue<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, act: Act) -> Self {
        let (slope, offset, low, high, gated) = match act {
            Act::Identity => (1.0, 0.0, f32::NEG_INFINITY, f32::INFINITY, false),
            Act::Relu => (1.0, 0.0, 0.0, f32::INFINITY, false),
            Act::Relu6 => (1.0, 0.0, 0.0, 6.0, false),
            Act::HardSigmoid { slope, offset } => (slope, offset, 0.0, 1.0, false),
            Act::HardSwish { slope, offset } => (slope, offset, 0.0, 1.0, true),
        };
        let splat = |x| f32x16::splat(simd, x);
        Self {
            slope: splat(slope),
            offset: splat(offset),
            low: splat(low),
            high: splat(high),
            gated,
        }
    }

    /// Applies it to every vector of a tile.
    #[inline(always)]
    pub(super) fn apply<const P: usize, const V: usize>(&self, tile: &mut [[f32x16<S>; V]; P]) {
        if self.gated {
            for row in tile {
                for x in row {
                    *x *= self.line(*x);
                }
            }
        } else {
            for row in tile {
                for x in row {
                    *x = self.line(*x);
                }
            }
        }
    }

    #[inline(always)]
    fn line(&self, x: f32x16<S>) -> f32x16<S> {
        x.mul_add(self.slope, self.offset).max(self.low).min(self.high)
    }
}
