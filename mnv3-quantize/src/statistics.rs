//! What a network in single precision shows on many images.

use crate::error::CalibrationError;
use crate::float::Float;
use crate::parallel::{each, gathered};
use mnv3_spec::graph::Point;
use mnv3_spec::graph::{Graph, OpKind, ValueId};
use std::collections::HashMap;

/// The least and the largest number of each channel.
pub(crate) type Ranges = Vec<[f32; 2]>;

/// Over all images.
pub(crate) struct Statistics {
    /// Of the image.
    pub(crate) input: Ranges,
    /// Of each quantised value.
    pub(crate) of: HashMap<ValueId, Ranges>,
    /// By op: the mean of each channel before its non-linearity, of ops that have weights.
    pub(crate) means: Vec<Option<Vec<f64>>>,
}

/// Of one image.
struct Seen {
    input: Ranges,
    of: Vec<Ranges>,
    sums: Vec<Option<(Vec<f64>, usize)>>,
    /// The first value that holds what is no number.
    infinite: Option<ValueId>,
}

pub(crate) fn gather(
    graph: &Graph<'_>,
    float: &Float<'_, '_>,
    points: &[Point],
    images: &[Vec<f32>],
    step: &(dyn Fn() + Sync),
) -> Result<Statistics, CalibrationError> {
    let seen = each(images.len(), &|i| {
        let mut sums = vec![None; graph.ops.len()];
        let values = float.run_observed(&images[i], &mut |at, numbers| {
            let channels = graph.shape(graph.ops[at].output).c;
            sums[at] = Some((sum_channels(numbers, channels), numbers.len() / channels));
        });
        step();
        let finite = |id: &ValueId| values[id].iter().all(|x| x.is_finite());
        let outputs = graph.ops.iter().map(|op| op.output);
        Seen {
            input: ranges(&values[&graph.input], graph.shape(graph.input).c),
            of: points
                .iter()
                .map(|point| ranges(&values[&point.value], point.channels))
                .collect(),
            sums,
            infinite: std::iter::once(graph.input).chain(outputs).find(|id| !finite(id)),
        }
    });
    if let Some((image, id)) = seen.iter().enumerate().find_map(|(i, seen)| Some((i, seen.infinite?))) {
        let op = graph.ops.iter().find(|op| op.output == id);
        let name = op.map_or_else(
            || "the image".to_owned(),
            |op| format!("{} {}", graph.rows[op.row].name, op.name),
        );
        return Err(CalibrationError::NotFinite { name, image });
    }
    let merged = |of: &dyn Fn(&Seen) -> &Ranges| seen.iter().map(of).cloned().reduce(merge).unwrap_or_default();
    let mean = |at: usize| {
        let mut all: Option<(Vec<f64>, usize)> = None;
        for (sums, count) in seen.iter().filter_map(|seen| seen.sums[at].as_ref()) {
            let (total, counted) = all.get_or_insert_with(|| (vec![0.0; sums.len()], 0));
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            *counted += count;
        }
        all.map(|(total, count)| total.into_iter().map(|sum| sum / count as f64).collect())
    };
    Ok(Statistics {
        input: merged(&|seen| &seen.input),
        of: points
            .iter()
            .enumerate()
            .map(|(p, point)| (point.value, merged(&|seen| &seen.of[p])))
            .collect(),
        means: (0..graph.ops.len()).map(mean).collect(),
    })
}

/// The value that a network answers with: scores, before a softmax or sigmoid, or the last map.
pub(crate) fn answer_value(graph: &Graph<'_>) -> ValueId {
    match graph
        .ops
        .iter()
        .rev()
        .find(|op| !matches!(op.kind, OpKind::Softmax | OpKind::Sigmoid))
    {
        Some(op) => op.output,
        None => graph.input,
    }
}

/// How often each part of each channel's range occurs: for each point `[channels][parts]`.
pub(crate) fn histograms(
    float: &Float<'_, '_>,
    points: &[Point],
    ranges: &HashMap<ValueId, Ranges>,
    images: &[Vec<f32>],
    parts: usize,
    step: &(dyn Fn() + Sync),
) -> HashMap<ValueId, Vec<u64>> {
    let empty = || -> Vec<Vec<u64>> { points.iter().map(|point| vec![0; point.channels * parts]).collect() };
    let gathered = gathered(images.len(), &empty, &|histograms, i| {
        let values = float.run(&images[i]);
        step();
        for (point, histogram) in points.iter().zip(histograms) {
            let ranges = &ranges[&point.value];
            for (at, x) in values[&point.value].iter().enumerate() {
                let c = at % point.channels;
                let [low, high] = ranges[c];
                let part = ((x - low) / (high - low) * parts as f32) as usize;
                histogram[c * parts + part.min(parts - 1)] += 1;
            }
        }
    });
    let add = |mut all: Vec<Vec<u64>>, others: Vec<Vec<u64>>| {
        for (all, others) in all.iter_mut().flatten().zip(others.into_iter().flatten()) {
            *all += others;
        }
        all
    };
    let all = gathered.into_iter().reduce(add).unwrap_or_else(empty);
    points.iter().map(|point| point.value).zip(all).collect()
}

fn sum_channels(numbers: &[f32], channels: usize) -> Vec<f64> {
    let mut sums = vec![0.0; channels];
    for pixel in numbers.chunks_exact(channels) {
        sums.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    sums
}

fn ranges(numbers: &[f32], channels: usize) -> Ranges {
    let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; channels];
    for pixel in numbers.chunks_exact(channels) {
        for ([low, high], x) in ranges.iter_mut().zip(pixel) {
            *low = low.min(*x);
            *high = high.max(*x);
        }
    }
    ranges
}

fn merge(a: Ranges, b: Ranges) -> Ranges {
    a.into_iter()
        .zip(b)
        .map(|(a, b)| [a[0].min(b[0]), a[1].max(b[1])])
        .collect()
}
