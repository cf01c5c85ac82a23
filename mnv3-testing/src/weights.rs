//! Weights of any network, whatever its tensors are called and however they lie.

use crate::formula::{self, BIAS_SPREAD, GAMMA_SPREAD, VARIANCE_SPREAD};
use crate::naive;
use crate::safetensors_file::file;
use mnv3_spec::graph::Point;
use mnv3_spec::{Network, Tensor};
use safetensors::SafeTensorError;
use std::collections::{BTreeMap, HashMap};

/// Numbers by the formula for every tensor of a network. What a tensor is, its place in the layer says, not its name.
#[derive(Clone, Debug)]
pub struct Weights {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    /// Those of a network; `gain` is a factor of all kernels.
    #[must_use]
    pub fn of(network: &Network, gain: f64) -> Self {
        let graph = network.graph();
        let mut tensors = BTreeMap::new();
        for op in &graph.ops {
            let Some(layer) = op.kind.tensors() else { continue };
            let taps = op.kind.taps(graph.shape(op.inputs[0]).c);
            let mut add = |tensor: &Tensor, centre, spread| {
                let numbers = formula::numbers(&tensor.name, tensor.shape.iter().product(), centre, spread);
                tensors.insert(tensor.name.clone(), (tensor.shape.clone(), numbers));
            };
            add(&layer.weight, 0.0, (gain / taps as f64).sqrt());
            layer.bias.iter().for_each(|bias| add(bias, 0.0, BIAS_SPREAD));
            if let Some(norm) = &layer.norm {
                add(&norm.gamma, 1.0, GAMMA_SPREAD);
                add(&norm.beta, 0.0, BIAS_SPREAD);
                add(&norm.mean, 0.0, BIAS_SPREAD);
                add(&norm.variance, 1.0, VARIANCE_SPREAD);
            }
        }
        Self { tensors }
    }

    /// With what a network in eight bits wants beside them: scales of the ranges that values have for an image. `scales_of` is
    /// the mark of the network that they are of.
    #[must_use]
    pub fn with_scales(mut self, network: &Network, image: &[f32], scales_of: [u8; 8]) -> Self {
        let graph = network.graph();
        let mut points = HashMap::from([(graph.input, graph.input_point())]);
        points.extend(graph.points().into_iter().map(|point| (point.value, point)));
        let mut scales = vec![ranges(&points[&graph.input], image.iter().map(|x| f64::from(*x)))];
        naive::run_with(&graph, &|tensor| self.numbers(tensor), image, &mut |op, map| {
            let point = points.get(&op.output);
            scales.extend(point.map(|point| ranges(point, map.values.iter().copied())));
            map
        });
        self.tensors.extend(scales.into_iter().flatten());
        let mark = scales_of.map(f32::from);
        self.tensors
            .insert("int8.network".to_owned(), (vec![mark.len()], mark.to_vec()));
        self
    }

    /// Changes the numbers of a tensor.
    pub fn bend(&mut self, bend: impl Fn(&str, &mut [f32])) {
        for (name, (_, numbers)) in &mut self.tensors {
            bend(name, numbers);
        }
    }

    /// The numbers of the tensor of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Vec<f32>> {
        self.tensors.get(name).map(|(_, numbers)| numbers.clone())
    }

    /// A tensor's numbers in C order; none of one that the network has not.
    #[must_use]
    pub fn numbers(&self, tensor: &Tensor) -> Vec<f32> {
        let found = self.tensors.get(&tensor.name);
        found.map_or_else(Vec::new, |(_, numbers)| numbers.clone())
    }

    /// All of them as a safetensors file.
    ///
    /// # Errors
    /// Those of writing one.
    pub fn file(&self) -> Result<Vec<u8>, SafeTensorError> {
        let tensors = self.tensors.iter();
        file(tensors.map(|(name, (shape, numbers))| (name.as_str(), shape.as_slice(), numbers.clone())))
    }
}

/// Shape and numbers of a tensor.
type ShapedNumbers = (Vec<usize>, Vec<f32>);

/// Names and numbers of scales and zero points with which the numbers of a value fit in a byte: from the least, or 0, to the
/// largest, or 0, of each channel. Those of an image are numbers, not whole.
fn ranges(point: &Point, numbers: impl Iterator<Item = f64>) -> [(String, ShapedNumbers); 2] {
    let mut ranges = vec![[0.0f64; 2]; point.channels];
    for (i, x) in numbers.enumerate() {
        let [low, high] = &mut ranges[i % point.channels];
        *low = low.min(x);
        *high = high.max(x);
    }
    // What is narrow beside the widest is as good as zero, which any scale holds.
    let width = |[low, high]: &[f64; 2]| high - low;
    let widest = ranges.iter().map(width).fold(0.0, f64::max);
    let scale = |range: &[f64; 2]| match width(range) {
        _ if widest == 0.0 => 1.0,
        width if width < widest / 65536.0 => (widest / 255.0) as f32,
        width => (width / 255.0) as f32,
    };
    let zero = |range: &[f64; 2]| (-range[0] / f64::from(scale(range))).round().min(255.0) as f32;
    let [scales, zeros] = point.tensors();
    let shape = vec![point.channels];
    [
        (scales, (shape.clone(), ranges.iter().map(scale).collect())),
        (zeros, (shape, ranges.iter().map(zero).collect())),
    ]
}
