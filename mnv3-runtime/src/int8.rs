//! The kernels of networks in eight bits, with sizes as numbers: docs/int8.md says what they compute.
//!
//! Maps lie as `[H][ceil(C / 16)][W][16]` bytes, four to a float of the slices that are handed over; vectors are in single
//! precision, padded to 16. A slice that is too short panics.

use crate::by_value::{self, Layer};
use crate::cpu::Cpu;
use crate::engine::Engine;
use crate::int8_layer::{Int8Layer, int8_layer};
use crate::kernels::i8::{self, Gated, Stem};
use crate::layer::Gate;
use crate::observer::{MapNumbers, MapView};
use mnv3_ir::int8::{block_scratch, map_floats, pointwise_scratch};
use mnv3_ir::{BlockSizes, Pool, Shape, Window, padded};

/// The layers of an inverted residual block.
#[derive(Clone, Copy, Debug)]
pub struct BlockLayers<'p> {
    /// Sizes.
    pub sizes: &'p BlockSizes,
    /// 1x1 expansion.
    pub expand: Option<Layer>,
    /// k x k.
    pub depthwise: Layer,
    /// Squeeze-excite, in single precision: reduce and excite.
    pub gate: Option<[Layer; 2]>,
    /// 1x1 projection.
    pub project: Layer,
}

fn of(weights: &Engine, layer: Layer) -> Int8Layer<'_> {
    int8_layer(weights, layer.packed.offset, layer.packed.kind, layer.act)
}

/// An image to the first map.
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub fn stem(
    cpu: Cpu,
    weights: &Engine,
    layer: Layer,
    window: &Window,
    [from, to]: [Shape; 2],
    image: &[f32],
    map: &mut [f32],
    scratch: &mut [f32],
) {
    let stem = Stem::new(of(weights, layer), *window, from, to);
    i8::stem(cpu, &stem, image, &mut map[..map_floats(to)], scratch);
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
    let sizes = layers.sizes;
    let [depthwise, project] = [layers.depthwise, layers.project].map(|layer| of(weights, layer));
    let gate = layers.gate.map(|[reduce, expand]| Gate {
        reduce: by_value::dense(weights, reduce),
        expand: by_value::dense(weights, expand),
    });
    let block = i8::Block {
        sizes,
        expand: layers.expand.map(|layer| of(weights, layer).pointwise()),
        depthwise: depthwise.depthwise(sizes.window),
        gate: gate.map(|gate| Gated::new(gate, &depthwise, &project)),
        project: project.pointwise(),
        added,
    };
    let [h, w] = sizes.output;
    let output = &mut output[..map_floats(Shape { h, w, c: sizes.project })];
    i8::inverted_residual(cpu, &block, input, output, &mut scratch[..block_scratch(sizes)]);
}

/// A 1x1 convolution to a map of this shape.
pub fn pointwise(
    cpu: Cpu,
    weights: &Engine,
    layer: Layer,
    to: Shape,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let (layer, size) = (of(weights, layer).pointwise(), [to.h, to.w]);
    let (output, scratch) = (
        &mut output[..map_floats(to)],
        &mut scratch[..pointwise_scratch(size, layer.input)],
    );
    i8::pointwise_map(cpu, &layer, size, to.c, input, output, scratch);
}

/// A map that `maker` made to a vector.
pub fn global_pool(
    cpu: Cpu,
    weights: &Engine,
    pool: Pool,
    maker: Layer,
    map: Shape,
    input: &[f32],
    vector: &mut [f32],
) {
    let vector = &mut vector[..padded(map.c)];
    i8::global_pool(cpu, pool, [map.h, map.w], of(weights, maker).output, input, vector);
}

/// A pool over windows of a map, whose scales stay.
pub fn window_pool(
    pool: Pool,
    [kernel, stride]: [[usize; 2]; 2],
    [from, to]: [Shape; 2],
    input: &[f32],
    output: &mut [f32],
) {
    i8::window_pool(&by_value::window(pool, [kernel, stride], [from, to]), input, output);
}

/// A vector to a vector, in single precision, to the same bits at every level.
pub fn linear(cpu: Cpu, weights: &Engine, layer: Layer, input: &[f32], output: &mut [f32]) {
    i8::linear(cpu, &by_value::dense(weights, layer), input, output);
}

/// A map whose scales are those of what `maker` made, as an observer sees it.
#[must_use]
pub fn view<'m>(weights: &'m Engine, maker: Layer, shape: Shape, map: &'m [f32]) -> MapView<'m> {
    MapView {
        shape: [shape.h, shape.w, shape.c],
        numbers: MapNumbers::Bytes(map, of(weights, maker).output),
    }
}
