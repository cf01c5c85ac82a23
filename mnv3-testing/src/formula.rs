//! Weights and images from a formula, the same numbers as `tests/fixtures/formula.py` to the last bit.
//!
//! A number is `centre + spread * u` in f64, rounded to f32, where u is uniform in [-1, 1): the top 24 bits of splitmix64 at
//! position `index` of the stream that the FNV-1a hash of the tensor's name starts. So fixtures store only outputs.

use crate::safetensors_file::file;
use safetensors::SafeTensorError;

pub(crate) const BIAS_SPREAD: f64 = 0.3;
pub(crate) const GAMMA_SPREAD: f64 = 0.2;
pub(crate) const VARIANCE_SPREAD: f64 = 0.5;
const IMAGE_SPREAD: f64 = 2.0;

/// A safetensors file (F32) with formula weights for every name and shape, in PyTorch's or Keras' style.
///
/// `gain` is the network's own, as its fixture has it.
pub fn weights<'t, N: ToString>(
    tensors: impl IntoIterator<Item = (N, &'t [usize])>,
    gain: f64,
) -> Result<Vec<u8>, SafeTensorError> {
    file(tensors.into_iter().map(|(name, shape)| {
        let name = name.to_string();
        let numbers = tensor(&name, shape, gain);
        (name, shape, numbers)
    }))
}

/// The values of one tensor in C order. A closing `:0` of the name is ignored.
pub fn tensor(name: &str, shape: &[usize], gain: f64) -> Vec<f32> {
    let name = name.strip_suffix(":0").unwrap_or(name);
    let (centre, spread) = match (shape.len(), name.rsplit(['.', '/']).next()) {
        (2.., _) => (0.0, (gain / fan_in(name, shape) as f64).sqrt()),
        (_, Some("gamma" | "weight")) => (1.0, GAMMA_SPREAD),
        (_, Some("moving_variance" | "running_var" | "_variance")) => (1.0, VARIANCE_SPREAD),
        _ => (0.0, BIAS_SPREAD),
    };
    numbers(name, shape.iter().product(), centre, spread)
}

/// Numbers of the stream of a name: `centre` and up to `spread` more or less.
pub(crate) fn numbers(name: &str, count: usize, centre: f64, spread: f64) -> Vec<f32> {
    let uniform = Uniform::new(name);
    let number = |index| (centre + spread * uniform.at(index)) as f32;
    (0..count).map(number).collect()
}

/// Numbers in [-1, 1) of the stream of a name.
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> + use<> {
    let uniform = Uniform::new(name);
    (0..count).map(move |index| uniform.at(index))
}

/// An image in [-2, 2), rows of pixels of channels: the network's input, after any scaling.
pub fn image(height: usize, width: usize, channels: usize) -> Vec<f32> {
    let uniform = Uniform::new("image");
    (0..height * width * channels)
        .map(|index| (IMAGE_SPREAD * uniform.at(index)) as f32)
        .collect()
}

/// Products that one output of a kernel sums up: OIHW and OI in PyTorch, HWIO, IO and depthwise HWC1 in Keras.
fn fan_in(name: &str, shape: &[usize]) -> usize {
    match shape {
        [_, rest @ ..] if !name.contains('/') => rest.iter().product(),
        [h, w, _, 1] => h * w,
        [rest @ .., _] => rest.iter().product(),
        [] => 1,
    }
}

/// Numbers in [-1, 1), multiples of 2^-23.
struct Uniform {
    seed: u64,
}

impl Uniform {
    fn new(name: &str) -> Self {
        let step = |value: u64, byte: u8| (value ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self {
            seed: name.bytes().fold(0xcbf2_9ce4_8422_2325, step),
        }
    }

    fn at(&self, index: usize) -> f64 {
        let mut z = self
            .seed
            .wrapping_add((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f64 / f64::from(1 << 23) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::{image, tensor, weights};

    // Printed by `python formula.py`.
    #[test]
    fn numbers_are_those_of_the_python_module() {
        let ends = |values: &[f32]| [values[0], values[1], values[values.len() - 1]].map(f32::to_bits);
        assert_eq!(
            ends(&tensor("features.0.0.weight", &[16, 3, 3, 3], 4.75)),
            [0x3e9f0f7b, 0xbe686a7d, 0x3d0ec1d0]
        );
        assert_eq!(
            ends(&tensor("features.1.block.0.0.weight", &[16, 1, 3, 3], 4.75)),
            [0x3eab4086, 0x3e84ff19, 0x3ef3f420]
        );
        assert_eq!(
            ends(&tensor("classifier.0.weight", &[1280, 960], 4.75)),
            [0x3d29fa22, 0x3ce516ad, 0x3ce4223d]
        );
        assert_eq!(
            ends(&tensor("features.0.1.weight", &[16], 4.75)),
            [0x3f8beab4, 0x3f8d64a5, 0x3f92a1b4]
        );
        assert_eq!(
            ends(&tensor("features.0.1.bias", &[16], 4.75)),
            [0xbe95c33a, 0x3df7e1f8, 0xbe145b12]
        );
        assert_eq!(
            ends(&tensor("features.0.1.running_mean", &[16], 4.75)),
            [0xbe7de480, 0xbb6ea400, 0xbcbe8cfa]
        );
        assert_eq!(
            ends(&tensor("features.0.1.running_var", &[16], 4.75)),
            [0x3f38d736, 0x3f5f18ed, 0x3f38a14d]
        );
        assert_eq!(
            ends(&tensor("conv.bn._variance", &[16], 4.75)),
            [0x3fa43edf, 0x3fbaf31b, 0x3f464004]
        );
        assert_eq!(
            ends(&tensor("conv2d_1/kernel:0", &[1, 1, 16, 64], 4.75)),
            [0xbed680af, 0xbed5404e, 0xbeb64a4c]
        );
        assert_eq!(
            ends(&tensor("depthwise_conv2d/depthwise_kernel:0", &[5, 5, 72, 1], 4.75)),
            [0x3e289378, 0x3e13c5b3, 0x3e7b3c90]
        );
        assert_eq!(
            ends(&tensor("dense/kernel:0", &[72, 36], 4.75)),
            [0x3e3eceea, 0x3dcd0be1, 0x3dccf0d4]
        );
        assert_eq!(
            ends(&tensor("batch_normalization/gamma:0", &[16], 4.75)),
            [0x3f53b482, 0x3f91116c, 0x3f8e4eaa]
        );
        assert_eq!(
            ends(&tensor("batch_normalization/moving_variance:0", &[16], 4.75)),
            [0x3f7e2ae6, 0x3f44dd2f, 0x3fa1d4b6]
        );
        assert_eq!(ends(&image(48, 192, 3)), [0x3f445e3c, 0x3fe591d2, 0xbfbca34e]);
    }

    #[test]
    fn a_closing_colon_zero_changes_nothing() {
        assert_eq!(
            tensor("conv2d_1/kernel:0", &[1, 1, 16, 8], 4.0),
            tensor("conv2d_1/kernel", &[1, 1, 16, 8], 4.0)
        );
    }

    #[test]
    fn the_file_holds_each_tensor_under_its_name() {
        let wanted: [(&str, &[usize]); 2] = [("b.weight", &[3, 2]), ("a.bias", &[3])];
        let file = weights(wanted, 4.0).unwrap();
        let read = safetensors::SafeTensors::deserialize(&file).unwrap();
        for (name, shape) in wanted {
            let view = read.tensor(name).unwrap();
            assert_eq!(view.shape(), shape);
            let values: Vec<f32> = view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect();
            assert_eq!(values, tensor(name, shape, 4.0));
        }
    }
}
