//! The kernels with sizes as numbers, for a program that runs a plan without compiling it.
//!
//! Generated code checks its sizes while it compiles. Here the plan answers for them: a slice that is too short panics.
//! Maps lie as `[H][ceil(C / 16)][W][16]`, images as `[H][W][C]`, vectors are padded to 16.

use crate::cpu::Cpu;
use crate::engine::Engine;
pub use crate::kernels::ResizedRows;
use crate::kernels::{self, DepthwiseLayer, GateForm, PixelShuffle, ResizePlan, Stem, WindowPool, split};
use crate::layer::{self, Block, Dense, Depthwise, Gate};
use crate::observer::{MapNumbers, MapView};
use mnv3_ir::{Act, BlockPlan, Pool, Shape, Window, depthwise_scratch, resize_scratch};
use mnv3_weights::PackedLayer;
use std::ops::Range;

/// Packed weights, and what follows them.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// How they are packed, and where they lie.
    pub packed: PackedLayer,
    /// After bias or batch norm.
    pub act: Act,
}

/// The layers of an inverted residual block.
#[derive(Clone, Copy, Debug)]
pub struct BlockLayers<'p> {
    /// What it does in memory and time.
    pub plan: &'p BlockPlan,
    /// 1x1 expansion.
    pub expand: Option<Layer>,
    /// k x k.
    pub depthwise: Layer,
    /// Squeeze-excite: reduce and excite.
    pub gate: Option<[Layer; 2]>,
    /// 1x1 projection.
    pub project: Layer,
}

pub(crate) fn dense(weights: &Engine, layer: Layer) -> Dense<'_> {
    let Layer { packed, act } = layer;
    let sizes = [packed.kind.taps(), packed.kind.output()];
    layer::dense(weights, packed.offset, sizes, packed.packing, act)
}

fn depthwise(weights: &Engine, layer: Layer, window: Window) -> Depthwise<'_> {
    let Layer { packed, act } = layer;
    layer::depthwise(weights, packed.offset, packed.kind.output(), window, act)
}

/// An image to the first map.
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub fn stem(
    cpu: Cpu,
    weights: &Engine,
    layer: Layer,
    window: &Window,
    [input, output]: [Shape; 2],
    image: &[f32],
    map: &mut [f32],
    scratch: &mut [f32],
) {
    let stem = Stem {
        dense: &dense(weights, layer),
        window: *window,
        input: [input.h, input.w],
        channels: input.c,
        output: [output.h, output.w],
    };
    kernels::stem(cpu, &stem, image, map, scratch);
}

/// A map to a map, to which `added` is added.
pub fn inverted_residual(
    cpu: Cpu,
    weights: &Engine,
    layers: &BlockLayers<'_>,
    input: &[f32],
    added: Option<&[f32]>,
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let block = Block {
        plan: *layers.plan,
        expand: layers.expand.map(|layer| dense(weights, layer)),
        depthwise: depthwise(weights, layers.depthwise, layers.plan.sizes.window),
        gate: layers.gate.map(|[reduce, expand]| Gate {
            reduce: dense(weights, reduce),
            expand: dense(weights, expand),
        }),
        project: dense(weights, layers.project),
        added,
    };
    kernels::inverted_residual(cpu, &block, input, output, &mut scratch[..layers.plan.scratch.floats]);
}

/// A 1x1 convolution.
pub fn pointwise(cpu: Cpu, weights: &Engine, layer: Layer, map: Shape, input: &[f32], output: &mut [f32]) {
    kernels::pointwise_map(cpu, &dense(weights, layer), [map.h, map.w], input, output);
}

/// A pool over windows.
pub fn window_pool(
    cpu: Cpu,
    pool: Pool,
    [kernel, stride]: [[usize; 2]; 2],
    [from, to]: [Shape; 2],
    input: &[f32],
    output: &mut [f32],
) {
    kernels::window_pool(cpu.level, &window(pool, [kernel, stride], [from, to]), input, output);
}

pub(crate) fn window(pool: Pool, [kernel, stride]: [[usize; 2]; 2], [from, to]: [Shape; 2]) -> WindowPool {
    WindowPool {
        input: [from.h, from.w],
        output: [to.h, to.w],
        channels: from.c,
        kernel,
        stride,
        max: matches!(pool, Pool::Max),
    }
}

/// A map to a vector.
pub fn global_pool(cpu: Cpu, pool: Pool, map: Shape, input: &[f32], output: &mut [f32]) {
    match pool {
        Pool::Avg => kernels::pool_avg(cpu.level, [map.h, map.w], map.c, input, output),
        Pool::Max => kernels::pool_max(cpu.level, [map.h, map.w], map.c, input, output),
    }
}

