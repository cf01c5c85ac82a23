//! Pools over bytes.

use crate::kernels::Pixels;
use crate::requantise::byte;
use crate::scales::ChannelScales;
use mnv3_spec::{Pool, Shape};

/// Over windows: bytes of the same scales.
pub(crate) fn windows(
    input: Pixels<'_, u8>,
    pool: Pool,
    kernel: [usize; 2],
    stride: [usize; 2],
    output: Shape,
) -> Vec<u8> {
    let Shape { w, c, .. } = input.shape;
    let share = (1.0 / (kernel[0] * kernel[1]) as f64) as f32;
    let mut bytes = Vec::with_capacity(output.h * output.w * c);
    for oy in 0..output.h {
        for ox in 0..output.w {
            for channel in 0..c {
                let rows = (0..kernel[0]).map(|ky| oy * stride[0] + ky);
                let places = rows.flat_map(|y| (0..kernel[1]).map(move |kx| y * w + ox * stride[1] + kx));
                let values = places.map(|place| input.values[place * c + channel]);
                bytes.push(match pool {
                    Pool::Max => values.max().unwrap_or_default(),
                    Pool::Avg => byte(values.map(i32::from).sum::<i32>() as f32 * share),
                });
            }
        }
    }
    bytes
}

/// Over the whole map: real numbers.
pub(crate) fn global(input: Pixels<'_, u8>, pool: Pool, scales: &ChannelScales) -> Vec<f32> {
    let channels = input.shape.c;
    let pixels = input.values.len() / channels;
    let of_channel = |c: usize| input.values.iter().skip(c).step_by(channels);
    let one = |c: usize| {
        let (scale, zero) = (scales.scale[c], i32::from(scales.zero_point[c]));
        match pool {
            Pool::Avg => {
                let sum: i32 = of_channel(c).map(|q| i32::from(*q) - zero).sum();
                sum as f32 * (f64::from(scale) / pixels as f64) as f32
            }
            Pool::Max => {
                let most = of_channel(c).copied().max().unwrap_or_default();
                (i32::from(most) - zero) as f32 * scale
            }
        }
    };
    (0..channels).map(one).collect()
}
