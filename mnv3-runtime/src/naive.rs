//! What kernels must compute, written for clarity: ndarray, f64, one loop over each axis, no layout.

use mnv3_ir::{Act, Window};
use ndarray::{Array1, Array2, Array3, Array4, Axis};

/// A non-linearity; NaN of NaN.
pub(crate) fn act(act: Act, x: f64) -> f64 {
    let line = |slope: f32, offset: f32| (f64::from(slope) * x + f64::from(offset)).clamp(0.0, 1.0);
    match act {
        Act::Identity => x,
        Act::Relu => x.clamp(0.0, f64::INFINITY),
        Act::Relu6 => x.clamp(0.0, 6.0),
        Act::HardSigmoid { slope, offset } => line(slope, offset),
        Act::HardSwish { slope, offset } => x * line(slope, offset),
    }
}

/// The map with its zero padding.
fn pad(map: &Array3<f64>, window: &Window) -> Array3<f64> {
    let (h, w, c) = map.dim();
    let ([top, bottom], [left, right]) = (window.pad_h, window.pad_w);
    let mut padded = Array3::zeros((top + h + bottom, left + w + right, c));
    for ((y, x, channel), &value) in map.indexed_iter() {
        padded[(top + y, left + x, channel)] = value;
    }
    padded
}

/// Rows and columns that a window yields over a map of `size`, which it fits.
pub(crate) fn output_size(size: [usize; 2], window: &Window) -> [usize; 2] {
    window.output(size).unwrap_or_default()
}

/// A convolution; weights are `[kh, kw, in, out]`.
pub(crate) fn conv(map: &Array3<f64>, weights: &Array4<f64>, bias: &Array1<f64>, window: &Window) -> Array3<f64> {
    let [oh, ow] = output_size([map.dim().0, map.dim().1], window);
    let (kh, kw, inputs, outputs) = weights.dim();
    let padded = pad(map, window);
    Array3::from_shape_fn((oh, ow, outputs), |(y, x, out)| {
        let mut sum = bias[out];
        for (ky, kx, c) in ndarray::indices((kh, kw, inputs)) {
            let (row, column) = (
                y * window.stride[0] + ky * window.dilation[0],
                x * window.stride[1] + kx * window.dilation[1],
            );
            sum += padded[(row, column, c)] * weights[(ky, kx, c, out)];
        }
        sum
    })
}

/// A depthwise convolution; weights are `[kh, kw, c]`.
pub(crate) fn depthwise(map: &Array3<f64>, weights: &Array3<f64>, bias: &Array1<f64>, window: &Window) -> Array3<f64> {
    let [oh, ow] = output_size([map.dim().0, map.dim().1], window);
    let (kh, kw, channels) = weights.dim();
    let padded = pad(map, window);
    Array3::from_shape_fn((oh, ow, channels), |(y, x, c)| {
        let taps = ndarray::indices((kh, kw)).into_iter();
        let products = taps.map(|(ky, kx)| {
            let row = y * window.stride[0] + ky * window.dilation[0];
            let column = x * window.stride[1] + kx * window.dilation[1];
            padded[(row, column, c)] * weights[(ky, kx, c)]
        });
        bias[c] + products.sum::<f64>()
    })
}

/// Every pixel's channels times `[in, out]`.
pub(crate) fn pointwise(map: &Array3<f64>, weights: &Array2<f64>, bias: &Array1<f64>) -> Array3<f64> {
    let window = Window {
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        pad_h: [0, 0],
        pad_w: [0, 0],
    };
    conv(
        map,
        &weights.clone().insert_axis(Axis(0)).insert_axis(Axis(0)),
        bias,
        &window,
    )
}

/// Mean of every channel.
pub(crate) fn mean(map: &Array3<f64>) -> Array1<f64> {
    map.sum_axis(Axis(0)).sum_axis(Axis(0)) / (map.dim().0 * map.dim().1) as f64
}

/// The larger number, and NaN where either is.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// Maximum of every channel.
pub(crate) fn max(map: &Array3<f64>) -> Array1<f64> {
    map.map_axis(Axis(0), |v| v.fold(f64::NEG_INFINITY, |a, &b| larger(a, b)))
        .map_axis(Axis(0), |v| v.fold(f64::NEG_INFINITY, |a, &b| larger(a, b)))
}

/// Mean or maximum of every window; what fills none is left out.
pub(crate) fn pool(map: &Array3<f64>, kernel: [usize; 2], stride: [usize; 2], maximum: bool) -> Array3<f64> {
    let (h, w, channels) = map.dim();
    let output = |size: usize, axis: usize| (size - kernel[axis]) / stride[axis] + 1;
    Array3::from_shape_fn((output(h, 0), output(w, 1), channels), |(y, x, c)| {
        let window = ndarray::indices((kernel[0], kernel[1])).into_iter();
        let values = window.map(|(ky, kx)| map[(y * stride[0] + ky, x * stride[1] + kx, c)]);
        if maximum {
            values.fold(f64::NEG_INFINITY, larger)
        } else {
            values.sum::<f64>() / (kernel[0] * kernel[1]) as f64
        }
    })
}

/// Bilinear: centres of pixels of the output lie between centres of the input, beyond the first and last of which nothing changes.
pub(crate) fn resize(map: &Array3<f64>, size: [usize; 2]) -> Array3<f64> {
    let (h, w, channels) = map.dim();
    let between = |at: usize, from: usize, to: usize| {
        let centre = (at as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let centre = centre.clamp(0.0, (from - 1) as f64);
        let first = centre.floor();
        (first as usize, (first as usize + 1).min(from - 1), centre - first)
    };
    Array3::from_shape_fn((size[0], size[1], channels), |(y, x, c)| {
        let (top, bottom, down) = between(y, h, size[0]);
        let (left, right, across) = between(x, w, size[1]);
        let row = |y: usize| map[(y, left, c)] * (1.0 - across) + map[(y, right, c)] * across;
        row(top) * (1.0 - down) + row(bottom) * down
    })
}

/// Each channel times the sigmoid of its number.
pub(crate) fn gate(map: &Array3<f64>, vector: &Array1<f64>) -> Array3<f64> {
    map * &vector.mapv(|x| 1.0 / (1.0 + (-x).exp()))
}

/// `1 / (1 + exp(-x))`.
pub(crate) fn sigmoid(scores: &[f64]) -> Vec<f64> {
    scores.iter().map(|s| 1.0 / (1.0 + (-s).exp())).collect()
}

/// `exp(x) / sum(exp(x))`.
pub(crate) fn softmax(scores: &[f64]) -> Vec<f64> {
    let sum: f64 = scores.iter().map(|s| s.exp()).sum();
    scores.iter().map(|s| s.exp() / sum).collect()
}
