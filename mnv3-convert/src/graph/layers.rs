//! The layers of a graph: every convolution and matrix, with what is added to it and the batch norm after it.

use super::constant::{Constant, Quantised};
use super::model::{Axes, ModelGraph, ModelNode, NodeOp, ValueName};
use crate::error::ConvertError;
use std::collections::HashMap;
use std::rc::Rc;

/// More layers than any network has.
const MOST_LAYERS: usize = 4096;

/// A layer as it is found.
#[derive(Clone, Debug)]
pub(crate) struct FoundLayer<'f> {
    /// The node's name.
    pub(crate) name: &'f str,
    pub(crate) axes: Axes,
    pub(crate) kernel: Constant,
    /// What its outputs are multiplied by, before the bias.
    pub(crate) scale: Option<Vec<f32>>,
    pub(crate) bias: Option<Vec<f32>>,
    pub(crate) norm: Option<FoundNorm>,
    /// The bound that its outputs are clipped to, right after it.
    pub(crate) clipped: Option<f32>,
}

/// A batch norm after a layer, one number for each output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundNorm {
    pub(crate) gamma: Vec<f32>,
    pub(crate) beta: Vec<f32>,
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
    pub(crate) epsilon: f64,
}

/// All layers, in the order in which they run.
///
/// # Errors
/// A kernel, or what belongs to it, is no constant.
pub(crate) fn layers<'f>(graph: &ModelGraph<'f>) -> Result<Vec<FoundLayer<'f>>, ConvertError> {
    let mut walk = Walk {
        graph,
        constants: graph.constants.clone(),
        layers: Vec::new(),
        made: HashMap::new(),
        left: graph.bytes,
    };
    for node in &graph.nodes {
        walk.node(node)?;
    }
    Ok(walk.layers)
}

struct Walk<'g, 'f> {
    graph: &'g ModelGraph<'f>,
    constants: HashMap<ValueName, Constant>,
    layers: Vec<FoundLayer<'f>>,
    /// Values that are a layer's output, with nothing but a bias or batch norm after it.
    made: HashMap<ValueName, usize>,
    /// Numbers that may still be taken: each belongs to one layer, so that a file has no more of them than bytes.
    left: usize,
}

