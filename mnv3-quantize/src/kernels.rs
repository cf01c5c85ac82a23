//! What lies under a window, and sums of products of bytes.

use crate::layer::Int8Layer;
use mnv3_spec::{Shape, Window};

/// A map: pixel after pixel, row after row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pixels<'v, T> {
    pub(crate) shape: Shape,
    pub(crate) values: &'v [T],
}

/// A 1x1 convolution.
pub(crate) const ONE: Window = Window {
    kernel: [1, 1],
    stride: [1, 1],
    dilation: [1, 1],
    pad_h: [0, 0],
    pad_w: [0, 0],
};

impl<T> Pixels<'_, T> {
    /// What lies under each tap of a window, all channels of it; `pad` beyond the map.
    pub(crate) fn under(&self, window: &Window, [oy, ox]: [usize; 2], pad: &[T], mut see: impl FnMut(usize, &[T])) {
        let Shape { h, w, c } = self.shape;
        for ky in 0..window.kernel[0] {
            let y = (oy * window.stride[0] + ky * window.dilation[0]).checked_sub(window.pad_h[0]);
            for kx in 0..window.kernel[1] {
                let x = (ox * window.stride[1] + kx * window.dilation[1]).checked_sub(window.pad_w[0]);
                let pixel = match (y.filter(|y| *y < h), x.filter(|x| *x < w)) {
                    (Some(y), Some(x)) => &self.values[(y * w + x) * c..][..c],
                    _ => pad,
                };
                see(ky * window.kernel[1] + kx, pixel);
            }
        }
    }
}

/// A convolution over all channels: the sums of each pixel of the output, all its channels.
pub(crate) fn dense(input: Pixels<'_, u8>, layer: &Int8Layer, window: &Window, output: Shape, pad: &[u8]) -> Vec<i32> {
    let channels = input.shape.c;
    let mut sums = Vec::with_capacity(output.h * output.w * output.c);
    let mut patch = vec![0i16; layer.taps];
    for [oy, ox] in pixels(output) {
        input.under(window, [oy, ox], pad, |tap, pixel| {
            for (to, &q) in patch[tap * channels..].iter_mut().zip(pixel) {
                *to = i16::from(q);
            }
        });
        let weights = layer.weights.chunks_exact(layer.taps);
        sums.extend(
            weights
                .zip(&layer.start)
                .map(|(weights, &start)| start + dot(weights, &patch)),
        );
    }
    sums
}

/// A convolution of each channel by itself.
pub(crate) fn depthwise(
    input: Pixels<'_, u8>,
    layer: &Int8Layer,
    window: &Window,
    output: Shape,
    pad: &[u8],
) -> Vec<i32> {
    let taps = layer.taps;
    let by_tap: Vec<Vec<i32>> = (0..taps)
        .map(|tap| {
            layer
                .weights
                .iter()
                .skip(tap)
                .step_by(taps)
                .map(|w| i32::from(*w))
                .collect()
        })
        .collect();
    let mut sums = Vec::with_capacity(output.h * output.w * output.c);
    for [oy, ox] in pixels(output) {
        let at = sums.len();
        sums.extend_from_slice(&layer.start);
        input.under(window, [oy, ox], pad, |tap, pixel| {
            for ((sum, &q), weight) in sums[at..].iter_mut().zip(pixel).zip(&by_tap[tap]) {
                *sum += i32::from(q) * weight;
            }
        });
    }
    sums
}

/// Rows and columns.
pub(crate) fn pixels(map: Shape) -> impl Iterator<Item = [usize; 2]> {
    (0..map.h).flat_map(move |y| (0..map.w).map(move |x| [y, x]))
}

/// At most 16384 products of at most 127 * 255.
fn dot(weights: &[i16], patch: &[i16]) -> i32 {
    let products = weights.iter().zip(patch).map(|(a, b)| i32::from(*a) * i32::from(*b));
    products.sum()
}
