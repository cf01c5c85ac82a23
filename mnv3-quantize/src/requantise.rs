//! From sums to bytes: one operation after the other in single precision, none of them fused.
//!
//! Numbers are in steps of the output's scale, so that the last multiplication is part of the first. Constants are computed in
//! double precision and rounded once.

#![expect(
    clippy::manual_clamp,
    reason = "kernels take the larger and then the smaller number, NaN or not"
)]

use crate::layer::Int8Layer;
use crate::scales::ChannelScales;
use mnv3_spec::Act;

/// What becomes of the sums of one output channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Requantise {
    /// What the sum is multiplied with.
    factor: f32,
    /// What is added.
    shift: f32,
    /// Steps of what is added to it for each of its own; 0 where nothing is.
    residual: f32,
    curve: Curve,
    zero: i64,
}

/// A non-linearity in steps.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Curve {
    Identity,
    Relu,
    /// With what six is.
    Relu6(f32),
    HardSigmoid {
        slope: f32,
        offset: f32,
        /// What one is.
        one: f32,
    },
    HardSwish {
        slope: f32,
        offset: f32,
    },
}

/// Half to even, between 0 and 255. NaN, which only an image can hold, is 0.
pub(crate) fn byte(t: f32) -> u8 {
    t.max(0.0).min(255.0).round_ties_even() as u8
}

impl Requantise {
    pub(crate) fn new(layer: &Int8Layer, o: usize, act: Act, output: &ChannelScales) -> Self {
        let (worth, shift, scale) = (layer.worth[o], layer.shift[o], f64::from(output.scale[o]));
        let slope_of = |slope: f32| (f64::from(slope) * scale) as f32;
        Self {
            factor: (worth / scale) as f32,
            shift: (shift / scale) as f32,
            residual: 0.0,
            curve: match act {
                Act::Identity => Curve::Identity,
                Act::Relu => Curve::Relu,
                Act::Relu6 => Curve::Relu6((6.0 / scale) as f32),
                Act::HardSigmoid { slope, offset } => Curve::HardSigmoid {
                    slope: slope_of(slope),
                    offset,
                    one: (1.0 / scale) as f32,
                },
                Act::HardSwish { slope, offset } => Curve::HardSwish {
                    slope: slope_of(slope),
                    offset,
                },
            },
            zero: i64::from(output.zero_point[o]),
        }
    }

    /// Of a projection that a block's input is added to.
    pub(crate) fn residual(layer: &Int8Layer, o: usize, input: &ChannelScales, output: &ChannelScales) -> Self {
        let scale = f64::from(output.scale[o]);
        let ratio = f64::from(input.scale[o]) / scale;
        Self {
            shift: (layer.shift[o] / scale - f64::from(input.zero_point[o]) * ratio) as f32,
            residual: ratio as f32,
            ..Self::new(layer, o, Act::Identity, output)
        }
    }

    /// `input` is the block's input where it is added.
    pub(crate) fn apply(self, sum: i32, input: Option<u8>) -> u8 {
        let mut y = sum as f32 * self.factor;
        y += self.shift;
        if let Some(input) = input {
            y += f32::from(input) * self.residual;
        }
        let gate = |slope: f32, offset: f32| (y * slope + offset).max(0.0).min(1.0);
        let y = match self.curve {
            Curve::Identity => y,
            Curve::Relu => y.max(0.0),
            Curve::Relu6(six) => y.max(0.0).min(six),
            Curve::HardSigmoid { slope, offset, one } => gate(slope, offset) * one,
            Curve::HardSwish { slope, offset } => y * gate(slope, offset),
        };
        (y.round_ties_even() as i64 + self.zero).clamp(0, 255) as u8
    }

    /// Whether all numbers on the way fit 32 bits, whatever the sum: `most` is the largest.
    pub(crate) fn fits(self, most: i64) -> bool {
        let most =
            most as f64 * f64::from(self.factor) + f64::from(self.shift).abs() + 255.0 * f64::from(self.residual);
        most < f64::from(i32::MAX)
    }
}

/// A non-linearity in single precision.
pub(crate) fn activated(y: f32, act: Act) -> f32 {
    let gate = |slope: f32, offset: f32| (y * slope + offset).max(0.0).min(1.0);
    match act {
        Act::Identity => y,
        Act::Relu => y.max(0.0),
        Act::Relu6 => y.max(0.0).min(6.0),
        Act::HardSigmoid { slope, offset } => gate(slope, offset),
        Act::HardSwish { slope, offset } => y * gate(slope, offset),
    }
}
