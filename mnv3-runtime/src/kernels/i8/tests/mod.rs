//! Every kernel bit for bit against whole numbers of 64 bits and plain loops, at every SIMD level of this machine, over sizes that
//! no tile divides.

mod convolutions;
mod levels;
mod maps;

use super::dot::{Panel, Pixel};
use super::requantise::Requantise;
use mnv3_ir::{Act, LANES, groups, padded};
use proptest::prelude::*;

/// Numbers that look random (splitmix64).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// All values, the ends more often than others.
    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let byte = |n: u64| match n % 8 {
            0 => 0,
            1 => 255,
            _ => (n >> 8) as u8,
        };
        (0..count).map(|_| byte(self.next())).collect()
    }

    /// From -127 to 127.
    pub(super) fn weights(&mut self, count: usize) -> Vec<i8> {
        self.bytes(count)
            .iter()
            .map(|byte| byte.wrapping_add(128) as i8)
            .map(|w| w.max(-127))
            .collect()
    }

    /// From -1 to 1.
    pub(super) fn float(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }

    /// Sizes as layers have them, so that most outputs are neither 0 nor 255.
    pub(super) fn requantisation(&mut self, output: usize, taps: usize, act: Act) -> Owned {
        let lanes = padded(output);
        let usual = 60.0 / (127.0 * 73.0 * (taps as f32).sqrt());
        // As of maps that are never negative, and, of some channels, end below six.
        let positive = self.next().is_multiple_of(2);
        let mut floats =
            |scale: f32, offset: f32| (0..lanes).map(|_| offset + scale * self.float()).collect::<Vec<f32>>();
        Owned {
            scale: floats(usual / 2.0, usual),
            bias: floats(100.0, 20.0),
            curve: match act {
                Act::Relu6 if positive => floats(10.0, 260.0),
                Act::Relu6 => floats(80.0, 150.0),
                _ => floats(0.003, 0.005),
            },
            residual: floats(0.5, 1.0),
            zero: self
                .bytes(lanes)
                .iter()
                .map(|byte| if positive { 0 } else { i32::from(*byte) })
                .collect(),
            start: (0..lanes).map(|_| (self.float() * 1e5) as i32).collect(),
            act,
        }
    }
}

/// What [`Requantise`] looks at.
#[derive(Debug)]
pub(super) struct Owned {
    start: Vec<i32>,
    scale: Vec<f32>,
    bias: Vec<f32>,
    curve: Vec<f32>,
    zero: Vec<i32>,
    residual: Vec<f32>,
    act: Act,
}

impl Owned {
    pub(super) fn view(&self) -> Requantise<'_> {
        Requantise {
            start: &self.start,
            scale: &self.scale,
            bias: &self.bias,
            curve: &self.curve,
            zero: &self.zero,
            residual: &self.residual,
            act: self.act,
        }
    }

    /// As docs/int8.md has it; `products` without the start.
    pub(super) fn byte(&self, output: usize, products: i64, residual: Option<u8>) -> u8 {
        let sum = i64::from(self.start[output]) + products;
        assert_eq!(sum, i64::from(sum as i32), "the test's own sums fit");
        let mut y = sum as i32 as f32;
        y *= self.scale[output];
        y += self.bias[output];
        if let Some(residual) = residual {
            let r = f32::from(residual) * self.residual[output];
            y += r;
        } else {
            match self.act {
                Act::Identity => {}
                Act::Relu => y = y.max(0.0),
                Act::Relu6 => y = y.max(0.0).min(self.curve[output]),
                Act::HardSwish { offset, .. } => {
                    let t = y * self.curve[output];
                    let t = t + offset;
                    y *= t.clamp(0.0, 1.0);
                }
                Act::HardSigmoid { .. } => unreachable!("not of maps"),
            }
        }
        let whole = y.round_ties_even() as i64 + i64::from(self.zero[output]);
        whole.clamp(0, 255) as u8
    }
}

/// The non-linearities of maps.
pub(super) fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Identity),
        Just(Act::Relu),
        Just(Act::Relu6),
        Just(Act::HardSwish {
            slope: 1.0 / 6.0,
            offset: 0.5
        }),
    ]
}

/// `[rows][pixels][channels]` as `[rows][groups][pixels][16]`; idle lanes hold what must not matter.
pub(super) fn pixels(numbers: &[u8], pixels: usize, channels: usize) -> Vec<Pixel> {
    let row = |row: &[u8]| {
        let mut packed = vec![[173; LANES]; groups(channels) * pixels];
        for (x, pixel) in row.chunks_exact(channels).enumerate() {
            for (c, &number) in pixel.iter().enumerate() {
                packed[c / LANES * pixels + x][c % LANES] = number;
            }
        }
        packed
    };
    numbers.chunks_exact(pixels * channels).flat_map(row).collect()
}

/// `[rows of taps][outputs][taps]` as `[ceil(outputs / 16)][rows][ceil(taps / 4)][16][4]`, zero where there is nothing.
pub(super) fn panels(weights: &[i8], rows: usize, outputs: usize, taps: usize) -> Vec<Panel> {
    let quads = taps.div_ceil(4);
    let mut packed = vec![[0; 64]; groups(outputs) * rows * quads];
    for (i, &weight) in weights.iter().enumerate() {
        let (row, output, tap) = (i / taps / outputs, i / taps % outputs, i % taps);
        packed[(output / LANES * rows + row) * quads + tap / 4][output % LANES * 4 + tap % 4] = weight;
    }
    packed
}
