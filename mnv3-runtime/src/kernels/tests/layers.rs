//! Maps and layers with numbers from a seed, in both forms: ndarray for the reference, packed for the kernels.

use crate::kernels;
use crate::layer::{self, Panels};
use crate::naive;
use mnv3_ir::{Act, LANES, Window, padded};
use ndarray::{Array1, Array2, Array3, Array4};

/// Numbers in -1..1 that look random (splitmix64).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // 24 bits: exact as f32, so that both forms hold the same number.
        ((z >> 40) as f64) / f64::from(1 << 23) - 1.0
    }

    pub(super) fn map(&mut self, [h, w]: [usize; 2], c: usize) -> Array3<f64> {
        Array3::from_shape_simple_fn((h, w, c), || self.next())
    }

    pub(super) fn vector(&mut self, n: usize) -> Array1<f64> {
        Array1::from_shape_simple_fn(n, || self.next())
    }

    /// A layer over every input; weights are small enough that sums stay of order 1.
    pub(super) fn dense(&mut self, kernel: [usize; 2], input: usize, output: usize, act: Act) -> Dense {
        let scale = 1.0 / ((kernel[0] * kernel[1] * input) as f64).sqrt();
        let shape = (kernel[0], kernel[1], input, output);
        let weights = Array4::from_shape_simple_fn(shape, || f64::from((self.next() * scale) as f32));
        let taps = kernel[0] * kernel[1] * input;
        let mut packed = vec![0.0; padded(output) * taps];
        for ((ky, kx, i, out), &weight) in weights.indexed_iter() {
            let tap = (ky * kernel[1] + kx) * input + i;
            packed[(out / LANES * taps + tap) * LANES + out % LANES] = weight as f32;
        }
        let bias = self.vector(output);
        Dense {
            packed_bias: lanes(&bias),
            weights,
            bias,
            packed,
            act,
        }
    }

    pub(super) fn depthwise(&mut self, channels: usize, window: Window, act: Act) -> Depthwise {
        let [kh, kw] = window.kernel;
        let weights = Array3::from_shape_simple_fn((kh, kw, channels), || self.next());
        let mut packed = vec![0.0; padded(channels) * kh * kw];
        for ((ky, kx, c), &weight) in weights.indexed_iter() {
            packed[(c / LANES * kh * kw + ky * kw + kx) * LANES + c % LANES] = weight as f32;
        }
        let bias = self.vector(channels);
        Depthwise {
            packed_bias: lanes(&bias),
            weights,
            bias,
            packed,
            window,
            act,
        }
    }
}

/// A stem, a 1x1 convolution or a linear layer.
#[derive(Clone)]
pub(super) struct Dense {
    pub(super) weights: Array4<f64>,
    pub(super) bias: Array1<f64>,
    pub(super) act: Act,
    packed: Vec<f32>,
    packed_bias: Vec<f32>,
}

impl Dense {
    pub(super) fn layer(&self) -> layer::Dense<'_> {
        let (kh, kw, input, output) = self.weights.dim();
        layer::Dense {
            input: kh * kw * input,
            output,
            weights: Panels::F32(self.packed.as_chunks().0),
            bias: &self.packed_bias,
            act: self.act,
            lift: kernels::lift(&self.packed_bias[..output]),
            later: &[],
        }
    }

    /// Every number times a factor, flushed to zero if it is subnormal, as folding does.
    pub(super) fn scaled(mut self, factor: f64) -> Self {
        scale(self.weights.iter_mut(), &mut self.packed, factor);
        scale(self.bias.iter_mut(), &mut self.packed_bias, factor);
        self
    }

    /// The reference, for a layer without window.
    pub(super) fn naive(&self, map: &Array3<f64>) -> Array3<f64> {
        let (_, _, input, output) = self.weights.dim();
        let weights = Array2::from_shape_fn((input, output), |(i, o)| self.weights[(0, 0, i, o)]);
        naive::pointwise(map, &weights, &self.bias).mapv(|x| naive::act(self.act, x))
    }
}

#[derive(Clone)]
pub(super) struct Depthwise {
    weights: Array3<f64>,
    bias: Array1<f64>,
    window: Window,
    act: Act,
    packed: Vec<f32>,
    packed_bias: Vec<f32>,
}

