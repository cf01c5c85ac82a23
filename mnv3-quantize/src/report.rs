//! How well each value is quantised.

use crate::agreement::Agreement;
use crate::calibrate::Calibration;
use crate::float::{Float, FloatValues};
use crate::parallel::each;
use crate::scales::ChannelScales;
use crate::simulation::Simulation;
use crate::statistics::answer_value;
use mnv3_spec::graph::Graph;
use mnv3_spec::graph::Point;

/// Figures of one quantised value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueReport {
    /// Row and op.
    pub name: String,
    /// The least and the largest number that its scales hold.
    pub range: [f32; 2],
    /// The network in eight bits over its error, up to this value, in decibels: 10 times the logarithm of the ratio of squares.
    pub sqnr: f64,
    /// The error of rounding numbers of single precision to this value's steps, in steps, in root mean square: 0.289 is that
    /// of numbers spread evenly, more tells of numbers cut off, less of numbers that are steps (zeros).
    pub rounding: f64,
    /// The correction of the layer's bias, in steps, in root mean square over channels.
    pub bias_shift: f64,
    /// Images whose likeliest class changes if nothing but this layer is in eight bits; where it was asked for.
    pub changed: Option<usize>,
}

/// Sums of one image.
#[derive(Clone, Copy, Default)]
struct ImageErrors {
    signal: f64,
    noise: f64,
    rounding: f64,
    count: f64,
    changed: bool,
}

/// Figures of all values, over images. `alone` asks what each layer changes by itself, which runs the network again for each. `step` is told of each image, or
/// of each layer of each.
#[must_use]
pub fn report(
    graph: &Graph<'_>,
    float: &Float<'_, '_>,
    simulation: &Simulation<'_, '_>,
    calibration: &Calibration,
    images: &[Vec<f32>],
    alone: bool,
    step: &(dyn Fn() + Sync),
) -> Vec<ValueReport> {
    let points = graph.points();
    let layers: Vec<Option<Float<'_, '_>>> = points
        .iter()
        .map(|point| alone.then(|| only(graph, float, simulation, point)))
        .collect();
    let errors = each(images.len(), &|i| {
        let (wanted, found) = (float.run(&images[i]), simulation.run(&images[i]));
        let of_point = |(point, layer): (&Point, &Option<Float<'_, '_>>)| {
            let scales = &simulation.scales().of[&point.value];
            let (wanted_here, found) = (
                &wanted[&point.value],
                simulation.numbers(point.value, &found[&point.value]),
            );
            let mut errors = ImageErrors::default();
            for (at, (x, found)) in wanted_here.iter().zip(&found).enumerate() {
                let (x, c) = (f64::from(*x), at % point.channels);
                let scale = f64::from(scales.scale[c]);
                errors.signal += x * x;
                errors.noise += (f64::from(*found) - x).powi(2);
                errors.rounding += (rounded(x, scales, c) - x).powi(2) / (scale * scale);
                errors.count += 1.0;
            }
            if let Some(layer) = layer {
                errors.changed = changed(graph, layer, simulation, point, &wanted);
                step();
            }
            errors
        };
        if !alone {
            step();
        }
        points.iter().zip(&layers).map(of_point).collect::<Vec<_>>()
    });
    let of_point = |(p, point): (usize, &Point)| {
        let mut all = ImageErrors::default();
        for errors in errors.iter().map(|of_image| of_image[p]) {
            all.signal += errors.signal;
            all.noise += errors.noise;
            all.rounding += errors.rounding;
            all.count += errors.count;
        }
        let scales = &simulation.scales().of[&point.value];
        ValueReport {
            name: point.name.clone(),
            range: range(scales),
            sqnr: 10.0 * (all.signal / all.noise).log10(),
            rounding: (all.rounding / all.count).sqrt(),
            bias_shift: bias_shift(graph, calibration, point, scales),
            changed: alone.then(|| errors.iter().filter(|of_image| of_image[p].changed).count()),
        }
    };
    points.iter().enumerate().map(of_point).collect()
}

