//! An inverted residual block in eight bits: a [band](Int8BlockPlan) of the expanded map after the other is made and at once convolved;
//! then the gate, and the projection.

use super::dense;
use super::depthwise::{self, Depthwise, Expanded, Plane};
use super::dot::{Dot, Pixel, Rows};
use super::pixels::{pixels, pixels_mut};
use super::pointwise::{self, Pointwise, RowsMut};
use super::pool::{self, Scales};
use crate::cpu::Cpu;
use crate::int8_layer::Int8Layer;
use crate::kernels::prefetch::Prefetch;
use crate::kernels::regions::regions;
use crate::kernels::split;
use crate::layer::Gate;
use mnv3_ir::int8::{Int8BlockPlan, PIXEL_FLOATS, PREFETCH_OWN};
use mnv3_ir::{BlockSizes, groups};
use std::ops::Range;

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
pub(super) fn run<S: Dot<Expanded: Expanded<S>>>(
    simd: S,
    cpu: Cpu<'_>,
    block: &Block<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let (sizes, plan) = (block.sizes, Int8BlockPlan::new(block.sizes, S::Expanded::FLOATS));
    let parts = &plan.scratch;
    let [convolved, means, factors, squeezed, of_thread] = regions(
        scratch,
        [
            parts.convolved,
            parts.means,
            parts.factors,
            parts.squeezed,
            parts.of_thread,
        ],
    );
    let (all, [oh, ow]) = (groups(sizes.channels), sizes.output);
    let bands = Bands {
        simd,
        block,
        plan: &plan,
        input: pixels(input),
    };
    let group_pixels = plan.band_rows * ow;
    let pieces = plan.bands * all;
    split::rows(
        cpu,
        pieces,
        group_pixels * PIXEL_FLOATS,
        convolved,
        of_thread,
        &|pieces, convolved, scratch| {
            let mut convolved = pixels_mut(convolved);
            let mut prefetch = bands.prefetch(pieces.len());
            for (some, groups) in split::runs(pieces, all) {
                for band in some {
                    let (now, later) = convolved.split_at_mut(groups.len() * group_pixels);
                    bands.convolve(band, groups.clone(), now, scratch, &mut prefetch);
                    convolved = later;
                }
            }
        },
    );
    if let Some(gate) = &block.gate {
        let map = Rows {
            pixels: pixels(convolved),
            row: all * group_pixels,
            group: group_pixels,
        };
        pool::mean(simd, [oh * ow, group_pixels], map, gate.from, means);
        dense::vector(simd, cpu, &gate.layers.reduce, means, squeezed);
        dense::vector(simd, cpu, &gate.layers.expand, squeezed, factors);
        let [scale, zero] = gate.to;
        for ((factor, from), to) in factors.iter_mut().zip(gate.from.scale).zip(scale) {
            *factor *= from / to;
        }
        let (from, factors, to) = (gate.from.zero.as_chunks().0, factors.as_chunks().0, zero.as_chunks().0);
        split::rows(
            cpu,
            pieces,
            group_pixels * PIXEL_FLOATS,
            convolved,
            &mut [],
            &|pieces, convolved, _| {
                for (piece, pixels) in pieces.zip(pixels_mut(convolved).chunks_exact_mut(group_pixels)) {
                    let group = piece % all;
                    pool::gate(simd, pixels, &from[group], &factors[group], &to[group]);
                }
            },
        );
    }
    let (convolved, added) = (pixels(convolved), block.added.map(pixels));
    let panels = groups(sizes.project);
    let row_pixels = ow * panels;
    split::rows(
        cpu,
        oh,
        row_pixels * PIXEL_FLOATS,
        output,
        of_thread,
        &|ys, output, scratch| {
            let [wide, panel] = regions(scratch, [parts.projected, parts.panel]);
            let mut prefetch = block.project.prefetch::<S>(ys.len() * ow, panels);
            let mut output = pixels_mut(output);
            for ys in plan.to_project(ys) {
                let size = [ys.len(), ow];
                let start = (ys.start / plan.band_rows * all * plan.band_rows + ys.start % plan.band_rows) * ow;
                let src = Rows {
                    pixels: &convolved[start..],
                    row: ow,
                    group: group_pixels,
                };
                let src = simd.inputs(src, [all, ys.len(), ow], wide);
                let (now, later) = output.split_at_mut(ys.len() * row_pixels);
                let out = RowsMut {
                    pixels: now,
                    row: row_pixels,
                    group: ow,
                };
                let residual = added.map(|map| Rows {
                    pixels: &map[ys.start * row_pixels..],
                    row: row_pixels,
                    group: ow,
                });
                pointwise::rows(
                    simd,
                    &block.project,
                    0..panels,
                    size,
                    src,
                    out,
                    residual,
                    panel,
                    &mut prefetch,
                );
                output = later;
            }
        },
    );
}

