//! Feature maps and vectors with their sizes in the type.

use crate::observer::{MapNumbers, MapView};
use mnv3_ir::Shape;
use ndarray::Array3;
use std::fmt;

/// A feature map of `H` rows, `W` columns and `C` channels in a buffer of the workspace.
#[derive(Clone, Copy)]
pub struct Map<'a, const H: usize, const W: usize, const C: usize>(pub(super) &'a [f32]);

impl<'a, const H: usize, const W: usize, const C: usize> Map<'a, H, W, C> {
    pub(super) const SHAPE: Shape = Shape { h: H, w: W, c: C };
    pub(super) const FLOATS: usize = Self::SHAPE.floats();

    /// The map as `H x W x C`, copied.
    #[must_use]
    pub fn to_array(&self) -> Array3<f32> {
        self.view().to_array()
    }

    /// The value at row `y`, column `x`, channel `c`, or `None` outside the map.
    #[must_use]
    pub fn get(&self, y: usize, x: usize, c: usize) -> Option<f32> {
        self.view().get(y, x, c)
    }

    /// The same without its sizes in the type.
    #[must_use]
    pub fn view(&self) -> MapView<'a> {
        MapView {
            shape: [H, W, C],
            numbers: MapNumbers::F32(self.0),
        }
    }
}

impl<const H: usize, const W: usize, const C: usize> fmt::Debug for Map<'_, H, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Map {{ {H} x {W} x {C} }}")
    }
}

/// An image of `H` rows, `W` columns and `C` channels, packed in that order.
#[derive(Clone, Copy)]
pub struct Image<'a, const H: usize, const W: usize, const C: usize>(pub(super) &'a [f32]);

impl<'a, const H: usize, const W: usize, const C: usize> Image<'a, H, W, C> {
    /// All numbers of an image.
    #[must_use]
    pub fn new<const FLOATS: usize>(floats: &'a [f32; FLOATS]) -> Self {
        const { assert!(FLOATS == H * W * C, "image: the array has another length") };
        Self(floats)
    }
}

impl<const H: usize, const W: usize, const C: usize> fmt::Debug for Image<'_, H, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image {{ {H} x {W} x {C} }}")
    }
}

/// A vector of `C` channels.
#[derive(Clone, Copy)]
pub struct Vector<'a, const C: usize>(pub(super) &'a [f32]);

impl<const C: usize> fmt::Debug for Vector<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vector {{ {C} }}")
    }
}