impl<'f> Walk<'_, 'f> {
    fn node(&mut self, node: &ModelNode<'f>) -> Result<(), ConvertError> {
        let input = |at: usize| node.inputs.get(at).copied().flatten();
        match node.op {
            NodeOp::Layer(axes) => {
                let kernel = input(1).and_then(|value| self.constants.get(&value)).cloned();
                let kernel = kernel.ok_or_else(|| computed(node))?;
                let outputs = self.outputs(axes, &kernel).ok_or_else(|| computed(node))?;
                // Of a transposed convolution one number serves all pixels of the kernel.
                let shared = match axes {
                    Axes::Transposed => self.pixels(&kernel).ok_or_else(|| computed(node))?,
                    Axes::Oihw | Axes::Ohwi | Axes::Depthwise | Axes::Oi | Axes::Io => 1,
                };
                let bias = match input(2) {
                    Some(bias) => {
                        let own = self.vector(bias, outputs / shared).ok_or_else(|| computed(node))?;
                        self.left = self.left.checked_sub(outputs).ok_or_else(|| computed(node))?;
                        let each = own.iter().flat_map(|x| std::iter::repeat_n(*x, shared));
                        Some(each.collect())
                    }
                    None => None,
                };
                self.made.insert(node.output, self.layers.len());
                self.layers.push(FoundLayer {
                    name: node.name,
                    axes,
                    kernel,
                    scale: None,
                    bias,
                    norm: None,
                    clipped: None,
                });
                if self.layers.len() > MOST_LAYERS {
                    return Err(ConvertError::Modules);
                }
            }
            NodeOp::BatchNorm { epsilon } => {
                let Some((at, outputs)) = input(0).and_then(|value| self.layer(value)) else {
                    return Err(computed(node));
                };
                let mut vector = |i: usize| self.vector(input(i)?, outputs);
                let vectors = [vector(1), vector(2), vector(3), vector(4)];
                let [Some(gamma), Some(beta), Some(mean), Some(variance)] = vectors else {
                    return Err(computed(node));
                };
                if self.layers[at].norm.is_some() {
                    return Err(computed(node));
                }
                self.layers[at].norm = Some(FoundNorm {
                    gamma,
                    beta,
                    mean,
                    variance,
                    epsilon,
                });
                self.made.insert(node.output, at);
            }
            NodeOp::Add | NodeOp::Sub | NodeOp::Mul => self.by_channel(node),
            NodeOp::Same | NodeOp::Transpose => {
                let Some(value) = input(0) else { return Ok(()) };
                let turned = node.op == NodeOp::Transpose;
                let is_matrix =
                    |constant: &Constant| self.graph.held.get(constant.held).is_some_and(|h| h.shape.len() == 2);
                let constant = self
                    .constants
                    .get(&value)
                    .filter(|constant| !turned || is_matrix(constant));
                if let Some(mut constant) = constant.cloned() {
                    constant.transposed ^= turned;
                    self.constants.insert(node.output, constant);
                }
                if let Some(&at) = self.made.get(&value) {
                    self.made.insert(node.output, at);
                }
            }
            NodeOp::Dequantise { axis } => self.dequantise(node, axis),
            NodeOp::Quantised => {
                let name = node.name.to_owned();
                return Err(ConvertError::QuantisedNode { name });
            }
            NodeOp::Clip { upper } => {
                let Some(value) = input(0) else { return Ok(()) };
                let single = |at: usize| self.single(input(at)?);
                let upper = upper.or_else(|| single(2).filter(|_| single(1) == Some(0.0)));
                if let (Some(&at), Some(upper)) = (self.made.get(&value), upper) {
                    self.layers[at].clipped = Some(upper);
                }
                if value == node.output {
                    self.made.remove(&value);
                }
            }
            NodeOp::Fused => _ = self.made.remove(&node.output),
            NodeOp::Other => {}
        }
        Ok(())
    }

    /// A sum or product of a layer's output and one number for each channel.
    fn by_channel(&mut self, node: &ModelNode<'f>) {
        let &[Some(a), Some(b)] = &node.inputs[..] else {
            return;
        };
        let (layer, other, reversed) = match (self.layer(a), self.layer(b)) {
            (Some(layer), None) => (layer, b, false),
            (None, Some(layer)) => (layer, a, true),
            _ => return,
        };
        let (at, outputs) = layer;
        // A single number belongs to a non-linearity.
        let single = |constant: &Constant| self.graph.held.get(constant.held).is_none_or(|h| h.shape.is_empty());
        if self.constants.get(&other).is_none_or(single) || (node.op == NodeOp::Sub && reversed) {
            return;
        }
        let Some(numbers) = self.whole_vector(other, outputs) else {
            return;
        };
        let layer = &mut self.layers[at];
        match (node.op, &mut layer.norm) {
            (NodeOp::Mul, Some(norm)) => {
                multiply(&mut norm.gamma, &numbers);
                multiply(&mut norm.beta, &numbers);
            }
            (NodeOp::Mul, None) => {
                if let Some(bias) = &mut layer.bias {
                    multiply(bias, &numbers);
                }
                multiply(layer.scale.get_or_insert_with(|| vec![1.0; outputs]), &numbers);
            }
            (op, norm) => {
                let sum = match norm {
                    Some(norm) => &mut norm.beta,
                    None => layer.bias.get_or_insert_with(|| vec![0.0; outputs]),
                };
                let sign = if op == NodeOp::Sub { -1.0 } else { 1.0 };
                sum.iter_mut().zip(&numbers).for_each(|(sum, x)| *sum += sign * x);
            }
        }
        self.made.insert(node.output, at);
    }

    fn dequantise(&mut self, node: &ModelNode<'f>, axis: usize) {
        let constant = |at: usize| {
            let value = node.inputs.get(at).copied().flatten()?;
            let constant = self.constants.get(&value)?;
            Some((constant, self.graph.held.get(constant.held)?))
        };
        // Where a file's tensors know their scale, there is nothing else to ask for.
        let known = match (constant(0), constant(1), constant(2)) {
            (Some((numbers, _)), None, None) => Some(numbers.clone()),
            (Some((numbers, _)), Some((_, scale)), zero) => scale.numbers(None).map(|scale| Constant {
                quantised: Some(Rc::new(Quantised {
                    scale,
                    zero: zero.and_then(|(_, zero)| zero.whole()).unwrap_or_default(),
                    axis,
                })),
                ..numbers.clone()
            }),
            _ => None,
        };
        if let Some(known) = known {
            self.constants.insert(node.output, known);
        }
    }

    /// The layer whose output a value is, and how many outputs it has.
    fn layer(&self, value: ValueName) -> Option<(usize, usize)> {
        let at = *self.made.get(&value)?;
        let layer = self.layers.get(at)?;
        Some((at, self.outputs(layer.axes, &layer.kernel)?))
    }

    fn outputs(&self, axes: Axes, kernel: &Constant) -> Option<usize> {
        let shape = &self.graph.held.get(kernel.held)?.shape;
        match (axes, &shape[..], kernel.transposed) {
            (Axes::Oihw | Axes::Ohwi, &[outputs, _, _, _], false) => Some(outputs),
            (Axes::Depthwise, &[1, _, _, outputs], false) => Some(outputs),
            (Axes::Transposed, &[outputs, h, w, _], false) => outputs.checked_mul(h)?.checked_mul(w).filter(|n| *n > 0),
            (Axes::Oi, &[outputs, _], false) | (Axes::Io, &[outputs, _], true) => Some(outputs),
            (Axes::Io, &[_, outputs], false) | (Axes::Oi, &[_, outputs], true) => Some(outputs),
            _ => None,
        }
    }

    /// Height times width of a transposed convolution's kernel.
    fn pixels(&self, kernel: &Constant) -> Option<usize> {
        match self.graph.held.get(kernel.held)?.shape[..] {
            [_, h, w, _] => h.checked_mul(w).filter(|n| *n > 0),
            _ => None,
        }
    }

    /// A constant of one number.
    fn single(&self, value: ValueName) -> Option<f32> {
        let constant = self.constants.get(&value)?;
        let held = self.graph.held.get(constant.held).filter(|held| held.len() == 1)?;
        held.numbers(constant.quantised.as_deref())?.first().copied()
    }

    /// A constant of one number for each output, or one for all.
    fn vector(&mut self, value: ValueName, outputs: usize) -> Option<Vec<f32>> {
        let constant = self.constants.get(&value)?;
        let held = self.graph.held.get(constant.held)?;
        if held.len() != 1 {
            return self.whole_vector(value, outputs);
        }
        self.left = self.left.checked_sub(outputs)?;
        let number = *held.numbers(constant.quantised.as_deref())?.first()?;
        Some(vec![number; outputs])
    }

    /// A constant of one number for each output.
    fn whole_vector(&mut self, value: ValueName, outputs: usize) -> Option<Vec<f32>> {
        let constant = self.constants.get(&value)?;
        let held = self.graph.held.get(constant.held)?;
        if held.len() != outputs {
            return None;
        }
        self.left = self.left.checked_sub(outputs)?;
        held.numbers(constant.quantised.as_deref())
    }
}

fn multiply(numbers: &mut [f32], by: &[f32]) {
    numbers.iter_mut().zip(by).for_each(|(number, by)| *number *= by);
}

fn computed(node: &ModelNode<'_>) -> ConvertError {
    ConvertError::Computed {
        name: node.name.to_owned(),
    }
}
