//! What tests of this crate share.

use mnv3_quantize::{Scales, Simulation};
use mnv3_spec::graph::{Graph, Op, OpKind};
use mnv3_spec::{Layout, Tensors};
use mnv3_testing::Weights;
use std::collections::HashMap;

/// The least and the largest number of each channel.
pub(crate) fn ranges(numbers: &[f64], channels: usize) -> Vec<[f32; 2]> {
    let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; channels];
    for (i, x) in numbers.iter().enumerate() {
        let [low, high] = &mut ranges[i % channels];
        *low = low.min(*x as f32);
        *high = high.max(*x as f32);
    }
    ranges
}

/// Tensors of a file whose numbers are what the eight-bit weights stand for. The shifts of the layers stay.
///
/// # Errors
/// A weight is not the nearest one.
pub(crate) fn dequantised(
    graph: &Graph<'_>,
    simulation: &Simulation<'_, '_>,
    scales: &Scales,
    weights: &Weights,
) -> Result<HashMap<String, Vec<f32>>, String> {
    let mut all = HashMap::new();
    for op in &graph.ops {
        let Some(tensors) = op.kind.tensors() else { continue };
        for tensor in tensors.iter() {
            all.insert(tensor.name.clone(), weights.numbers(tensor));
        }
        let Some(layer) = simulation.layer(op.output) else {
            continue;
        };
        let outputs = graph.shape(op.output).c;
        let factors = factors(tensors, outputs, weights);
        let numbers = all.get_mut(&tensors.weight.name).unwrap();
        for (at, number) in numbers.iter_mut().enumerate() {
            let [o, tap] = place(tensors, outputs, layer.taps, at);
            let worth = layer.worth[o];
            let of_input = factors[o] * input_scale(graph, scales, op, o, tap);
            let (exact, stored) = (
                f64::from(*number) * of_input,
                f64::from(layer.weights[o * layer.taps + tap]),
            );
            if (exact - stored * worth).abs() > 0.50001 * worth {
                return Err(format!(
                    "{}: {at} is {exact}, stored as {stored} of {worth}",
                    tensors.weight.name
                ));
            }
            *number = (stored * worth / of_input) as f32;
        }
    }
    Ok(all)
}

/// What a batch norm multiplies the weights of each output with.
fn factors(tensors: &Tensors, outputs: usize, weights: &Weights) -> Vec<f64> {
    let Some(norm) = &tensors.norm else {
        return vec![1.0; outputs];
    };
    let [gamma, variance] = [&norm.gamma, &norm.variance].map(|tensor| weights.numbers(tensor));
    let factor = |(gamma, variance): (&f32, &f32)| f64::from(*gamma) / (f64::from(*variance) + norm.epsilon).sqrt();
    gamma.iter().zip(&variance).map(factor).collect()
}

/// Output and tap of a place in a kernel as a file has it: taps by row, column, input channel.
fn place(tensors: &Tensors, outputs: usize, taps: usize, at: usize) -> [usize; 2] {
    match tensors.layout {
        Layout::Oihw => {
            let pixels = tensors
                .weight
                .shape
                .get(2..)
                .map_or(1, |kernel| kernel.iter().product());
            let (o, rest) = (at / taps, at % taps);
            let (channel, pixel) = (rest / pixels, rest % pixels);
            [o, pixel * (taps / pixels) + channel]
        }
        Layout::Hwio => [at % outputs, at / outputs],
    }
}

fn input_scale(graph: &Graph<'_>, scales: &Scales, op: &Op<'_>, o: usize, tap: usize) -> f64 {
    let channels = graph.shape(op.inputs[0]).c;
    let c = if matches!(op.kind, OpKind::Depthwise { .. }) {
        o
    } else {
        tap % channels
    };
    if op.inputs[0] == graph.input {
        return f64::from(scales.input.scale[c]);
    }
    f64::from(super::scales_of(graph, scales, op.inputs[0]).scale[c])
}
