//! An inverted residual block in eight bits: the expanded map, the depthwise map, its gate, the projection, one after the other.
//!
//! Maps of bytes are a quarter of those in single precision, so that whole ones stay in the second cache.

use super::depthwise::{self, Bordered, Depthwise};
use super::dot::{Dot, Pixel};
use super::pointwise::{self, Out, Pointwise};
use super::pool::{self, Scales};
use super::{dense, pixels, pixels_mut};
use crate::cpu::Cpu;
use crate::int8_layer::Int8Layer;
use crate::kernels::split;
use crate::layer::Gate;
use mnv3_ir::int8::{PIXEL_FLOATS, block_parts, columns};
use mnv3_ir::{BlockSizes, groups, padded};

/// An inverted residual block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) sizes: &'a BlockSizes,
    pub(crate) expand: Option<Pointwise<'a>>,
    pub(crate) depthwise: Depthwise<'a>,
    pub(crate) gate: Option<Gated<'a>>,
    pub(crate) project: Pointwise<'a>,
    /// A map of the output's shape that is added to it.
    pub(crate) added: Option<&'a [f32]>,
}

/// Squeeze-excite, in single precision between maps of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gated<'a> {
    pub(crate) layers: Gate<'a>,
    /// Of the depthwise map.
    pub(crate) from: Scales<'a>,
    /// Of the gated map: scales, and zero points.
    pub(crate) to: [&'a [f32]; 2],
}

impl<'a> Gated<'a> {
    /// Between two layers.
    pub(crate) const fn new(layers: Gate<'a>, depthwise: &Int8Layer<'a>, project: &Int8Layer<'a>) -> Self {
        Self {
            layers,
            from: depthwise.output,
            to: [project.input_scale, project.input_zero],
        }
    }
}

/// `input` and `output` are maps of bytes in floats, `scratch` is of [`block_scratch`](mnv3_ir::int8::block_scratch) floats.
pub(super) fn run<S: Dot>(
    simd: S,
    cpu: Cpu<'_>,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let sizes = block.sizes;
    let ([h, w], [oh, ow]) = (sizes.input, sizes.output);
    let all = groups(sizes.channels);
    let columns = columns(w, &sizes.window);
    let [expanded_floats, convolved_floats, _] = block_parts(sizes);
    let (expanded, rest) = scratch.split_at_mut(expanded_floats);
    let (convolved, vectors) = rest.split_at_mut(convolved_floats);
    let input = pixels(input);

    split::rows(
        cpu,
        h,
        columns * all * PIXEL_FLOATS,
        expanded,
        &mut [],
        &|ys, rows, _| {
            for (y, row) in ys.zip(pixels_mut(rows).chunks_exact_mut(columns * all)) {
                expand(simd, block, y, input, row, columns);
            }
        },
    );
    let bordered = Bordered {
        map: pixels(expanded),
        height: h,
        groups: all,
        columns,
    };
    split::rows(cpu, oh, ow * all * PIXEL_FLOATS, convolved, &mut [], &|ys, rows, _| {
        depthwise::rows(simd, &block.depthwise, bordered, ys, pixels_mut(rows), ow);
    });
    if let Some(gate) = &block.gate {
        let (means, rest) = vectors.split_at_mut(padded(sizes.channels));
        let (factors, squeezed) = rest.split_at_mut(padded(sizes.channels));
        pool::mean(simd, [oh, ow], pixels(convolved), gate.from, means);
        dense::vector(simd, cpu, &gate.layers.reduce, means, squeezed);
        dense::vector(simd, cpu, &gate.layers.expand, squeezed, factors);
        let [scale, zero] = gate.to;
        for ((factor, from), to) in factors.iter_mut().zip(gate.from.scale).zip(scale) {
            *factor *= from / to;
        }
        let factors = &*factors;
        split::rows(cpu, oh, ow * all * PIXEL_FLOATS, convolved, &mut [], &|_, rows, _| {
            for row in pixels_mut(rows).chunks_exact_mut(ow * all) {
                pool::gate(simd, ow, row, gate.from.zero, factors, zero);
            }
        });
    }
    let (convolved, added) = (pixels(convolved), block.added.map(pixels));
    let panels = groups(sizes.project);
    split::rows(cpu, oh, ow * panels * PIXEL_FLOATS, output, &mut [], &|ys, rows, _| {
        for (y, row) in ys.zip(pixels_mut(rows).chunks_exact_mut(ow * panels)) {
            let src = &convolved[y * ow * all..][..ow * all];
            let out = Out { row, width: ow, x: 0 };
            let residual = added.map(|map| &map[y * ow * panels..][..ow * panels]);
            pointwise::row(simd, &block.project, 0..panels, ow, src, out, residual);
        }
    });
}

/// Row `y` of the expanded map, with its borders.
fn expand<S: Dot>(simd: S, block: &Block<'_>, y: usize, input: &[Pixel], row: &mut [Pixel], columns: usize) {
    let (w, left) = (block.sizes.input[1], block.sizes.window.pad_w[0]);
    for (pixels, zero) in row.chunks_exact_mut(columns).zip(block.depthwise.zero) {
        pixels[..left].fill(*zero);
        pixels[left + w..].fill(*zero);
    }
    match &block.expand {
        Some(expand) => {
            let channels = groups(expand.input);
            let src = &input[y * w * channels..][..w * channels];
            let panels = 0..groups(block.sizes.channels);
            let out = Out {
                row,
                width: columns,
                x: left,
            };
            pointwise::row(simd, expand, panels, w, src, out, None);
        }
        None => {
            let all = groups(block.sizes.channels);
            let src = input[y * w * all..][..w * all].chunks_exact(w);
            for (pixels, src) in row.chunks_exact_mut(columns).zip(src) {
                pixels[left..][..w].copy_from_slice(src);
            }
        }
    }
}
