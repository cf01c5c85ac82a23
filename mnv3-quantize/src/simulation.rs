//! A graph in eight bits, op after op.

use crate::kernels::{self, Pixels};
use crate::layer::Int8Layer;
use crate::op::{End, Int8Op};
use crate::pools;
use crate::requantise::byte;
use crate::scales::{ChannelScales, Scales, ScalesError};
use crate::squeeze_excite::{gated, normal};
use mnv3_spec::Tensor;
use mnv3_spec::graph::{Graph, ValueId};
use std::collections::HashMap;

/// A network as the integer kernels run it.
#[derive(Clone, Debug)]
pub struct Simulation<'g, 'n> {
    graph: &'g Graph<'n>,
    scales: Scales,
    ops: Vec<Int8Op>,
}

/// Why a network cannot be run in eight bits.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SimulationError {
    /// Scales are wrong.
    #[error("{0}")]
    Scales(ScalesError),
    /// There is no such op in eight bits.
    #[error("there is no arithmetic in eight bits for {0}: leave the network in floats")]
    Op(String),
    /// Weights and scales are finite, but numbers are too many steps of the scale.
    #[error("{0}: its scale is too small for its weights: numbers have more than 2^31 steps")]
    Steps(String),
}

/// A value of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Quantised, of height x width x channels.
    Bytes(Vec<u8>),
    /// Sums of a projection, before what they are added to.
    Sums(Vec<i32>),
    /// A vector in single precision.
    Floats(Vec<f32>),
}

/// The values of a run.
pub type Values = HashMap<ValueId, Value>;

impl<'g, 'n> Simulation<'g, 'n> {
    /// `tensor` gives the numbers of a tensor in C order.
    ///
    /// # Errors
    /// Everything that is wrong with the scales; or all layers whose constants are not finite.
    pub fn new(
        graph: &'g Graph<'n>,
        tensor: &dyn Fn(&Tensor) -> Vec<f32>,
        scales: Scales,
    ) -> Result<Self, Vec<SimulationError>> {
        if let Some(part) = graph.network.only_in_f32() {
            return Err(vec![SimulationError::Op(part.to_owned())]);
        }
        let problems = scales.problems(graph);
        if !problems.is_empty() {
            return Err(problems.into_iter().map(SimulationError::Scales).collect());
        }
        let mut simulation = Self {
            graph,
            scales,
            ops: Vec::new(),
        };
        let mut problems = Vec::new();
        for op in &graph.ops {
            let prepared = simulation.prepare(op, tensor);
            let layer = match &prepared {
                Int8Op::Residual(_) => simulation.layer(op.inputs[0]),
                Int8Op::Convolution { layer, .. } => Some(layer),
                Int8Op::FloatLinear(_)
                | Int8Op::WindowPool { .. }
                | Int8Op::GlobalPool(_)
                | Int8Op::Gate
                | Int8Op::Softmax
                | Int8Op::Sigmoid
                | Int8Op::Flatten => None,
            };
            if !prepared.fits(layer) {
                problems.push(SimulationError::Steps(graph.tensor_name(op)));
            }
            simulation.ops.push(prepared);
        }
        if problems.is_empty() {
            Ok(simulation)
        } else {
            Err(problems)
        }
    }

    /// Runs an image of height x width x channels; gives every value.
    #[must_use]
    pub fn run(&self, image: &[f32]) -> Values {
        let mut values = HashMap::from([(self.graph.input, Value::Bytes(self.input(image)))]);
        for at in 0..self.graph.ops.len() {
            let value = self.op(at, &values);
            values.insert(self.graph.ops[at].output, value);
        }
        values
    }

    /// The numbers that a value stands for. Of sums there are none.
    #[must_use]
    pub fn numbers(&self, id: ValueId, value: &Value) -> Vec<f32> {
        match value {
            Value::Bytes(bytes) if id == self.graph.input => {
                let input = &self.scales.input;
                let number = |(i, q): (usize, &u8)| {
                    let c = i % input.scale.len();
                    (f32::from(*q) - input.zero_point[c]) * input.scale[c]
                };
                bytes.iter().enumerate().map(number).collect()
            }
            Value::Bytes(bytes) => {
                let scales = self.scales_of(id);
                let number = |(i, q): (usize, &u8)| {
                    let c = i % scales.scale.len();
                    (i32::from(*q) - i32::from(scales.zero_point[c])) as f32 * scales.scale[c]
                };
                bytes.iter().enumerate().map(number).collect()
            }
            Value::Floats(floats) => floats.clone(),
            Value::Sums(_) => Vec::new(),
        }
    }

