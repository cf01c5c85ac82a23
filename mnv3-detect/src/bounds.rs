//! Boxes along the axes of an image.

use crate::anchors::Anchor;
use mnv3_ir::{Placement, exp};

/// A box along the axes, in pixels: from its top left corner to its bottom right one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

/// The largest power of e that an anchor's height or width is multiplied with: 1000 / 16, as torchvision and Detectron cut it.
const MOST_GROWTH: f32 = 4.135_166_6;

impl Bounds {
    /// Left, top, right, bottom: the order of torchvision, and of most.
    #[must_use]
    pub const fn corners(&self) -> [f32; 4] {
        [self.left, self.top, self.right, self.bottom]
    }

    /// Pixels that it covers.
    #[must_use]
    pub fn area(&self) -> f32 {
        (self.right - self.left) * (self.bottom - self.top)
    }

    /// The area that both cover over the area that either does, from 0 to 1. Of two boxes without area it is NaN, which no
    /// threshold is below.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        let across = (self.right.min(other.right) - self.left.max(other.left)).max(0.0);
        let down = (self.bottom.min(other.bottom) - self.top.max(other.top)).max(0.0);
        let both = across * down;
        both / (self.area() + other.area() - both)
    }

    /// What offsets make of an anchor: `[across, down, width, height]` of the head, each divided by its weight. The centre moves by
    /// the first two times the anchor's size, which grows by e to the power of the others, at most 62.5 times.
    #[must_use]
    pub fn decode(anchor: &Anchor, offsets: &[f32; 4], weights: &[f32; 4]) -> Self {
        let [dx, dy, dw, dh] = [0, 1, 2, 3].map(|i| offsets[i] / weights[i]);
        let [cy, cx] = anchor.centre;
        let [h, w] = anchor.size;
        let (x, y) = (dx * w + cx, dy * h + cy);
        // Not `min`: NaN stays NaN, and its box is dropped.
        let grown = |d: f32, size: f32| exp(if d > MOST_GROWTH { MOST_GROWTH } else { d }) * size;
        let (width, height) = (0.5 * grown(dw, w), 0.5 * grown(dh, h));
        Self {
            left: x - width,
            top: y - height,
            right: x + width,
            bottom: y + height,
        }
    }

    /// The part of it that lies in an image.
    pub(crate) fn clipped(self, [height, width]: [usize; 2]) -> Self {
        let (height, width) = (height as f32, width as f32);
        Self {
            left: self.left.clamp(0.0, width),
            top: self.top.clamp(0.0, height),
            right: self.right.clamp(0.0, width),
            bottom: self.bottom.clamp(0.0, height),
        }
    }

    /// What of it lies on a picture in the input, in pixels of that picture, which has `size` rows and columns.
    pub(crate) fn in_picture(self, placement: Placement, size: [usize; 2]) -> Self {
        let on = |edge: f32, axis: usize| {
            let (start, shown) = (placement.start[axis] as f32, placement.size[axis] as f32);
            (edge.clamp(start, start + shown) - start) * (size[axis] as f32 / shown)
        };
        Self {
            left: on(self.left, 1),
            top: on(self.top, 0),
            right: on(self.right, 1),
            bottom: on(self.bottom, 0),
        }
    }

    /// Whether all of it are numbers.
    pub(crate) fn is_number(&self) -> bool {
        self.corners().iter().all(|edge| edge.is_finite())
    }
}
