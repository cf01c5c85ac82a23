//! A graph in single precision, op after op: what eight bits are measured by.

use crate::fold::Folded;
use crate::kernels::{ONE, Pixels, pixels};
use crate::requantise::activated;
use crate::simulation::{sigmoid, softmax};
use crate::squeeze_excite::FloatLinear;
use mnv3_spec::graph::{Graph, Op, OpKind, ValueId};
use mnv3_spec::{Act, Pool, Shape, Tensor, Window};
use std::collections::HashMap;

/// The values of a run, each of height x width x channels.
pub type FloatValues = HashMap<ValueId, Vec<f32>>;

/// A network in single precision, with batch norms folded.
#[derive(Clone, Debug)]
pub struct Float<'g, 'n> {
    graph: &'g Graph<'n>,
    ops: Vec<FloatOp>,
}

#[derive(Clone, Debug)]
enum FloatOp {
    Convolution(Convolution),
    Linear(FloatLinear),
    WindowPool {
        pool: Pool,
        kernel: [usize; 2],
        stride: [usize; 2],
    },
    GlobalPool(Pool),
    Scale,
    Add,
    Activation(Act),
    Softmax,
    Sigmoid,
    Flatten,
    /// From one shape to the other.
    Resize([Shape; 2]),
    /// To this shape.
    PixelShuffle(Shape),
}

#[derive(Clone, Debug)]
struct Convolution {
    window: Window,
    by_channel: bool,
    /// `[taps][outputs]`, so that outputs lie side by side.
    weights: Vec<f32>,
    shift: Vec<f32>,
    act: Act,
}

