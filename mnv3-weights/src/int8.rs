//! Convolutions in eight bits, from float weights and the scales of the maps around them: the arithmetic of docs/int8.md.

use crate::fold;
use crate::manifest::{Kind, PackedLayer};
use crate::values::FileNumbers;
use mnv3_ir::{Act, CACHE_LINE, LANES, Layout, padded};
use std::ops::Range;

/// The maps around a convolution in eight bits, by the tensor of their scales, as an index into
/// [`Manifest::tensors`](crate::Manifest::tensors); that of their zero points follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// What it reads.
    pub input: usize,
    /// Whether that is the image, whose zero points are real numbers.
    pub image: bool,
    /// What it writes.
    pub output: usize,
    /// What is added before it is written.
    pub residual: Option<usize>,
    /// After bias or batch norm.
    pub act: Act,
}

impl Around {
    /// From one map to another.
    #[must_use]
    pub const fn new(input: usize, output: usize, act: Act) -> Self {
        Self {
            input,
            image: false,
            output,
            residual: None,
            act,
        }
    }

    /// From the image.
    #[must_use]
    pub const fn of_image(self) -> Self {
        Self { image: true, ..self }
    }

    /// A map is added.
    #[must_use]
    pub const fn adding(self, residual: usize) -> Self {
        Self {
            residual: Some(residual),
            ..self
        }
    }
}

/// Where the parts of a packed layer in eight bits lie, in bytes from its start, each from a cache line on.
///
/// First `[ceil(output / 16)][kh][ceil(row / 4)][16][4]` weights, where a row is `kw * input` of them, of a depthwise kernel
/// `kw`. Then numbers of 32 bits for each output, `[padded(output)]`: where sums start, factor, bias, what the non-linearity
/// needs, factor of the residual, scale, zero point. Then for each input, `[padded(channels)]`: scale, zero point; and the zero
/// point in a byte.
#[derive(Clone, Copy, Debug)]
pub struct Int8Parts {
    /// Numbers for an output.
    pub outputs: usize,
    /// Numbers for an input.
    pub inputs: usize,
    weights: usize,
}

impl Int8Parts {
    /// Of a form.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        let (rows, channels) = rows_and_channels(kind);
        let outputs = padded(kind.output());
        Self {
            outputs,
            inputs: padded(channels),
            weights: outputs * rows * (kind.taps() / rows).div_ceil(4) * 4,
        }
    }

    /// Bytes of weights, which come first.
    #[must_use]
    pub const fn weights(&self) -> usize {
        self.weights
    }

    const fn of_output(&self, part: usize) -> usize {
        self.weights + part * self.outputs * size_of::<f32>()
    }

    const fn of_input(&self, part: usize) -> usize {
        self.of_output(7) + part * self.inputs * size_of::<f32>()
    }

    /// Where sums start, i32: zero points of the input times weights, taken off.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.of_output(0)
    }

    /// What sums are multiplied with, in steps of the output.
    #[must_use]
    pub const fn factor(&self) -> usize {
        self.of_output(1)
    }

    /// What is added then.
    #[must_use]
    pub const fn bias(&self) -> usize {
        self.of_output(2)
    }

    /// Six in steps of the output, or the slope of the non-linearity over them.
    #[must_use]
    pub const fn curve(&self) -> usize {
        self.of_output(3)
    }

    /// What the added map's bytes are multiplied with.
    #[must_use]
    pub const fn residual(&self) -> usize {
        self.of_output(4)
    }

    /// Scale of the output.
    #[must_use]
    pub const fn output_scale(&self) -> usize {
        self.of_output(5)
    }

    /// Zero points of the output, i32.
    #[must_use]
    pub const fn output_zero(&self) -> usize {
        self.of_output(6)
    }

    /// Scale of the input.
    #[must_use]
    pub const fn input_scale(&self) -> usize {
        self.of_input(0)
    }

    /// Zero points of the input.
    #[must_use]
    pub const fn input_zero(&self) -> usize {
        self.of_input(1)
    }

    /// The same in bytes: what lies beyond a map's border.
    #[must_use]
    pub const fn border(&self) -> usize {
        self.of_input(2)
    }

    /// Bytes of all.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        (self.border() + self.inputs).next_multiple_of(CACHE_LINE)
    }

    /// Where numbers of 32 bits lie.
    pub(crate) const fn numbers(&self) -> Range<usize> {
        self.weights..self.border()
    }
}

/// Rows of a kernel, and the channels that it reads.
const fn rows_and_channels(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Dense { kh, input, .. } => (kh, input),
        Kind::Depthwise { kh, channels, .. } => (kh, channels),
    }
}

/// The largest number of steps that leaves room for a zero point in 32 bits.
const MOST_STEPS: f64 = (1 << 30) as f64;

