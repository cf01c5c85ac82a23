//! A layer's weights in eight bits.

use crate::fold::Folded;

/// Weights of a convolution, and what they are worth: `y = worth * (start + sum of weight * q) + shift`.
#[derive(Clone, Debug, PartialEq)]
pub struct Int8Layer {
    /// Products that one output sums up.
    pub taps: usize,
    /// `[outputs][taps]`, each from -127 to 127; taps go by row, column, input channel, of a depthwise kernel without the channels.
    pub weights: Vec<i16>,
    /// What one is worth, for each output, the input's scales included; 0 where all weights are 0.
    pub worth: Vec<f64>,
    /// What every sum starts with: zero points times weights.
    pub start: Vec<i32>,
    /// What is added in the end.
    pub shift: Vec<f64>,
}

/// What an input channel is worth, and what its zero is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputChannel {
    pub(crate) scale: f32,
    pub(crate) zero: InputZero,
}

/// Zero of a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InputZero {
    /// Of maps.
    Byte(u8),
    /// Of the image.
    Real(f32),
}

impl Int8Layer {
    /// `channel` is that of an output and a tap.
    pub(crate) fn new(folded: &Folded, channel: &dyn Fn(usize, usize) -> InputChannel) -> Self {
        let Folded { outputs, taps, .. } = *folded;
        let mut layer = Self {
            taps,
            weights: Vec::with_capacity(outputs * taps),
            worth: Vec::with_capacity(outputs),
            start: Vec::with_capacity(outputs),
            shift: Vec::with_capacity(outputs),
        };
        for (o, (weights, &shift)) in folded.weights.chunks_exact(taps).zip(&folded.shift).enumerate() {
            let scaled = |(tap, weight): (usize, &f64)| weight * f64::from(channel(o, tap).scale);
            let scaled: Vec<f64> = weights.iter().enumerate().map(scaled).collect();
            let largest = scaled.iter().fold(0.0f64, |most, weight| most.max(weight.abs()));
            let worth = largest / 127.0;
            let (mut start, mut real) = (0i64, 0.0);
            for (tap, weight) in scaled.iter().enumerate() {
                let weight = match worth {
                    0.0 => 0,
                    worth => (weight / worth).round_ties_even().clamp(-127.0, 127.0) as i16,
                };
                match channel(o, tap).zero {
                    InputZero::Byte(zero) => start -= i64::from(weight) * i64::from(zero),
                    InputZero::Real(zero) => real += f64::from(weight) * f64::from(zero),
                }
                layer.weights.push(weight);
            }
            layer.worth.push(worth);
            // 16384 taps of at most 127 * 255 each.
            layer.start.push(start as i32);
            layer.shift.push(shift - worth * real);
        }
        layer
    }

    /// The largest magnitude that a sum of an output can have.
    pub(crate) fn most(&self, o: usize) -> i64 {
        let weights = self.weights[o * self.taps..][..self.taps].iter();
        255 * weights.map(|weight| i64::from(weight.abs())).sum::<i64>()
    }
}