impl<'g, 'n> Float<'g, 'n> {
    /// `tensor` gives the numbers of a tensor in C order.
    #[must_use]
    pub fn new(graph: &'g Graph<'n>, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> Self {
        let ops = graph.ops.iter().map(|op| prepare(graph, op, tensor)).collect();
        Self { graph, ops }
    }

    /// The same with other weights of one convolution, `[outputs][taps]`.
    pub(crate) fn with_weights(mut self, at: usize, by_output: &[f32]) -> Self {
        if let FloatOp::Convolution(convolution) = &mut self.ops[at] {
            convolution.weights = transposed(by_output, convolution.shift.len());
        }
        self
    }

    /// Runs an image of height x width x channels; gives every value.
    #[must_use]
    pub fn run(&self, image: &[f32]) -> FloatValues {
        self.run_observed(image, &mut |_, _| {})
    }

    /// The same, and shows what each op that has weights gives before its non-linearity.
    pub(crate) fn run_observed(&self, image: &[f32], before_act: &mut dyn FnMut(usize, &[f32])) -> FloatValues {
        let mut values = HashMap::from([(self.graph.input, image.to_vec())]);
        for at in 0..self.ops.len() {
            let value = self.op(at, &values, &mut |sums| before_act(at, sums));
            values.insert(self.graph.ops[at].output, value);
        }
        values
    }

    /// One op, of what came before it.
    pub(crate) fn op(&self, at: usize, values: &FloatValues, before_act: &mut dyn FnMut(&[f32])) -> Vec<f32> {
        let op = &self.graph.ops[at];
        let x = |i: usize| values[&op.inputs[i]].as_slice();
        let map = Pixels {
            shape: self.graph.shape(op.inputs[0]),
            values: x(0),
        };
        let output = self.graph.shape(op.output);
        match &self.ops[at] {
            FloatOp::Convolution(convolution) => {
                let mut sums = convolution.sums(map, output);
                before_act(&sums);
                sums.iter_mut().for_each(|y| *y = activated(*y, convolution.act));
                sums
            }
            FloatOp::Linear(linear) => {
                before_act(&linear.before_act(x(0)));
                linear.apply(x(0))
            }
            FloatOp::WindowPool { pool, kernel, stride } => pooled(map, *pool, *kernel, *stride, output),
            FloatOp::GlobalPool(pool) => pooled(map, *pool, [map.shape.h, map.shape.w], [1, 1], output),
            FloatOp::Scale => {
                let gate = x(1);
                x(0).iter().enumerate().map(|(i, x)| x * gate[i % gate.len()]).collect()
            }
            FloatOp::Add => x(0).iter().zip(x(1)).map(|(a, b)| a + b).collect(),
            FloatOp::Activation(act) => x(0).iter().map(|x| activated(*x, *act)).collect(),
            FloatOp::Softmax => softmax(x(0)),
            FloatOp::Sigmoid => sigmoid(x(0)),
            FloatOp::Flatten => x(0).to_vec(),
            FloatOp::Resize(shapes) => resized(x(0), *shapes),
            FloatOp::PixelShuffle(to) => {
                let [h, w, c] = [to.h, to.w, to.c];
                let of = |i: usize| {
                    let (y, x, channel) = (i / (w * c), i / c % w, i % c);
                    (y / 2 * (w / 2) + x / 2) * 4 * c + 4 * channel + 2 * (y % 2) + x % 2
                };
                (0..h * w * c).map(|i| x(0)[of(i)]).collect()
            }
        }
    }
}

fn prepare(graph: &Graph<'_>, op: &Op<'_>, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> FloatOp {
    let outputs = graph.shape(op.output).c;
    let convolution = |window, act, tensors, by_channel| {
        let folded = Folded::read(tensors, outputs, tensor);
        let weights: Vec<f32> = folded.weights.iter().map(|weight| *weight as f32).collect();
        FloatOp::Convolution(Convolution {
            window,
            by_channel,
            weights: transposed(&weights, outputs),
            shift: folded.shift.iter().map(|shift| *shift as f32).collect(),
            act,
        })
    };
    match op.kind {
        OpKind::Conv { window, act, tensors } => convolution(window, act, tensors, false),
        OpKind::Depthwise { window, act, tensors } => convolution(window, act, tensors, true),
        OpKind::Pointwise { act, tensors } => convolution(ONE, act, tensors, false),
        OpKind::Linear { act, tensors, storage } => {
            FloatOp::Linear(FloatLinear::new(&Folded::read(tensors, outputs, tensor), act, storage))
        }
        OpKind::WindowPool { pool, kernel, stride } => FloatOp::WindowPool { pool, kernel, stride },
        OpKind::GlobalPool { pool } => FloatOp::GlobalPool(pool),
        OpKind::Scale => FloatOp::Scale,
        OpKind::Add => FloatOp::Add,
        OpKind::Activation { act } => FloatOp::Activation(act),
        OpKind::Softmax => FloatOp::Softmax,
        OpKind::Sigmoid => FloatOp::Sigmoid,
        OpKind::Flatten => FloatOp::Flatten,
        OpKind::Resize => FloatOp::Resize([op.inputs[0], op.output].map(|value| graph.shape(value))),
        OpKind::PixelShuffle => FloatOp::PixelShuffle(graph.shape(op.output)),
    }
}

/// Bilinear, the edges of first and last pixels on those of the output.
fn resized(map: &[f32], [from, to]: [Shape; 2]) -> Vec<f32> {
    let between = |at: usize, from: usize, to: usize| {
        let centre = (at as f32 + 0.5) * from as f32 / to as f32 - 0.5;
        let centre = centre.clamp(0.0, (from - 1) as f32);
        let first = centre as usize;
        (first, (first + 1).min(from - 1), centre - first as f32)
    };
    let mut resized = Vec::with_capacity(to.h * to.w * to.c);
    for [y, x] in pixels(to) {
        let ((top, bottom, down), (left, right, across)) = (between(y, from.h, to.h), between(x, from.w, to.w));
        resized.extend((0..to.c).map(|c| {
            let at = |y: usize, x: usize| map[(y * from.w + x) * from.c + c];
            let row = |y: usize| at(y, left) * (1.0 - across) + at(y, right) * across;
            row(top) * (1.0 - down) + row(bottom) * down
        }));
    }
    resized
}

fn transposed(by_output: &[f32], outputs: usize) -> Vec<f32> {
    let taps = by_output.len() / outputs;
    let all = (0..taps).flat_map(|tap| (0..outputs).map(move |o| o * taps + tap));
    all.map(|at| by_output[at]).collect()
}

impl Convolution {
    fn sums(&self, map: Pixels<'_, f32>, output: Shape) -> Vec<f32> {
        let (channels, outputs) = (map.shape.c, self.shift.len());
        let pad = vec![0.0; channels];
        let mut sums = Vec::with_capacity(output.h * output.w * outputs);
        for place in pixels(output) {
            let at = sums.len();
            sums.extend_from_slice(&self.shift);
            let sums = &mut sums[at..];
            map.under(&self.window, place, &pad, |tap, pixel| {
                if self.by_channel {
                    let weights = &self.weights[tap * outputs..][..outputs];
                    for ((sum, x), weight) in sums.iter_mut().zip(pixel).zip(weights) {
                        *sum += x * weight;
                    }
                } else {
                    let weights = self.weights[tap * channels * outputs..].chunks_exact(outputs);
                    for (x, weights) in pixel.iter().zip(weights) {
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum += x * weight;
                        }
                    }
                }
            });
        }
        sums
    }
}

fn pooled(map: Pixels<'_, f32>, pool: Pool, kernel: [usize; 2], stride: [usize; 2], output: Shape) -> Vec<f32> {
    let Shape { w, c, .. } = map.shape;
    let mut pooled = Vec::with_capacity(output.h * output.w * c);
    for [oy, ox] in pixels(output) {
        for channel in 0..c {
            let rows = (0..kernel[0]).map(|ky| oy * stride[0] + ky);
            let places = rows.flat_map(|y| (0..kernel[1]).map(move |kx| y * w + ox * stride[1] + kx));
            let values = places.map(|place| map.values[place * c + channel]);
            pooled.push(match pool {
                Pool::Max => values.fold(f32::NEG_INFINITY, f32::max),
                Pool::Avg => (values.map(f64::from).sum::<f64>() / (kernel[0] * kernel[1]) as f64) as f32,
            });
        }
    }
    pooled
}
