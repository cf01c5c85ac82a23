//! Channels to pixels: a map of four times the channels becomes one of twice the height and width.

use super::split;
use crate::cpu::Cpu;
use mnv3_ir::{LANES, groups};

/// What lies where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PixelShuffle {
    /// Rows and columns of the input.
    pub(crate) input: [usize; 2],
    /// Channels of the output: a quarter of those of the input.
    pub(crate) channels: usize,
}

/// `input` map to `output` map. Channel `4 c + 2 y + x` of a pixel becomes channel `c` of the pixel at row `y`, column `x` of the four
/// that it becomes, as PyTorch's `PixelShuffle(2)` has it.
pub(super) fn run(cpu: Cpu<'_>, shuffle: &PixelShuffle, input: &[f32], output: &mut [f32]) {
    let PixelShuffle {
        input: [h, w],
        channels,
    } = *shuffle;
    let (from, to) = (groups(4 * channels), groups(channels));
    let input = input.as_chunks::<LANES>().0;
    let row = to * 2 * w * LANES;
    split::rows(cpu, 2 * h, row, output, &mut [], &|ys, output, _| {
        for (y, output) in ys.zip(output.chunks_exact_mut(row)) {
            let source = &input[y / 2 * from * w..][..from * w];
            for (i, pixel) in output.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let (group, x) = (i / (2 * w), i % (2 * w));
                for (lane, value) in pixel.iter_mut().enumerate() {
                    let channel = group * LANES + lane;
                    *value = if channel < channels {
                        let channel = 4 * channel + 2 * (y % 2) + x % 2;
                        source[channel / LANES * w + x / 2][channel % LANES]
                    } else {
                        0.0
                    };
                }
            }
        }
    });
}