    /// The nearest numbers that a value's bytes stand for.
    pub(crate) fn as_bytes(&self, id: ValueId, numbers: &[f32]) -> Vec<f32> {
        if id == self.graph.input {
            return self.numbers(id, &Value::Bytes(self.input(numbers)));
        }
        let scales = self.scales_of(id);
        let channels = scales.scale.len();
        let one = |(i, x): (usize, &f32)| {
            let (scale, zero) = (scales.scale[i % channels], f32::from(scales.zero_point[i % channels]));
            ((x / scale + zero).round_ties_even().clamp(0.0, 255.0) - zero) * scale
        };
        numbers.iter().enumerate().map(one).collect()
    }

    /// The weights of the op that makes a value, where they are in eight bits.
    #[must_use]
    pub fn layer(&self, value: ValueId) -> Option<&Int8Layer> {
        let at = self.graph.ops.iter().position(|op| op.output == value)?;
        match self.ops.get(at)? {
            Int8Op::Convolution { layer, .. } => Some(layer),
            Int8Op::FloatLinear(_)
            | Int8Op::WindowPool { .. }
            | Int8Op::GlobalPool(_)
            | Int8Op::Gate
            | Int8Op::Residual(_)
            | Int8Op::Softmax
            | Int8Op::Sigmoid
            | Int8Op::Flatten => None,
        }
    }

    pub(crate) fn input(&self, image: &[f32]) -> Vec<u8> {
        let input = &self.scales.input;
        let inverse: Vec<f32> = input.scale.iter().map(|scale| inverse(*scale)).collect();
        let one = |(i, x): (usize, &f32)| {
            let c = i % inverse.len();
            byte(x * inverse[c] + input.zero_point[c])
        };
        image.iter().enumerate().map(one).collect()
    }

    /// The scales of a value that is not the image.
    pub(crate) fn scales_of(&self, value: ValueId) -> &ChannelScales {
        if let Some(scales) = self.scales.of.get(&value) {
            return scales;
        }
        // A pool over windows has those of what it reads.
        match self.graph.ops.iter().find(|op| op.output == value) {
            Some(op) => self.scales_of(op.inputs[0]),
            None => unreachable!("the image is read by the stem, which has scales of its own"),
        }
    }

    pub(crate) fn graph(&self) -> &'g Graph<'n> {
        self.graph
    }

    pub(crate) fn scales(&self) -> &Scales {
        &self.scales
    }

    /// One op, of what came before it.
    pub(crate) fn op(&self, at: usize, values: &Values) -> Value {
        let op = &self.graph.ops[at];
        let input = |i: usize| &values[&op.inputs[i]];
        let output = self.graph.shape(op.output);
        let bytes = |i: usize| Pixels {
            shape: self.graph.shape(op.inputs[i]),
            values: input(i).bytes(),
        };
        match &self.ops[at] {
            Int8Op::Convolution { end, .. } => {
                let sums = self.sums(at, values);
                match end {
                    End::Sums => Value::Sums(sums),
                    End::Bytes(end) => {
                        let one = |(i, sum): (usize, &i32)| end[i % end.len()].apply(*sum, None);
                        Value::Bytes(sums.iter().enumerate().map(one).collect())
                    }
                }
            }
            Int8Op::FloatLinear(linear) => Value::Floats(linear.apply(input(0).floats())),
            Int8Op::WindowPool { pool, kernel, stride } => {
                Value::Bytes(pools::windows(bytes(0), *pool, *kernel, *stride, output))
            }
            Int8Op::GlobalPool(pool) => Value::Floats(pools::global(bytes(0), *pool, self.scales_of(op.inputs[0]))),
            Int8Op::Gate => {
                let [from, to] = [op.inputs[0], op.output].map(|value| self.scales_of(value));
                Value::Bytes(gated(input(0).bytes(), input(1).floats(), from, to))
            }
            Int8Op::Residual(end) => {
                let pairs = input(0).sums().iter().zip(input(1).bytes()).enumerate();
                Value::Bytes(
                    pairs
                        .map(|(i, (sum, q))| end[i % end.len()].apply(*sum, Some(*q)))
                        .collect(),
                )
            }
            Int8Op::Softmax => Value::Floats(softmax(input(0).floats())),
            Int8Op::Sigmoid => Value::Floats(sigmoid(input(0).floats())),
            Int8Op::Flatten => Value::Floats(input(0).floats().to_vec()),
        }
    }

