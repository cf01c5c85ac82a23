//! Linear layers, of squeeze-excite and head, in single precision; and the gate.

use crate::fold::Folded;
use crate::requantise::activated;
use crate::scales::ChannelScales;
use half::f16;
use mnv3_spec::{Act, Matrices};

/// A matrix, a bias, a non-linearity.
#[derive(Clone, Debug)]
pub(crate) struct FloatLinear {
    taps: usize,
    /// `[outputs][taps]`.
    weights: Vec<f32>,
    /// What the sum of each output is multiplied with, where weights are whole numbers.
    scales: Option<Vec<f32>>,
    bias: Vec<f32>,
    act: Act,
}

impl FloatLinear {
    pub(crate) fn new(folded: &Folded, act: Act, storage: Matrices) -> Self {
        let mut weights: Vec<f32> = folded.weights.iter().map(|weight| normal(*weight)).collect();
        let mut scales = None;
        match storage {
            Matrices::F32 => {}
            Matrices::F16 => weights
                .iter_mut()
                .for_each(|weight| *weight = f16::from_f32(*weight).to_f32()),
            Matrices::I8 => scales = Some(weights.chunks_exact_mut(folded.taps).map(whole).collect()),
        }
        Self {
            taps: folded.taps,
            weights,
            scales,
            bias: folded.shift.iter().map(|shift| normal(*shift)).collect(),
            act,
        }
    }

    pub(crate) fn finite(&self) -> bool {
        self.weights.iter().chain(&self.bias).all(|number| number.is_finite())
    }

    pub(crate) fn apply(&self, input: &[f32]) -> Vec<f32> {
        let sums = self.before_act(input).into_iter();
        sums.map(|sum| activated(sum, self.act)).collect()
    }

    /// Even and odd inputs in sums of their own, each product rounded before it is added.
    pub(crate) fn before_act(&self, input: &[f32]) -> Vec<f32> {
        let output = |(o, weights): (usize, &[f32])| {
            let mut sums = [0.0f32; 2];
            for (i, (weight, x)) in weights.iter().zip(input).enumerate() {
                sums[i % 2] += x * weight;
            }
            let mut sum = sums[0] + sums[1];
            if let Some(scales) = &self.scales {
                sum *= scales[o];
            }
            sum + self.bias[o]
        };
        self.weights.chunks_exact(self.taps).enumerate().map(output).collect()
    }
}

/// Makes whole numbers from -127 to 127 of the weights of an output; gives what one is worth.
fn whole(weights: &mut [f32]) -> f32 {
    let most = weights.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
    let scale = normal(f64::from(most / 127.0));
    for weight in weights {
        *weight = match scale {
            0.0 => 0.0,
            scale => (f64::from(*weight) / f64::from(scale)).round_ties_even() as f32,
        };
    }
    scale
}

/// In single precision; zero for what is slow to multiply.
pub(crate) fn normal(x: f64) -> f32 {
    if x.abs() < f64::from(f32::MIN_POSITIVE) {
        0.0
    } else {
        x as f32
    }
}

/// Bytes of a map times the gate of their channel, as bytes of other scales.
pub(crate) fn gated(map: &[u8], gate: &[f32], from: &ChannelScales, to: &ChannelScales) -> Vec<u8> {
    let ratio = |(from, to): (&f32, &f32)| (f64::from(*from) / f64::from(*to)) as f32;
    let ratios = from.scale.iter().zip(&to.scale).map(ratio);
    let factors: Vec<f32> = gate.iter().zip(ratios).map(|(gate, ratio)| gate * ratio).collect();
    let channels = factors.len();
    let one = |(i, q): (usize, &u8)| {
        let c = i % channels;
        let above_zero = i32::from(*q) - i32::from(from.zero_point[c]);
        let steps = (above_zero as f32 * factors[c]).round_ties_even() as i64;
        (steps + i64::from(to.zero_point[c])).clamp(0, 255) as u8
    };
    map.iter().enumerate().map(one).collect()
}
