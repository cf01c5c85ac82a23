//! A graph's layers with the names of a network, both in the order in which they run.

use super::layers::{FoundLayer, FoundNorm};
use super::model::{Axes, ModelGraph};
use crate::checkpoint::Tensor;
use crate::error::ConvertError;
use mnv3_spec::graph::OpKind;
use mnv3_spec::{Act, Layout, Network, Tensor as Wanted, Tensors};
use safetensors::Dtype;
use std::borrow::Cow;

/// What a network takes of a graph.
pub(crate) struct Assigned {
    pub(crate) tensors: Vec<Tensor<'static>>,
    /// Layers that got names.
    pub(crate) layers: usize,
    /// How many of them have no batch norm where the network has one: it is folded into their kernel.
    pub(crate) folded: usize,
    /// The head of the graph, where the network has none.
    pub(crate) left_out: Vec<String>,
}

/// A kernel as the files of most libraries have it: outputs, inputs (1 of depthwise ones), height, width.
struct FileKernel {
    shape: [usize; 4],
    numbers: Vec<f32>,
}

/// A layer that a network wants.
struct WantedLayer<'n> {
    tensors: &'n Tensors,
    act: Act,
    depthwise: bool,
}

/// Names the layers of a graph. Shapes are left as they are, for the reader of weights to compare.
///
/// # Errors
/// There are more layers or fewer than the network has, or one has a bias that the network does not know.
pub(crate) fn assigned(
    graph: &ModelGraph<'_>,
    mut layers: Vec<FoundLayer<'_>>,
    network: &Network,
) -> Result<Assigned, ConvertError> {
    let ops = network.graph();
    let places = ops.ops.iter().filter_map(|op| {
        let depthwise = matches!(op.kind, OpKind::Depthwise { .. });
        let (tensors, act) = (op.kind.tensors()?, op.kind.act()?);
        Some(WantedLayer {
            tensors,
            act,
            depthwise,
        })
    });
    let places: Vec<WantedLayer<'_>> = places.collect();
    let left_out = match network.head {
        None if layers.len() > places.len() => layers.split_off(places.len()),
        _ => Vec::new(),
    };
    if layers.len() != places.len() {
        return Err(ConvertError::Layers {
            network: network.name.clone(),
            found: layers.len(),
            want: places.len(),
            first: first_other(graph, &layers, &places),
        });
    }
    let mut assigned = Assigned {
        tensors: Vec::new(),
        layers: layers.len(),
        folded: 0,
        left_out: left_out.iter().map(|layer| layer.name.to_owned()).collect(),
    };
    // Several layers may share one kernel, and a small file must not become a large one.
    let mut left = graph.bytes.saturating_mul(4);
    for (layer, place) in layers.into_iter().zip(&places) {
        let held = graph.held.get(layer.kernel.held);
        let claimed = held.map_or(0, |held| held.len().saturating_mul(4));
        left = left.checked_sub(claimed).ok_or(ConvertError::TooMuch {
            claimed: (graph.bytes.saturating_mul(4) - left + claimed) as u64,
            file: graph.bytes as u64,
            limit: 4,
        })?;
        let kernel = kernel(graph, &layer)?;
        assigned.folded += usize::from(layer.norm.is_none() && place.tensors.norm.is_some());
        assigned.tensors.extend(tensors(layer, kernel, place)?);
    }
    Ok(assigned)
}