/// A vector to a vector.
pub fn linear(cpu: Cpu, weights: &Engine, layer: Layer, input: &[f32], output: &mut [f32]) {
    kernels::linear(cpu, &dense(weights, layer), input, output);
}

/// A map, each channel times the sigmoid of its number of a vector.
pub fn gate(cpu: Cpu, map: Shape, input: &[f32], vector: &[f32], output: &mut [f32]) {
    kernels::gate(cpu, GateForm::Sigmoid, [map.h, map.w], map.c, input, vector, output);
}

/// A map, each channel times its number of a vector.
pub fn scale(cpu: Cpu, map: Shape, input: &[f32], vector: &[f32], output: &mut [f32]) {
    kernels::gate(cpu, GateForm::Plain, [map.h, map.w], map.c, input, vector, output);
}

/// A non-linearity of each number of a map, or of a vector as a map of one pixel.
pub fn activate(cpu: Cpu, map: Shape, act: Act, input: &[f32], output: &mut [f32]) {
    kernels::activate(cpu, map.h, act, input, output);
}

/// The sum of two maps.
pub fn add(cpu: Cpu, map: Shape, one: &[f32], other: &[f32], output: &mut [f32]) {
    kernels::add(cpu, map.h, [one, other], output);
}

/// A map at another height and width, bilinear.
pub fn resize(cpu: Cpu, [from, to]: [Shape; 2], input: &[f32], output: &mut [f32], scratch: &mut [f32]) {
    let resize = ResizePlan {
        input: [from.h, from.w],
        output: [to.h, to.w],
        channels: from.c,
    };
    kernels::resize(cpu, &resize, input, output, &mut scratch[..resize_scratch(to)]);
}

/// Some columns of what [`resize`] gives, to the same bits, row by row from the top down; `scratch` holds two rows of them.
pub fn resized_rows<'m>(
    [from, to]: [Shape; 2],
    columns: Range<usize>,
    input: &'m [f32],
    scratch: &'m mut [f32],
) -> ResizedRows<'m> {
    let resize = ResizePlan {
        input: [from.h, from.w],
        output: [to.h, to.w],
        channels: from.c,
    };
    ResizedRows::new(resize, columns, input, scratch)
}

/// Row `y` of them: `[ceil(C / 16)][columns][16]`.
pub fn resized_row(cpu: Cpu, rows: &mut ResizedRows, y: usize, output: &mut [f32]) {
    kernels::resized_row(cpu.level, rows, y, output);
}

/// Divides rows of `row_len` of `output` among the threads, which may still be waking up: `work` is told which rows, and has their output,
/// and as much scratch as `scratch`.
pub fn rows<T: Send>(
    cpu: Cpu,
    count: usize,
    row_len: usize,
    output: &mut [T],
    scratch: &mut [f32],
    work: &split::Work<'_, T>,
) {
    split::rows(cpu.at_first_layer(), count, row_len, output, scratch, work);
}

/// A depthwise convolution by itself.
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub fn depthwise_map(
    cpu: Cpu,
    weights: &Engine,
    layer: Layer,
    window: &Window,
    [from, to]: [Shape; 2],
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let map = DepthwiseLayer {
        layer: &depthwise(weights, layer, *window),
        input: [from.h, from.w],
        output: [to.h, to.w],
        channels: from.c,
    };
    kernels::depthwise_map(
        cpu,
        &map,
        input,
        output,
        &mut scratch[..depthwise_scratch(from, window)],
    );
}

/// A map of four times the channels to one of twice the height and width.
pub fn pixel_shuffle(cpu: Cpu, [from, to]: [Shape; 2], input: &[f32], output: &mut [f32]) {
    let shuffle = PixelShuffle {
        input: [from.h, from.w],
        channels: to.c,
    };
    kernels::pixel_shuffle(cpu, &shuffle, input, output);
}

/// Scores to probabilities that add up to 1.
pub fn softmax(scores: &mut [f32]) {
    kernels::softmax(scores);
}

/// Scores to a probability each.
pub fn sigmoid(scores: &mut [f32]) {
    kernels::sigmoid(scores);
}

/// A map as an observer sees it.
#[must_use]
pub fn view(shape: Shape, map: &[f32]) -> MapView<'_> {
    MapView {
        shape: [shape.h, shape.w, shape.c],
        numbers: MapNumbers::F32(map),
    }
}
