//! Maps of bytes in memory of floats.

use super::dot::Pixel;

/// The pixels of a map in floats.
pub(crate) fn pixels(floats: &[f32]) -> &[Pixel] {
    bytemuck::cast_slice::<f32, u8>(floats).as_chunks().0
}

/// The same, to be written.
pub(super) fn pixels_mut(floats: &mut [f32]) -> &mut [Pixel] {
    bytemuck::cast_slice_mut::<f32, u8>(floats).as_chunks_mut().0
}