/// The nearest number that a channel's bytes stand for.
fn rounded(x: f64, scales: &ChannelScales, c: usize) -> f64 {
    let (scale, zero) = (f64::from(scales.scale[c]), f64::from(scales.zero_point[c]));
    ((x / scale + zero).round_ties_even().clamp(0.0, 255.0) - zero) * scale
}

fn range(scales: &ChannelScales) -> [f32; 2] {
    let ends = scales.scale.iter().zip(&scales.zero_point);
    let ends = ends.map(|(scale, zero)| [-f32::from(*zero) * scale, f32::from(255 - zero) * scale]);
    ends.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
}

/// The op that makes the sums of a value: of a residual, the projection.
fn layer_of(graph: &Graph<'_>, point: &Point) -> Option<usize> {
    let makes = |op: usize| graph.ops[op].output == point.value;
    let op = (0..graph.ops.len()).find(|op| makes(*op))?;
    let projects = |at: &usize| graph.residual(&graph.ops[*at]) == Some(op);
    Some((0..op).find(projects).unwrap_or(op))
}

fn bias_shift(graph: &Graph<'_>, calibration: &Calibration, point: &Point, scales: &ChannelScales) -> f64 {
    let layer = layer_of(graph, point).map(|at| graph.ops[at].output);
    let correction = calibration
        .corrections
        .iter()
        .find(|correction| Some(correction.value) == layer);
    let Some(correction) = correction else { return 0.0 };
    let steps = correction
        .added
        .iter()
        .zip(&scales.scale)
        .map(|(added, scale)| added / f64::from(*scale));
    (steps.map(|steps| steps * steps).sum::<f64>() / scales.scale.len() as f64).sqrt()
}

/// The network in single precision with the weights of one layer as eight bits hold them.
fn only<'g, 'n>(
    graph: &'g Graph<'n>,
    float: &Float<'g, 'n>,
    simulation: &Simulation<'g, 'n>,
    point: &Point,
) -> Float<'g, 'n> {
    let Some((at, layer)) = layer_of(graph, point).and_then(|at| Some((at, simulation.layer(graph.ops[at].output)?)))
    else {
        return float.clone();
    };
    let weight = |(i, weight): (usize, &i16)| {
        let (o, tap) = (i / layer.taps, i % layer.taps);
        let scale = simulation.input_scale(&graph.ops[at], o, tap);
        (f64::from(*weight) * layer.worth[o] / f64::from(scale)) as f32
    };
    float
        .clone()
        .with_weights(at, &layer.weights.iter().enumerate().map(weight).collect::<Vec<f32>>())
}

/// Whether the likeliest class changes if one layer reads and writes bytes.
fn changed(
    graph: &Graph<'_>,
    layer: &Float<'_, '_>,
    simulation: &Simulation<'_, '_>,
    point: &Point,
    wanted: &FloatValues,
) -> bool {
    let Some(first) = layer_of(graph, point) else {
        return false;
    };
    let mut values = wanted.clone();
    let read = graph.ops[first].inputs[0];
    let as_bytes = |values: &mut FloatValues, id| {
        if let Some(value) = values.get_mut(&id) {
            *value = simulation.as_bytes(id, value);
        }
    };
    as_bytes(&mut values, read);
    for at in first..graph.ops.len() {
        let op = &graph.ops[at];
        let value = layer.op(at, &values, &mut |_| {});
        values.insert(op.output, value);
        if at == first {
            // Others that read the same are in single precision.
            values.insert(read, wanted[&read].clone());
        }
        if op.output == point.value {
            as_bytes(&mut values, point.value);
        }
    }
    let answer = answer_value(graph);
    let pair = [(wanted[&answer].clone(), values.remove(&answer).unwrap_or_default())];
    Agreement::between(graph, &pair).same_class == Some(0)
}
