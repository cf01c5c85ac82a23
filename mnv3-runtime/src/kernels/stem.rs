//! The first convolution: the patches of a row are gathered, then it is a pointwise row.

use super::pointwise::{self, Out};
use crate::layer::{Dense, LANES, Window, padded};
use fearless_simd::Simd;

/// `image` is `[h][w][channels]` with nothing between; `scratch` holds a row of patches.
#[expect(clippy::too_many_arguments, reason = "a convolution has this many sizes")]
pub(super) fn run<S: Simd>(
    simd: S,
    dense: &Dense<'_>,
    window: &Window,
    input: [usize; 2],
    channels: usize,
    [oh, ow]: [usize; 2],
    image: &[f32],
    map: &mut [f32],
    scratch: &mut [f32],
) {
    let patches = &mut scratch[..ow * padded(dense.input)];
    // Lanes beyond the reduction are never read, but a stale NaN there would be poor manners.
    patches.fill(0.0);
    for (y, row) in map.chunks_exact_mut(ow * padded(dense.output)).take(oh).enumerate() {
        gather(window, input, channels, y, image, patches, ow);
        pointwise::row(
            simd,
            dense,
            0..dense.output.div_ceil(LANES),
            ow,
            patches,
            Out { row, width: ow, x: 0 },
            None,
        );
    }
}

/// The patches under row `y` as `[ceil(kh * kw * channels / 16)][ow][16]`, in the order ky, kx, channel.
fn gather(
    window: &Window,
    [h, w]: [usize; 2],
    channels: usize,
    y: usize,
    image: &[f32],
    patches: &mut [f32],
    ow: usize,
) {
    let Window {
        kernel: [kh, kw],
        stride,
        dilation,
        pad_h,
        pad_w,
    } = *window;
    let patches = patches.as_chunks_mut::<LANES>().0;
    for ky in 0..kh {
        let row = (y * stride[0] + ky * dilation[0])
            .checked_sub(pad_h[0])
            .filter(|&row| row < h);
        let row = row.map(|row| &image[row * w * channels..][..w * channels]);
        for kx in 0..kw {
            for x in 0..ow {
                let column = (x * stride[1] + kx * dilation[1])
                    .checked_sub(pad_w[0])
                    .filter(|&column| column < w);
                let pixel = row
                    .zip(column)
                    .map(|(row, column)| &row[column * channels..][..channels]);
                for c in 0..channels {
                    let i = (ky * kw + kx) * channels + c;
                    patches[i / LANES * ow + x][i % LANES] = pixel.map_or(0.0, |pixel| pixel[c]);
                }
            }
        }
    }
}