/// The first layer that is another in graph and network: its number from 1, its node, and what the network has there.
fn first_other(
    graph: &ModelGraph<'_>,
    layers: &[FoundLayer<'_>],
    places: &[WantedLayer<'_>],
) -> Option<(usize, String, String)> {
    let differs = |(layer, place): (&FoundLayer<'_>, &WantedLayer<'_>)| {
        axes(graph, layer).is_none_or(|axes| shape(place, ordered(axes)) != place.tensors.weight.shape)
    };
    let at = layers.iter().zip(places).position(differs)?;
    let (layer, place) = (layers.get(at)?, places.get(at)?);
    Some((at + 1, layer.name.to_owned(), place.tensors.weight.name.clone()))
}

/// Sizes of the axes of a layer's kernel as they are held, and which of outputs, inputs, height, width each is.
fn axes(graph: &ModelGraph<'_>, layer: &FoundLayer<'_>) -> Option<([usize; 4], [usize; 4])> {
    let held = graph.held.get(layer.kernel.held)?;
    Some(match (layer.axes, &held.shape[..], layer.kernel.transposed) {
        (Axes::Oihw, &[o, i, h, w], _) => ([o, i, h, w], [0, 1, 2, 3]),
        (Axes::Ohwi, &[o, h, w, i], _) => ([o, h, w, i], [0, 2, 3, 1]),
        (Axes::Depthwise, &[one, h, w, c], _) => ([one, h, w, c], [1, 2, 3, 0]),
        // Each pixel of the kernel is an output, in the order in which they are shuffled.
        (Axes::Transposed, &[o, h, w, i], _) => ([o.checked_mul(h)?.checked_mul(w)?, i, 1, 1], [0, 1, 2, 3]),
        (Axes::Oi, &[o, i], false) | (Axes::Io, &[o, i], true) => ([o, i, 1, 1], [0, 1, 2, 3]),
        (Axes::Io, &[i, o], false) | (Axes::Oi, &[i, o], true) => ([i, o, 1, 1], [1, 0, 2, 3]),
        _ => return None,
    })
}

/// Sizes in the order of outputs, inputs, height, width.
fn ordered((sizes, axes): ([usize; 4], [usize; 4])) -> [usize; 4] {
    let mut shape = [0; 4];
    for (size, axis) in sizes.into_iter().zip(axes) {
        shape[axis] = size;
    }
    shape
}

/// The kernel of a layer, its axes in order, with what its outputs are multiplied by.
fn kernel(graph: &ModelGraph<'_>, layer: &FoundLayer<'_>) -> Result<FileKernel, ConvertError> {
    let none = || ConvertError::Computed {
        name: layer.name.to_owned(),
    };
    let held = graph.held.get(layer.kernel.held).ok_or_else(none)?;
    let (sizes, axes) = axes(graph, layer).ok_or_else(none)?;
    let numbers = held.numbers(layer.kernel.quantised.as_deref()).ok_or_else(none)?;
    let shape = ordered((sizes, axes));
    // For each of the kernel's axes, which of the file's it is.
    let mut from = [0; 4];
    for (file, axis) in axes.into_iter().enumerate() {
        from[axis] = file;
    }
    let mut numbers = permuted(&numbers, sizes, from);
    if let Some(scale) = &layer.scale {
        let taps = shape[1] * shape[2] * shape[3];
        for (row, scale) in numbers.chunks_mut(taps.max(1)).zip(scale) {
            row.iter_mut().for_each(|number| *number *= scale);
        }
    }
    Ok(FileKernel { shape, numbers })
}

/// Numbers of an array of `sizes` with its axes in another order: axis `i` of the result is axis `order[i]` of the array.
fn permuted(numbers: &[f32], sizes: [usize; 4], order: [usize; 4]) -> Vec<f32> {
    if order == [0, 1, 2, 3] {
        return numbers.to_vec();
    }
    let [_, b, c, d] = sizes;
    let strides = [b * c * d, c * d, d, 1];
    let [s0, s1, s2, s3] = order.map(|axis| strides[axis]);
    let [n0, n1, n2, n3] = order.map(|axis| sizes[axis]);
    let mut out = Vec::with_capacity(numbers.len());
    for i in 0..n0 {
        for j in 0..n1 {
            for k in 0..n2 {
                let start = i * s0 + j * s1 + k * s2;
                out.extend((0..n3).filter_map(|l| numbers.get(start + l * s3)));
            }
        }
    }
    out
}

/// How the axes of a kernel lie in a file of the network.
fn order(place: &WantedLayer<'_>) -> [usize; 4] {
    match (place.tensors.layout, place.depthwise) {
        (Layout::Oihw, _) => [0, 1, 2, 3],
        (Layout::Hwio, false) => [2, 3, 1, 0],
        (Layout::Hwio, true) => [2, 3, 0, 1],
    }
}

/// The shape of a kernel in a file of the network.
fn shape(place: &WantedLayer<'_>, kernel: [usize; 4]) -> Vec<usize> {
    let shape = order(place).map(|axis| kernel[axis]);
    let [_, _, h, w] = kernel;
    if place.tensors.weight.shape.len() == 2 && [h, w] == [1, 1] {
        return match place.tensors.layout {
            Layout::Oihw => shape[..2].to_vec(),
            Layout::Hwio => shape[2..].to_vec(),
        };
    }
    shape.to_vec()
}

fn tensors(
    layer: FoundLayer<'_>,
    mut kernel: FileKernel,
    place: &WantedLayer<'_>,
) -> Result<Vec<Tensor<'static>>, ConvertError> {
    let outputs = kernel.shape[0];
    let wanted = place.tensors;
    let (mut bias, mut norm) = (layer.bias, layer.norm);
    if let (None, Some(norm)) = (&wanted.norm, norm.take_if(|_| wanted.norm.is_none())) {
        bias = Some(fold(norm, &mut kernel, bias.as_deref()));
    }
    if let (Some(upper), Act::HardSigmoid { slope, offset }) = (layer.clipped, place.act) {
        let bias = bias.get_or_insert_with(|| vec![0.0; outputs]);
        unfold_gate(upper, [slope, offset], &mut kernel, bias);
    }
    let mut tensors = Vec::new();
    if let Some(target) = &wanted.norm {
        let epsilon = target.epsilon;
        let zeros = vec![0.0; outputs];
        // What a convolution adds, the norm subtracts with the mean.
        let (own, rest) = match &wanted.bias {
            Some(_) => (bias.take(), zeros.clone()),
            None => (None, bias.take().unwrap_or_else(|| zeros.clone())),
        };
        if let Some(target) = &wanted.bias {
            tensors.push(vector(target, own.unwrap_or_else(|| zeros.clone())));
        }
        let norm = match norm {
            Some(norm) => FoundNorm {
                mean: norm.mean.iter().zip(&rest).map(|(mean, bias)| mean - bias).collect(),
                // The network adds an epsilon of its own.
                variance: norm
                    .variance
                    .iter()
                    .map(|v| (f64::from(*v) + norm.epsilon - epsilon) as f32)
                    .collect(),
                ..norm
            },
            None => FoundNorm {
                gamma: vec![1.0; outputs],
                beta: rest,
                mean: zeros,
                variance: vec![(1.0 - epsilon) as f32; outputs],
                epsilon,
            },
        };
        tensors.extend([
            vector(&target.gamma, norm.gamma),
            vector(&target.beta, norm.beta),
            vector(&target.mean, norm.mean),
            vector(&target.variance, norm.variance),
        ]);
    } else if let Some(target) = &wanted.bias {
        tensors.push(vector(target, bias.unwrap_or_else(|| vec![0.0; outputs])));
    } else if bias.is_some_and(|bias| bias.iter().any(|x| *x != 0.0)) {
        return Err(ConvertError::UnknownBias {
            name: layer.name.to_owned(),
            weight: wanted.weight.name.clone(),
        });
    }
    let shape = shape(place, kernel.shape);
    let numbers = permuted(&kernel.numbers, kernel.shape, order(place));
    tensors.push(tensor(&wanted.weight, shape, &numbers));
    Ok(tensors)
}

/// Multiplies a batch norm into a kernel; what is left is a bias.
fn fold(norm: FoundNorm, kernel: &mut FileKernel, bias: Option<&[f32]>) -> Vec<f32> {
    let taps = kernel.shape[1] * kernel.shape[2] * kernel.shape[3];
    let mut folded = Vec::with_capacity(norm.gamma.len());
    for (out, row) in kernel.numbers.chunks_mut(taps.max(1)).enumerate() {
        let at = |numbers: &[f32]| numbers.get(out).copied().map_or(0.0, f64::from);
        let scale = at(&norm.gamma) / (at(&norm.variance) + norm.epsilon).sqrt();
        row.iter_mut().for_each(|x| *x = (f64::from(*x) * scale) as f32);
        let bias = bias.map_or(0.0, at);
        folded.push((at(&norm.beta) + (bias - at(&norm.mean)) * scale) as f32);
    }
    folded
}

/// Takes slope and offset of a hard sigmoid out of a kernel and its bias. It is `clip(slope * x + offset, 0, 1)`, of which
/// converters make `clip(u * slope * x + u * offset, 0, u) / u` for some bound `u`, as relu6 has one, and put what is
/// within the brackets into the layer before it.
fn unfold_gate(upper: f32, [slope, offset]: [f32; 2], kernel: &mut FileKernel, bias: &mut [f32]) {
    let (scale, shift) = (
        f64::from(upper) * f64::from(slope),
        f64::from(upper) * f64::from(offset),
    );
    let numbers = kernel.numbers.iter_mut();
    numbers.for_each(|x| *x = (f64::from(*x) / scale) as f32);
    bias.iter_mut()
        .for_each(|x| *x = ((f64::from(*x) - shift) / scale) as f32);
}

fn vector(wanted: &Wanted, numbers: Vec<f32>) -> Tensor<'static> {
    let shape = vec![numbers.len()];
    tensor(wanted, shape, &numbers)
}

fn tensor(wanted: &Wanted, shape: Vec<usize>, numbers: &[f32]) -> Tensor<'static> {
    Tensor {
        name: wanted.name.clone(),
        dtype: Dtype::F32,
        shape,
        data: Cow::Owned(numbers.iter().flat_map(|x| x.to_le_bytes()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_put_in_another_order() {
        let numbers: Vec<f32> = (0..24u8).map(f32::from).collect();
        // Of 2 x 3 x 4 x 1 the second axis first.
        let out = permuted(&numbers, [2, 3, 4, 1], [1, 0, 2, 3]);
        assert_eq!(out[..8], [0.0, 1.0, 2.0, 3.0, 12.0, 13.0, 14.0, 15.0]);
        // There and back.
        let there = permuted(&numbers, [2, 3, 4, 1], [2, 3, 1, 0]);
        assert_eq!(permuted(&there, [4, 1, 3, 2], [3, 2, 0, 1]), numbers);
    }
}
