//! A feature map.

use crate::places;
use mnv3_spec::Shape;

/// Numbers of height x width x channels, in that order; a vector is a map of one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Height, width, channels.
    pub shape: Shape,
    /// Pixel after pixel, row after row.
    pub values: Vec<f64>,
}

impl Map {
    /// # Panics
    /// There are more numbers, or fewer.
    pub(super) fn new(shape: Shape, values: Vec<f64>) -> Self {
        assert_eq!(
            values.len(),
            shape.h * shape.w * shape.c,
            "numbers of a map of {shape:?}"
        );
        Self { shape, values }
    }

    /// The number that a function gives for each row, column and channel.
    pub(super) fn from_fn(shape: Shape, value: impl Fn(usize, usize, usize) -> f64) -> Self {
        let places = places([shape.h, shape.w, shape.c]);
        Self::new(shape, places.map(|(y, x, c)| value(y, x, c)).collect())
    }

    /// The number at a row, column and channel.
    ///
    /// # Panics
    /// It is outside.
    #[must_use]
    pub fn at(&self, y: usize, x: usize, c: usize) -> f64 {
        let Shape { h, w, c: channels } = self.shape;
        assert!(y < h && x < w && c < channels, "({y}, {x}, {c}) of {:?}", self.shape);
        self.values[(y * w + x) * channels + c]
    }

    /// The same of a map that zeros surround.
    pub(super) fn at_or_zero(&self, y: Option<usize>, x: Option<usize>, c: usize) -> f64 {
        match (y, x) {
            (Some(y), Some(x)) if y < self.shape.h && x < self.shape.w => self.at(y, x, c),
            _ => 0.0,
        }
    }
}
