//! From images to scales and corrected biases.

use crate::correction::{self, Correction};
use crate::error::CalibrationError;
use crate::float::Float;
use crate::scales::{ChannelScales, InputScales, Scales};
use crate::statistics::{self, Ranges};
use mnv3_spec::Tensor;
use mnv3_spec::graph::Point;
use mnv3_spec::graph::{Graph, OpKind, ValueId};
use std::collections::HashMap;

/// How the range of a channel is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeRule {
    /// From the least to the largest number.
    MinMax,
    /// What of that, around zero, has the least mean square error: steps are finer, and the rarest numbers cut off.
    MeanSquare,
}

/// Which channels of a value have one scale in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// None.
    PerChannel,
    /// None inside of blocks; all of what goes from block to block.
    PerChannelInside,
    /// All.
    PerTensor,
}

/// How a network is quantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How ranges are found.
    pub ranges: RangeRule,
    /// Which channels share a scale.
    pub granularity: Granularity,
    /// Whether biases are corrected, layer after layer.
    pub correct: bool,
}

impl Default for Options {
    /// What was measured to be the most accurate (docs/int8.md).
    fn default() -> Self {
        Self {
            ranges: RangeRule::MinMax,
            granularity: Granularity::PerChannel,
            correct: true,
        }
    }
}

/// What a calibration found.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// Of all values.
    pub scales: Scales,
    /// The corrected shift of each layer.
    pub corrections: Vec<Correction>,
}

impl Calibration {
    /// The numbers of a tensor whose layer was corrected.
    #[must_use]
    pub fn corrected(&self, tensor: &Tensor) -> Option<Vec<f32>> {
        let found = self
            .corrections
            .iter()
            .find(|correction| correction.tensor == tensor.name);
        found.map(|correction| correction.numbers.clone())
    }
}

/// A pass over all images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// In single precision, for ranges and means.
    Ranges,
    /// The same again, for how often numbers occur.
    Histograms,
    /// In eight bits, layer after layer.
    Correction,
}

/// Is told of each image that a pass is done with; of a correction, of each image and op.
pub type Progress<'p> = &'p (dyn Fn(Pass) + Sync);

/// Parts of a range that are told apart.
const PARTS: usize = 512;
/// Shares of a range that are tried: 32nds.
const SHARES: usize = 32;

/// Finds scales, and corrects biases. `tensor` gives the numbers of a tensor in C order; images are height x width x channels.
/// The same images in the same order give the same bits, on any number of cores.
///
/// # Errors
/// There are no images, or the network is not finite on them.
pub fn calibrate(
    graph: &Graph<'_>,
    tensor: &dyn Fn(&Tensor) -> Vec<f32>,
    images: &[Vec<f32>],
    options: Options,
    progress: Progress<'_>,
) -> Result<Calibration, CalibrationError> {
    if images.is_empty() {
        return Err(CalibrationError::NoImages);
    }
    let points = graph.points();
    let float = Float::new(graph, tensor);
    let statistics = statistics::gather(graph, &float, &points, images, &|| progress(Pass::Ranges))?;
    let shared = |point: &Point| match options.granularity {
        Granularity::PerChannel => false,
        Granularity::PerChannelInside => between_blocks(graph, point.value),
        Granularity::PerTensor => true,
    };
    let mut ranges: HashMap<ValueId, Ranges> = statistics.of;
    for point in &points {
        let of_point = ranges.entry(point.value).or_default();
        of_point
            .iter_mut()
            .for_each(|[low, high]| (*low, *high) = (low.min(0.0), high.max(0.0)));
        if shared(point) {
            let all = of_point.iter().copied().reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
            of_point.fill(all.unwrap_or_default());
        }
    }
    if options.ranges == RangeRule::MeanSquare {
        let step = || progress(Pass::Histograms);
        let histograms = statistics::histograms(&float, &points, &ranges, images, PARTS, &step);
        for point in &points {
            let of_point = ranges.entry(point.value).or_default();
            let counts = histograms[&point.value].chunks_exact(PARTS);
            if shared(point) {
                let mut all = vec![0; PARTS];
                counts.for_each(|counts| all.iter_mut().zip(counts).for_each(|(all, count)| *all += count));
                let range = of_point.first().copied().unwrap_or_default();
                of_point.fill(best(range, &all));
            } else {
                of_point
                    .iter_mut()
                    .zip(counts)
                    .for_each(|(range, counts)| *range = best(*range, counts));
            }
        }
    }
    let of_pictures = graph.network.preprocess.as_ref();
    let scales = Scales {
        input: of_pictures.map_or_else(
            || InputScales::of_ranges(&statistics.input),
            |recipe| InputScales::of_pictures(&recipe.mean, &recipe.std),
        ),
        of: ranges
            .iter()
            .map(|(value, ranges)| (*value, ChannelScales::of_ranges(ranges)))
            .collect(),
    };
    let corrections = if options.correct {
        let step = || progress(Pass::Correction);
        correction::correct(graph, tensor, &scales, &statistics.means, images, &step)
            .map_err(CalibrationError::Simulation)?
    } else {
        Vec::new()
    };
    Ok(Calibration { scales, corrections })
}

/// Whether a value goes from block to block.
fn between_blocks(graph: &Graph<'_>, value: ValueId) -> bool {
    let op = graph.ops.iter().find(|op| op.output == value);
    op.is_some_and(|op| matches!(op.kind, OpKind::Conv { .. } | OpKind::Add) || op.name == "project")
}

/// The share of a range that has the least square error, of numbers that occur so often in each part of it.
fn best([low, high]: [f32; 2], counts: &[u64]) -> [f32; 2] {
    let (from, width) = (f64::from(low), f64::from(high) - f64::from(low));
    let part = width / counts.len() as f64;
    let error = |share: f64| {
        let step = width * share / 255.0;
        let (low, high) = (f64::from(low) * share, f64::from(high) * share);
        let of_part = |(i, count): (usize, &u64)| {
            let x = from + (i as f64 + 0.5) * part;
            let cut = (x - x.clamp(low, high)).powi(2);
            *count as f64 * if cut > 0.0 { cut } else { step * step / 12.0 }
        };
        counts.iter().enumerate().map(of_part).sum::<f64>()
    };
    let shares = (SHARES / 4..=SHARES).rev().map(|share| share as f64 / SHARES as f64);
    // Of equally good ones the widest.
    let best = shares
        .map(|share| (error(share), share))
        .reduce(|best, other| if other.0 < best.0 { other } else { best });
    let share = best.map_or(1.0, |(_, share)| share);
    [low, high].map(|end| (f64::from(end) * share) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_where_what_is_rarer_costs_less_than_finer_steps_gain() {
        let mut counts = vec![1000; PARTS];
        // Evenly spread numbers need all of their range.
        assert_eq!(best([0.0, 8.0], &counts), [0.0, 8.0]);
        // Half of it is a number in half a million.
        counts[PARTS / 2..].fill(0);
        counts[PARTS - 1] = 1;
        let [low, high] = best([-0.0, 8.0], &counts);
        assert_eq!(low, 0.0);
        assert!((4.0..8.0).contains(&high), "{high}");
        assert_eq!(best([0.0, 0.0], &[5; PARTS]), [0.0, 0.0]);
        // What the error is: all numbers within, and one beyond.
        counts.fill(0);
        counts[0] = 1_000_000;
        assert_eq!(best([0.0, 8.0], &counts), [0.0, 2.0]);
    }
}