/// Writes a layer into the arena. `tensors` are those of the manifest, of the right shapes, scales and zero points in their range.
///
/// # Errors
/// The first output channel whose numbers may be more than 2^30 steps of its scale.
pub(crate) fn pack(
    layer: &PackedLayer,
    around: &Around,
    tensors: &[FileNumbers<'_>],
    arena: &mut [u8],
) -> Result<(), usize> {
    let (outputs, taps) = (layer.kind.output(), layer.kind.taps());
    let (rows, _) = rows_and_channels(layer.kind);
    let row = taps / rows;
    let quads = row.div_ceil(4);
    let parts = Int8Parts::new(layer.kind);
    let read = |tensor: usize| tensors[tensor].to_f32();
    let [input_scale, input_zero, output_scale, output_zero] =
        [around.input, around.input + 1, around.output, around.output + 1].map(read);
    let residual = around.residual.map(|residual| [residual, residual + 1].map(read));
    let (packed, rest) = arena[layer.offset..][..parts.bytes()].split_at_mut(parts.weights());
    let packed: &mut [i8] = bytemuck::cast_slice_mut(packed);
    let (numbers, border) = rest.split_at_mut(parts.numbers().len());
    let (of_outputs, of_inputs) = numbers.split_at_mut(7 * parts.outputs * size_of::<f32>());
    let of_outputs: &mut [f32] = bytemuck::cast_slice_mut(of_outputs);
    let of_inputs: &mut [f32] = bytemuck::cast_slice_mut(of_inputs);
    let (scales, zeros) = of_inputs.split_at_mut(parts.inputs);
    fill(scales, &input_scale, 1.0);
    fill(zeros, &input_zero, 0.0);
    for (to, zero) in border.iter_mut().zip(&*zeros) {
        *to = zero.round_ties_even() as u8;
    }
    let mut outputs_of = of_outputs.chunks_exact_mut(parts.outputs);
    let mut next = || outputs_of.next().unwrap_or_default();
    let [starts, factors, biases, curves, residuals, steps, output_zeros] =
        [next(), next(), next(), next(), next(), next(), next()];
    fill(steps, &output_scale, 1.0);
    for (to, zero) in output_zeros.iter_mut().zip(&*output_zero) {
        *to = whole(*zero as i32);
    }
    let kernel = read(layer.weight);
    let mut scaled = vec![0.0f64; taps];
    for (o, (scale, shift)) in fold::fold(layer, tensors, outputs).into_iter().enumerate() {
        let channel = |tap: usize| match layer.kind {
            Kind::Dense { input, .. } => tap % input,
            Kind::Depthwise { .. } => o,
        };
        for (tap, scaled) in scaled.iter_mut().enumerate() {
            let weight = f64::from(kernel[place(layer, o, tap)]) * scale;
            *scaled = weight * f64::from(input_scale[channel(tap)]);
        }
        let largest = scaled.iter().fold(0.0f64, |most, weight| most.max(weight.abs()));
        let worth = largest / 127.0;
        let (mut start, mut real, mut most) = (0i64, 0.0f64, 0i64);
        for (tap, scaled) in scaled.iter().enumerate() {
            let weight = if worth == 0.0 {
                0
            } else {
                (scaled / worth).round_ties_even().clamp(-127.0, 127.0) as i8
            };
            let zero = input_zero[channel(tap)];
            if around.image {
                real += f64::from(weight) * f64::from(zero);
            } else {
                start -= i64::from(weight) * zero as i64;
            }
            most += 255 * i64::from(weight.unsigned_abs());
            let panel = (o / LANES * rows + tap / row) * quads + tap % row / 4;
            packed[(panel * LANES + o % LANES) * 4 + tap % row % 4] = weight;
        }
        let step = f64::from(output_scale[o]);
        let mut bias = (shift - worth * real) / step;
        if let Some([scale, zero]) = &residual {
            let ratio = f64::from(scale[o]) / step;
            bias -= f64::from(zero[o]) * ratio;
            residuals[o] = ratio as f32;
        }
        starts[o] = whole(i32::try_from(start).map_err(|_| o)?);
        factors[o] = (worth / step) as f32;
        biases[o] = bias as f32;
        curves[o] = match around.act {
            Act::Identity | Act::Relu => 0.0,
            Act::Relu6 => (6.0 / step) as f32,
            Act::HardSwish { slope, .. } | Act::HardSigmoid { slope, .. } => (f64::from(slope) * step) as f32,
        };
        // Sums are at most this, and so is every number between.
        let most = i32::try_from(most + start.abs()).map_err(|_| o)?;
        let steps =
            f64::from(most) * f64::from(factors[o]) + f64::from(biases[o]).abs() + 255.0 * f64::from(residuals[o]);
        // Of NaN nothing is true.
        let fits = steps <= MOST_STEPS && curves[o].is_finite();
        if !fits {
            return Err(o);
        }
    }
    Ok(())
}

/// A whole number in the arena, seen as one in single precision of the same bits.
fn whole(number: i32) -> f32 {
    bytemuck::cast(number)
}

/// Numbers, and what stands for those of idle lanes.
fn fill(to: &mut [f32], numbers: &[f32], idle: f32) {
    to.fill(idle);
    to.iter_mut().zip(numbers).for_each(|(to, number)| *to = *number);
}

/// Where a kernel of a file has the weight of an output and a tap; taps go by row, column, input channel.
fn place(layer: &PackedLayer, output: usize, tap: usize) -> usize {
    let taps = layer.kind.taps();
    match (layer.layout, layer.kind) {
        (Layout::Oihw, Kind::Dense { kh, kw, input, .. }) => output * taps + tap % input * kh * kw + tap / input,
        (Layout::Oihw, Kind::Depthwise { .. }) => output * taps + tap,
        (Layout::Hwio, Kind::Dense { .. } | Kind::Depthwise { .. }) => tap * layer.kind.output() + output,
    }
}