/// Expands and convolves.
struct Bands<'a, S: Dot> {
    simd: S,
    block: &'a Block<'a>,
    plan: &'a Int8BlockPlan,
    input: &'a [Pixel],
}

impl<'a, S: Dot<Expanded: Expanded<S>>> Bands<'a, S> {
    /// The other weights of the block, under the expansion of so many groups of a band.
    fn prefetch(&self, pieces: usize) -> Prefetch<'a> {
        let Some(expand) = &self.block.expand else {
            return Prefetch::none();
        };
        let own = expand.later.len() - self.block.project.later.len();
        let pixels = self.plan.rows * self.block.sizes.input[1];
        pointwise::prefetch::<S>(&expand.later[..own.min(PREFETCH_OWN)], pixels, pieces)
    }

    /// The channels `groups` of a band of the depthwise map, `[groups][rows of a band][columns]`.
    fn convolve(
        &self,
        band: usize,
        groups: Range<usize>,
        dst: &mut [Pixel],
        scratch: &mut [f32],
        prefetch: &mut Prefetch<'_>,
    ) {
        let (simd, plan, sizes) = (self.simd, self.plan, self.block.sizes);
        let ([h, w], [oh, ow], window) = (sizes.input, sizes.output, &sizes.window);
        let [expanded, wide, panel] = regions(scratch, [plan.scratch.expanded, plan.scratch.input, plan.scratch.panel]);
        let expanded = S::Expanded::view(expanded);
        let ys = band * plan.band_rows..oh.min((band + 1) * plan.band_rows);
        let above = |y: usize| y.saturating_sub(window.pad_h[0]);
        let top = above(ys.start * window.stride[0]).min(h);
        let end = above((ys.end - 1) * window.stride[0] + window.reach()[0]).clamp(top, h);
        let size = [end - top, w];
        let input = self.block.expand.as_ref().map(|expand| {
            let channels = mnv3_ir::groups(expand.input);
            let rows = Rows {
                pixels: &self.input[top * w * channels..],
                row: w * channels,
                group: w,
            };
            (expand, simd.inputs(rows, [channels, size[0], w], wide))
        });
        let plane = size[0] * plan.columns;
        let slices = groups.clone().step_by(plan.groups_at_once);
        for (first, dst) in slices.zip(dst.chunks_mut(plan.groups_at_once * plan.band_rows * ow)) {
            let slice = first..groups.end.min(first + plan.groups_at_once);
            let expanded = &mut expanded[..slice.len() * plane];
            self.fill_borders(slice.start, plane, expanded);
            match input {
                Some((expand, src)) => {
                    let out = RowsMut {
                        pixels: &mut expanded[window.pad_w[0]..],
                        row: plan.columns,
                        group: plane,
                    };
                    pointwise::rows(simd, expand, slice.clone(), size, src, out, None, panel, prefetch);
                }
                None => self.copy(top, slice.start, plane, expanded),
            }
            let planes = expanded
                .chunks_exact(plane.max(1))
                .zip(dst.chunks_exact_mut(plan.band_rows * ow));
            for (group, (pixels, dst)) in slice.zip(planes) {
                let from = Plane {
                    pixels,
                    top,
                    height: h,
                    columns: plan.columns,
                };
                depthwise::rows(simd, &self.block.depthwise, group, from, ys.clone(), dst, ow, panel);
            }
        }
    }

    /// What lies left and right of the rows of groups from `first` on.
    fn fill_borders(&self, first: usize, plane: usize, expanded: &mut [S::Expanded]) {
        let (w, [left, right]) = (self.block.sizes.input[1], self.block.sizes.window.pad_w);
        let zeros = &self.block.depthwise.zero[first..];
        for (plane, zero) in expanded.chunks_exact_mut(plane.max(1)).zip(zeros) {
            let zero = S::Expanded::of(self.simd, zero);
            for row in plane.chunks_exact_mut(self.plan.columns) {
                row[..left].fill(zero);
                row[left + w..][..right].fill(zero);
            }
        }
    }

    /// Without an expand convolution: rows from `top` on, groups from `first` on, as they are.
    fn copy(&self, top: usize, first: usize, plane: usize, expanded: &mut [S::Expanded]) {
        let (w, left) = (self.block.sizes.input[1], self.block.sizes.window.pad_w[0]);
        let all = groups(self.block.sizes.channels);
        for (i, plane) in expanded.chunks_exact_mut(plane.max(1)).enumerate() {
            for (y, row) in plane.chunks_exact_mut(self.plan.columns).enumerate() {
                let src = &self.input[((top + y) * all + first + i) * w..][..w];
                S::Expanded::copy(self.simd, src, &mut row[left..][..w]);
            }
        }
    }
}
