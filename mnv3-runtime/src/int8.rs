//! The kernels of networks in eight bits, with sizes as numbers: docs/int8.md says what they compute.
//!
//! Maps lie as `[H][ceil(C / 16)][W][16]` bytes, four to a float of the slices that are handed over; vectors are in single
//! precision, padded to 16. A slice that is too short panics.

use crate::by_value::{self, Layer};
use crate::cpu::Cpu;
use crate::engine::Engine;
use crate::kernels::i8::{self, Depthwise, Gated, Pointwise, Requantise, Scales, Stem};
use crate::layer::Gate;
use mnv3_ir::{BlockSizes, LANES, Pool, Shape, Window, groups};
use mnv3_weights::Int8Layer;

/// The layers of an inverted residual block.
#[derive(Clone, Copy, Debug)]
pub struct BlockLayers<'p> {
    /// Sizes.
    pub sizes: &'p BlockSizes,
    /// 1x1 expansion.
    pub expand: Option<&'p Int8Layer>,
    /// k x k.
    pub depthwise: &'p Int8Layer,
    /// Squeeze-excite, in single precision: reduce and excite.
    pub gate: Option<[Layer; 2]>,
    /// 1x1 projection.
    pub project: &'p Int8Layer,
}

fn requantise(layer: &Int8Layer) -> Requantise<'_> {
    Requantise {
        start: &layer.start,
        scale: &layer.scale,
        bias: &layer.bias,
        curve: &layer.curve,
        zero: &layer.output_zero,
        act: layer.act,
        residual: &layer.residual,
    }
}

fn pointwise_layer(layer: &Int8Layer) -> Pointwise<'_> {
    Pointwise {
        input: layer.kind.taps(),
        weights: layer.panels(),
        requantise: requantise(layer),
    }
}

fn output(layer: &Int8Layer) -> Scales<'_> {
    Scales {
        scale: &layer.output_scale,
        zero: &layer.output_zero,
    }
}

/// Floats of scratch that the stem needs.
#[must_use]
pub fn stem_scratch(window: &Window, image: Shape) -> usize {
    i8::stem_scratch([image.h, image.w], image.c, window)
}

/// An image to the first map.
pub fn stem(
    cpu: Cpu,
    layer: &Int8Layer,
    window: &Window,
    [from, to]: [Shape; 2],
    image: &[f32],
    map: &mut [f32],
    scratch: &mut [f32],
) {
    let stem = Stem {
        window: *window,
        input: [from.h, from.w],
        channels: from.c,
        output: [to.h, to.w],
        weights: layer.panels(),
        requantise: requantise(layer),
        scale: &layer.input_scale,
        zero: &layer.input_zero,
        border: &layer.border,
    };
    i8::stem(cpu, &stem, image, &mut map[..floats(to)], scratch);
}

/// Floats of scratch that a block needs.
#[must_use]
pub fn block_scratch(sizes: &BlockSizes) -> usize {
    i8::scratch(sizes)
}

/// A map to a map, to which `added` is added; the layers of the gate are packed in `weights`.
pub fn inverted_residual(
    cpu: Cpu,
    weights: &Engine,
    layers: &BlockLayers<'_>,
    input: &[f32],
    added: Option<&[f32]>,
    output_map: &mut [f32],
    scratch: &mut [f32],
) {
    let BlockLayers { sizes, project, .. } = *layers;
    let block = i8::Block {
        sizes,
        expand: layers.expand.map(pointwise_layer),
        depthwise: Depthwise {
            window: sizes.window,
            weights: layers.depthwise.panels(),
            zero: &layers.depthwise.border,
            requantise: requantise(layers.depthwise),
        },
        gate: layers.gate.map(|[reduce, expand]| Gated {
            layers: Gate {
                reduce: by_value::dense(weights, reduce),
                expand: by_value::dense(weights, expand),
            },
            from: output(layers.depthwise),
            to: [&project.input_scale, &project.input_zero],
        }),
        project: pointwise_layer(project),
        added,
    };
    let [h, w] = sizes.output;
    let floats = h * w * groups(sizes.project) * LANES / 4;
    let scratch = &mut scratch[..block_scratch(sizes)];
    i8::inverted_residual(cpu, &block, input, &mut output_map[..floats], scratch);
}

/// A 1x1 convolution to a map of this shape.
pub fn pointwise(cpu: Cpu, layer: &Int8Layer, to: Shape, input: &[f32], output: &mut [f32]) {
    let output = &mut output[..floats(to)];
    i8::pointwise_map(cpu, &pointwise_layer(layer), [to.h, to.w], to.c, input, output);
}

/// A map that `layer` made to a vector.
pub fn global_pool(cpu: Cpu, pool: Pool, layer: &Int8Layer, map: Shape, input: &[f32], vector: &mut [f32]) {
    let vector = &mut vector[..groups(map.c) * LANES];
    i8::global_pool(cpu, pool, [map.h, map.w], output(layer), input, vector);
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

/// The floats that a map of bytes takes.
#[must_use]
pub fn floats(map: Shape) -> usize {
    map.h * map.w * groups(map.c) * LANES / size_of::<f32>()
}

/// The bytes of a map as they lie, pixel after pixel: `[H][W][C]`.
#[must_use]
pub fn bytes(shape: Shape, map: &[f32]) -> Vec<u8> {
    let pixels = i8::pixels(map);
    let all = groups(shape.c);
    let mut bytes = Vec::with_capacity(shape.h * shape.w * shape.c);
    for y in 0..shape.h {
        for x in 0..shape.w {
            bytes.extend((0..shape.c).map(|c| pixels[(y * all + c / LANES) * shape.w + x][c % LANES]));
        }
    }
    bytes
}