    /// The sums of a convolution; none of other ops.
    fn sums(&self, at: usize, values: &Values) -> Vec<i32> {
        let op = &self.graph.ops[at];
        let Int8Op::Convolution {
            window,
            by_channel,
            layer,
            pad,
            end: _,
        } = &self.ops[at]
        else {
            return Vec::new();
        };
        let input = Pixels {
            shape: self.graph.shape(op.inputs[0]),
            values: values[&op.inputs[0]].bytes(),
        };
        let output = self.graph.shape(op.output);
        if *by_channel {
            kernels::depthwise(input, layer, window, output, pad)
        } else {
            kernels::dense(input, layer, window, output, pad)
        }
    }

    /// The sum over all pixels of what a layer gives before its non-linearity, for each channel; none of ops without weights.
    pub(crate) fn before_act(&self, at: usize, values: &Values) -> Option<Vec<f64>> {
        match &self.ops[at] {
            Int8Op::Convolution { layer, .. } => {
                let sums = self.sums(at, values);
                let channels = layer.worth.len();
                let pixels = sums.len() / channels;
                let mut whole = vec![0i64; channels];
                for (i, sum) in sums.iter().enumerate() {
                    whole[i % channels] += i64::from(*sum);
                }
                let real = |(c, sum): (usize, &i64)| *sum as f64 * layer.worth[c] + pixels as f64 * layer.shift[c];
                Some(whole.iter().enumerate().map(real).collect())
            }
            Int8Op::FloatLinear(linear) => {
                let sums = linear.before_act(values[&self.graph.ops[at].inputs[0]].floats());
                Some(sums.into_iter().map(f64::from).collect())
            }
            Int8Op::WindowPool { .. }
            | Int8Op::GlobalPool(_)
            | Int8Op::Gate
            | Int8Op::Residual(_)
            | Int8Op::Softmax
            | Int8Op::Sigmoid
            | Int8Op::Flatten => None,
        }
    }

    /// Computes the constants of an op from other tensors. A residual takes those of the projection that it is added to.
    pub(crate) fn prepare_again(&mut self, at: usize, tensor: &dyn Fn(&Tensor) -> Vec<f32>) {
        self.ops[at] = self.prepare(&self.graph.ops[at], tensor);
    }
}

impl Value {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Sums(_) | Self::Floats(_) => unreachable!("a map that an op reads is quantised"),
        }
    }

    fn sums(&self) -> &[i32] {
        match self {
            Self::Sums(sums) => sums,
            Self::Bytes(_) | Self::Floats(_) => unreachable!("a residual is added to sums"),
        }
    }

    fn floats(&self) -> &[f32] {
        match self {
            Self::Floats(floats) => floats,
            Self::Bytes(_) | Self::Sums(_) => unreachable!("a vector is in single precision"),
        }
    }
}

/// How many units a real number has.
fn inverse(scale: f32) -> f32 {
    (1.0 / f64::from(scale)) as f32
}

/// In double precision, rounded to single precision.
pub(crate) fn sigmoid(scores: &[f32]) -> Vec<f32> {
    let probability = |score: &f32| normal(1.0 / (1.0 + (-f64::from(*score)).exp()));
    scores.iter().map(probability).collect()
}

/// In double precision; each power and each share is rounded to single precision.
pub(crate) fn softmax(scores: &[f32]) -> Vec<f32> {
    let largest = f64::from(scores.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let powers: Vec<f64> = scores.iter().map(|score| (f64::from(*score) - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let share = |power: f64| normal(f64::from(normal(power)) / sum);
    powers.into_iter().map(share).collect()
}
