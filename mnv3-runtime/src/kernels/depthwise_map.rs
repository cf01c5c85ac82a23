//! A depthwise convolution over a whole map, by itself.

use super::depthwise::{self, MOST_KERNEL_ROWS, MapRows};
use super::split;
use crate::cpu::Cpu;
use crate::layer::Depthwise;
use fearless_simd::Simd;
use mnv3_ir::{LANES, groups};

/// What lies where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DepthwiseLayer<'a> {
    pub(crate) layer: &'a Depthwise<'a>,
    pub(crate) input: [usize; 2],
    pub(crate) output: [usize; 2],
    pub(crate) channels: usize,
}

/// `input` map to `output` map; `scratch` is of [`depthwise_scratch`](mnv3_ir::depthwise_scratch) floats.
///
/// MapRows of the input lie in scratch between zero columns, `[rows][groups][columns][16]`: as many as the kernel reaches over,
/// row `y` in slot `y % rows`.
pub(super) fn run<S: Simd>(
    simd: S,
    cpu: Cpu<'_>,
    map: &DepthwiseLayer<'_>,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let DepthwiseLayer {
        layer,
        input: [h, w],
        output: [oh, ow],
        channels,
    } = *map;
    let window = layer.window;
    let (groups, [left, right]) = (groups(channels), window.pad_w);
    let (columns, reach) = (left + w + right, window.reach()[0]);
    let slot = groups * columns * LANES;
    let row_floats = groups * ow * LANES;
    split::rows(cpu, oh, row_floats, output, scratch, &|ys, output, scratch| {
        let scratch = &mut scratch[..reach * slot];
        for group in scratch.chunks_exact_mut(columns * LANES) {
            group[..left * LANES].fill(0.0);
            group[(left + w) * LANES..].fill(0.0);
        }
        let mut next = 0;
        for (y, output) in ys.zip(output.chunks_exact_mut(row_floats)) {
            let (top, above) = (y * window.stride[0], window.pad_h[0]);
            let end = (top + reach).saturating_sub(above).min(h);
            // With a stride beyond the kernel, rows between are needed by none.
            for row in next.max(top.saturating_sub(above))..end {
                let from = input[row * groups * w * LANES..].chunks_exact(w * LANES);
                let to = scratch[row % reach * slot..][..slot].chunks_exact_mut(columns * LANES);
                for (to, from) in to.zip(from) {
                    to[left * LANES..][..w * LANES].copy_from_slice(from);
                }
            }
            next = next.max(end);
            let mut under: MapRows<'_> = [None; MOST_KERNEL_ROWS];
            for (k, under) in under.iter_mut().enumerate().take(window.kernel[0]) {
                let row = (top + k * window.dilation[0]).checked_sub(above);
                *under = row
                    .filter(|&row| row < h)
                    .map(|row| scratch[row % reach * slot..][..slot].as_chunks().0);
            }
            depthwise::row(simd, layer, 0..groups, &under, columns, output, ow, ow);
        }
    });
}