impl Depthwise {
    /// Like [`Dense::scaled`].
    pub(super) fn scaled(mut self, factor: f64) -> Self {
        scale(self.weights.iter_mut(), &mut self.packed, factor);
        scale(self.bias.iter_mut(), &mut self.packed_bias, factor);
        self
    }

    pub(super) fn layer(&self) -> layer::Depthwise<'_> {
        layer::Depthwise {
            window: self.window,
            weights: &self.packed,
            bias: &self.packed_bias,
            act: self.act,
            lift: kernels::lift(&self.packed_bias[..self.bias.len()]),
        }
    }

    pub(super) fn naive(&self, map: &Array3<f64>) -> Array3<f64> {
        naive::depthwise(map, &self.weights, &self.bias, &self.window).mapv(|x| naive::act(self.act, x))
    }
}

fn scale<'n>(numbers: impl Iterator<Item = &'n mut f64>, packed: &mut [f32], factor: f64) {
    let scaled = |x: f64| Some((x * factor) as f32).filter(|x| x.is_normal()).unwrap_or_default();
    numbers.for_each(|x| *x = f64::from(scaled(*x)));
    packed.iter_mut().for_each(|x| *x = scaled(f64::from(*x)));
}

/// A vector, padded with zeros.
pub(super) fn lanes(vector: &Array1<f64>) -> Vec<f32> {
    let mut lanes = vec![0.0; padded(vector.len())];
    for (lane, &x) in lanes.iter_mut().zip(vector) {
        *lane = x as f32;
    }
    lanes
}

/// Index of a value in `[H][ceil(C / 16)][W][16]`.
fn index((h, w, c): (usize, usize, usize), (y, x, channel): (usize, usize, usize)) -> usize {
    debug_assert!(y < h && x < w && channel < padded(c));
    ((y * padded(c) / LANES + channel / LANES) * w + x) * LANES + channel % LANES
}

/// A map as kernels read it.
pub(super) fn pack(map: &Array3<f64>) -> Vec<f32> {
    let (h, w, c) = map.dim();
    let mut packed = vec![0.0; h * w * padded(c)];
    for (at, &x) in map.indexed_iter() {
        packed[index(map.dim(), at)] = x as f32;
    }
    packed
}

/// Room for a map of this shape, full of NaN.
pub(super) fn unwritten(map: &Array3<f64>) -> Vec<f32> {
    let (h, w, c) = map.dim();
    vec![f32::NAN; h * w * padded(c)]
}

/// Fails unless a kernel's map is the reference; lanes beyond the channels may be anything.
pub(super) fn assert_channels(found: &[f32], want: &Array3<f64>, label: &str) {
    let (h, w, c) = want.dim();
    assert_eq!(found.len(), h * w * padded(c), "{label}: length");
    for (at, &want_x) in want.indexed_iter() {
        assert_close(found[index(want.dim(), at)], want_x, &format!("{label} at {at:?}"));
    }
}

/// Fails unless a kernel's map is the reference, and every lane beyond the channels is zero, or what zero becomes.
pub(super) fn assert_map(found: &[f32], want: &Array3<f64>, act: Act, label: &str) {
    let (h, w, c) = want.dim();
    assert_channels(found, want, label);
    let idle = naive::act(act, 0.0) as f32;
    for (y, x, channel) in ndarray::indices((h, w, padded(c)))
        .into_iter()
        .filter(|&(_, _, channel)| channel >= c)
    {
        let lane = found[index(want.dim(), (y, x, channel))];
        assert!(
            lane == idle || lane == 0.0,
            "{label}: idle lane {channel} of pixel {y}, {x} holds {lane}"
        );
    }
}

/// Single precision sums of terms of order 1 stay within this; what is not finite must be the same.
pub(super) fn assert_close(found: f32, want: f64, label: &str) {
    if !want.is_finite() {
        let same = f64::from(found) == want || found.is_nan() && want.is_nan();
        assert!(same, "{label}: {found}, not {want}");
        return;
    }
    let tolerance = 1e-5 * want.abs().max(1.0);
    assert!(
        (f64::from(found) - want).abs() <= tolerance,
        "{label}: {found}, not {want}"
    );
}
