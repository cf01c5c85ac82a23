//! From the range of a channel to its scale and zero point.

use crate::scales::{ChannelScales, InputScales};

/// The least range of a channel, as a share of the widest of its value: what is narrower is as good as zero beside it, and
/// would only make the constants of its neighbours large.
const NARROWEST: f32 = 1.0 / 65536.0;

impl ChannelScales {
    /// Of the least and the largest number of each channel. Zero is always a number of the range: it is what lies beyond a
    /// map. A channel that is zero throughout is given the range of the widest.
    #[must_use]
    pub fn of_ranges(ranges: &[[f32; 2]]) -> Self {
        let with_zero: Vec<[f32; 2]> = ranges.iter().map(|[low, high]| [low.min(0.0), high.max(0.0)]).collect();
        let width = |[low, high]: &[f32; 2]| high - low;
        let widest = with_zero.iter().map(width).fold(0.0, f32::max);
        let least = (widest * NARROWEST).max(f32::MIN_POSITIVE * 256.0);
        let scale = |range: &[f32; 2]| match width(range) {
            0.0 if widest == 0.0 => 1.0,
            0.0 => widest / 255.0,
            width => width.max(least) / 255.0,
        };
        let scale: Vec<f32> = with_zero.iter().map(scale).collect();
        let zero_point =
            |([low, _], scale): (&[f32; 2], &f32)| (-low / scale).round_ties_even().clamp(0.0, 255.0) as u8;
        Self {
            zero_point: with_zero.iter().zip(&scale).map(zero_point).collect(),
            scale,
        }
    }
}

impl InputScales {
    /// Of pictures, whose bytes become input by `(byte / 255 - mean) / std`: each byte is its own quantised value, where zero
    /// is a byte (a mean from 0 to 1). Otherwise the range is widened to hold zero.
    #[must_use]
    pub fn of_pictures(mean: &[f64], std: &[f64]) -> Self {
        let channel = |(mean, std): (&f64, &f64)| {
            let [low, high] = [mean.min(0.0), mean.max(1.0)];
            (
                ((high - low) / (255.0 * std)) as f32,
                (255.0 * (mean - low) / (high - low)) as f32,
            )
        };
        let (scale, zero_point) = mean.iter().zip(std).map(channel).unzip();
        Self { scale, zero_point }
    }

    /// Of the least and the largest number of each channel.
    #[must_use]
    pub fn of_ranges(ranges: &[[f32; 2]]) -> Self {
        let ChannelScales { scale, zero_point } = ChannelScales::of_ranges(ranges);
        Self {
            scale,
            zero_point: zero_point.into_iter().map(f32::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_zero_and_fills_the_byte() {
        let scales = ChannelScales::of_ranges(&[[0.0, 5.1], [-1.0, 1.55], [-0.375, 0.135], [2.0, 5.1], [-5.1, -2.0]]);
        assert_eq!(scales.zero_point, [0, 100, 188, 0, 255]);
        for (scale, want) in scales.scale.iter().zip([0.02, 0.01, 0.002, 0.02, 0.02]) {
            assert!((scale / want - 1.0).abs() < 1e-6, "{scale}");
        }
    }

    #[test]
    fn a_channel_without_a_range_has_that_of_the_widest() {
        let scales = ChannelScales::of_ranges(&[[0.0, 0.0], [-5.1, 5.1], [0.0, 1e-30]]);
        assert_eq!(scales.scale, [0.04, 0.04, 10.2 / 65536.0 / 255.0]);
        assert_eq!(ChannelScales::of_ranges(&[[0.0, 0.0]]).scale, [1.0]);
        let tiny = ChannelScales::of_ranges(&[[0.0, f32::from_bits(1)]]).scale[0];
        assert!(tiny.is_normal(), "{tiny}");
    }

    #[test]
    fn bytes_of_pictures_are_their_own_quantised_values() {
        let mean = [0.485, 0.456, 0.406, 0.5, 0.0, 1.0];
        let std = [0.229, 0.224, 0.225, 0.5, 1.0, 8.0];
        let InputScales { scale, zero_point } = InputScales::of_pictures(&mean, &std);
        for c in 0..mean.len() {
            for byte in 0..=255u8 {
                // As pictures are prepared.
                let x = (f32::from(byte) / 255.0 - mean[c] as f32) / std[c] as f32;
                let t = x * (1.0 / f64::from(scale[c])) as f32 + zero_point[c];
                assert!((t - f32::from(byte)).abs() < 1e-3, "{byte} in channel {c}: {t}");
            }
        }
    }

    #[test]
    fn a_mean_beyond_all_bytes_widens_the_range() {
        let InputScales { scale, zero_point } = InputScales::of_pictures(&[-1.0, 2.0], &[1.0, 0.5]);
        // 1 to 2, and -4 to -2.
        assert_eq!(zero_point, [0.0, 255.0]);
        assert_eq!(scale, [2.0 / 255.0, 4.0 / 255.0]);
    }
}
