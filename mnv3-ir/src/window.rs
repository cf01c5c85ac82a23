//! What slides over a map.

use crate::{Shape, padded};

/// Kernel, stride, dilation and zero padding of a convolution; pairs are `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Kernel size.
    pub kernel: [usize; 2],
    /// Stride.
    pub stride: [usize; 2],
    /// Dilation.
    pub dilation: [usize; 2],
    /// Zero rows above and below.
    pub pad_h: [usize; 2],
    /// Zero columns left and right.
    pub pad_w: [usize; 2],
}

impl Window {
    /// Weights for one input channel.
    #[must_use]
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Rows and columns from the first to the last tap.
    #[must_use]
    pub const fn reach(&self) -> [usize; 2] {
        [
            self.dilation[0] * (self.kernel[0] - 1) + 1,
            self.dilation[1] * (self.kernel[1] - 1) + 1,
        ]
    }

    /// Rows and columns of the output, for an input of so many; `None` where the kernel reaches beyond the padded input.
    #[must_use]
    pub const fn output(&self, [h, w]: [usize; 2]) -> Option<[usize; 2]> {
        let [down, across] = self.reach();
        let (h, w) = (h + self.pad_h[0] + self.pad_h[1], w + self.pad_w[0] + self.pad_w[1]);
        if h < down || w < across {
            return None;
        }
        Some([(h - down) / self.stride[0] + 1, (w - across) / self.stride[1] + 1])
    }
}

/// Floats of scratch of a stem: one output row of gathered patches, `[columns][padded(kh * kw * channels)]`.
#[must_use]
pub const fn stem_scratch(columns: usize, window: &Window, channels: usize) -> usize {
    columns * padded(window.taps() * channels)
}

/// Floats of scratch of a depthwise convolution by itself, over a map of this shape: the rows that its kernel reaches over, with padding.
#[must_use]
pub const fn depthwise_scratch(input: Shape, window: &Window) -> usize {
    window.reach()[0] * (input.w + window.pad_w[0] + window.pad_w[1]) * padded(input.c)
}

/// Columns of a picture of which a mask is made at a time: rows of them, a plane of each class, stay in the first cache.
pub const MASK_STRIP: usize = 64;

/// Floats of scratch on the way from logits to a mask of a picture: two rows of a strip of it, and of logits that are enlarged on the way a
/// row and the two that it lies between.
#[must_use]
pub const fn mask_scratch(logits: Shape) -> usize {
    (2 * MASK_STRIP + 3 * logits.w) * padded(logits.c)
}

/// Floats of scratch of a bilinear resize to a map of this shape: two rows of the input at its width.
#[must_use]
pub const fn resize_scratch(output: Shape) -> usize {
    2 * output.w * padded(output.c)
}
