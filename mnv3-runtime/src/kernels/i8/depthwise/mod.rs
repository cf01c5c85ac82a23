//! Depthwise convolution of some rows of one group of 16 channels, whose columns left and right hold the zero point.
//!
//! Levels that multiply bytes read [bytes]. For others the same numbers lie in single precision, which [floats] multiplies as fast as
//! a network in single precision does: sums of a window stay below 2^24, and are exact.

mod bytes;
mod floats;

use super::super::MOST_KERNEL_ROWS;
use super::dot::{Dot, Panel, Pixel};
use super::requantise::{Requantise, Written};
use mnv3_ir::{LANES, Window};
use std::ops::Range;

/// A depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depthwise<'a> {
    pub(crate) window: Window,
    pub(crate) channels: usize,
    /// `[ceil(channels / 16)][kh][ceil(kw / 4)]`
    pub(crate) weights: &'a [Panel],
    /// The input's zero points, `[ceil(channels / 16)]`: what lies under the kernel beyond the map.
    pub(crate) zero: &'a [Pixel],
    pub(crate) requantise: Requantise<'a>,
}

/// What it reads: some rows of one group of 16 channels, `[rows][columns]`.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Plane<'a, T> {
    pub(super) pixels: &'a [T],
    /// The row of the map that they begin with; all are there that are needed.
    pub(super) top: usize,
    /// Rows of the map.
    pub(super) height: usize,
    /// As many as [`columns`](mnv3_ir::int8::columns) says.
    pub(super) columns: usize,
}

/// 16 channels of a pixel between expand and depthwise.
pub(in crate::kernels) trait Expanded<S: Dot>: Written<S> {
    /// Floats of memory.
    const FLOATS: usize;
    fn view(floats: &mut [f32]) -> &mut [Self];
    fn of(simd: S, pixel: &Pixel) -> Self;
    fn copy(simd: S, from: &[Pixel], to: &mut [Self]);
    /// `scratch` is of a float for each channel and tap.
    fn convolve(group: &Group<'_, S, Self>, ys: Range<usize>, dst: &mut [Pixel], scratch: &mut [f32]);
}

/// The rows `ys` of one group of the map that is made, `[ys][width]`; `scratch` is of a float for each channel and tap.
#[expect(clippy::too_many_arguments, reason = "all of them vary on their own")]
pub(super) fn rows<S: Dot<Expanded: Expanded<S>>>(
    simd: S,
    layer: &Depthwise<'_>,
    group: usize,
    from: Plane<'_, S::Expanded>,
    ys: Range<usize>,
    dst: &mut [Pixel],
    width: usize,
    scratch: &mut [f32],
) {
    let [kh, kw] = layer.window.kernel;
    let panels = kh * kw.div_ceil(4);
    let group = Group {
        simd,
        window: &layer.window,
        from,
        group,
        lanes: layer.channels - group * LANES,
        weights: &layer.weights[group * panels..][..panels],
        zero: &layer.zero[group],
        start: layer.requantise.start(group),
        requantise: &layer.requantise,
        width,
    };
    S::Expanded::convolve(&group, ys, dst, scratch);
}

/// One group of 16 channels.
pub(in crate::kernels) struct Group<'a, S: Dot, T> {
    simd: S,
    window: &'a Window,
    from: Plane<'a, T>,
    group: usize,
    /// How many of 16 are channels; it may be more.
    lanes: usize,
    /// `[kh][ceil(kw / 4)]`
    weights: &'a [Panel],
    /// What lies beyond the map.
    zero: &'a Pixel,
    start: &'a [i32; LANES],
    requantise: &'a Requantise<'a>,
    width: usize,
}

/// The rows under the kernel, top to bottom; `None` where the kernel lies outside of the map.
type Under<'a, T> = [Option<&'a [T]>; MOST_KERNEL_ROWS];

impl<S: Dot, T> Group<'_, S, T> {
    /// The rows under row `y` of the output.
    #[inline(always)]
    fn under(&self, y: usize) -> Under<'_, T> {
        let (window, from) = (self.window, &self.from);
        let mut rows: Under<'_, T> = [None; MOST_KERNEL_ROWS];
        for (ky, under) in rows.iter_mut().enumerate().take(window.kernel[0]) {
            let y = (y * window.stride[0] + ky * window.dilation[0]).checked_sub(window.pad_h[0]);
            *under = y
                .filter(|y| *y < from.height)
                .map(|y| &from.pixels[(y - from.top) * from.columns..][..from.columns]);
        }
        rows
    }
}

/// The weights of each lane as one number.
#[inline(always)]
fn words(panel: &Panel) -> [u32; LANES] {
    bytemuck::cast::<Panel, [u32; LANES]>(*panel).map(u32::from_le)
}
