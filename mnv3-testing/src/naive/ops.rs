//! What ops do with maps.

use super::layer::KernelSums;
use super::map::Map;
use mnv3_spec::{Act, Pool, Shape, Window};

/// A convolution of any kind: `sums` is asked for every number of the output, with what lies under the kernel there.
pub(super) fn convolution(x: &Map, window: &Window, channels: usize, sums: impl Fn(&KernelSums<'_>) -> f64) -> Map {
    let [top, bottom] = window.pad_h;
    let [left, right] = window.pad_w;
    let size = |size: usize, pads: usize, axis: usize| {
        let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
        (size + pads - reach) / window.stride[axis] + 1
    };
    let shape = Shape {
        h: size(x.shape.h, top + bottom, 0),
        w: size(x.shape.w, left + right, 1),
        c: channels,
    };
    Map::from_fn(shape, |oy, ox, output| {
        let input = |ky: usize, kx: usize, c: usize| {
            let y = oy * window.stride[0] + ky * window.dilation[0];
            let x_at = ox * window.stride[1] + kx * window.dilation[1];
            x.at_or_zero(y.checked_sub(top), x_at.checked_sub(left), c)
        };
        sums(&KernelSums {
            output,
            kernel: window.kernel,
            channels: x.shape.c,
            input: &input,
        })
    })
}

/// Mean or maximum of every window that lies on the map as a whole.
pub(super) fn pool(x: &Map, pool: Pool, kernel: [usize; 2], stride: [usize; 2]) -> Map {
    let size = |size: usize, axis: usize| (size - kernel[axis]) / stride[axis] + 1;
    let shape = Shape {
        h: size(x.shape.h, 0),
        w: size(x.shape.w, 1),
        c: x.shape.c,
    };
    Map::from_fn(shape, |oy, ox, c| {
        let rows = 0..kernel[0];
        let under = rows.flat_map(|ky| (0..kernel[1]).map(move |kx| (oy * stride[0] + ky, ox * stride[1] + kx)));
        let values = under.map(|(y, x_at)| x.at(y, x_at, c));
        match pool {
            Pool::Avg => values.sum::<f64>() / (kernel[0] * kernel[1]) as f64,
            Pool::Max => values.fold(f64::NEG_INFINITY, f64::max),
        }
    })
}

/// Each channel times its number of a vector.
pub(super) fn scaled(x: &Map, gate: &Map) -> Map {
    Map::from_fn(x.shape, |y, x_at, c| x.at(y, x_at, c) * gate.at(0, 0, c))
}

/// Both, number by number.
pub(super) fn sum(a: &Map, b: &Map) -> Map {
    Map::from_fn(a.shape, |y, x, c| a.at(y, x, c) + b.at(y, x, c))
}

/// `exp(x) / sum(exp(x))`; the largest is taken from all first, so that no power is infinite.
pub(super) fn softmax(x: &Map) -> Map {
    let largest = x.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = x.values.iter().map(|score| (score - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    Map::new(x.shape, powers.into_iter().map(|power| power / sum).collect())
}

/// `1 / (1 + exp(-x))` of each number.
pub(super) fn sigmoid(x: &Map) -> Map {
    Map::new(x.shape, x.values.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect())
}

/// A non-linearity of each number.
pub(super) fn activated(x: &Map, act: Act) -> Map {
    Map::new(
        x.shape,
        x.values.iter().map(|x| super::layer::activation(act, *x)).collect(),
    )
}

/// Bilinear: the centre of a pixel of the output lies between centres of the input, beyond the first and last of which nothing changes.
pub(super) fn resized(map: &Map, shape: Shape) -> Map {
    let between = |at: usize, from: usize, to: usize| {
        let centre = (at as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let centre = centre.clamp(0.0, (from - 1) as f64);
        let first = centre.floor() as usize;
        (first, (first + 1).min(from - 1), centre - first as f64)
    };
    Map::from_fn(shape, |y, x, c| {
        let (top, bottom, down) = between(y, map.shape.h, shape.h);
        let (left, right, across) = between(x, map.shape.w, shape.w);
        let row = |y: usize| map.at(y, left, c) * (1.0 - across) + map.at(y, right, c) * across;
        row(top) * (1.0 - down) + row(bottom) * down
    })
}

/// Of each pixel, four: channel `4 c + 2 y + x` becomes channel `c` of the one at row `y`, column `x`.
pub(super) fn pixel_shuffled(map: &Map, shape: Shape) -> Map {
    Map::from_fn(shape, |y, x, c| map.at(y / 2, x / 2, 4 * c + 2 * (y % 2) + x % 2))
}
