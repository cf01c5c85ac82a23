//! Convolutions in eight bits, from float weights and the scales of the maps around them: the arithmetic of docs/int8.md.

use crate::around::Around;
use crate::fold;
use crate::int8_parts::{Int8Parts, rows_and_channels};
use crate::kind::Kind;
use crate::manifest::PackedLayer;
use crate::values::FileNumbers;
use mnv3_ir::{Act, LANES, Layout};

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
