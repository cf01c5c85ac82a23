//! What is made of a picture and its mask.

use crate::{Alpha, Mask};
use image::{Rgb, RgbImage, Rgba, RgbaImage};

/// A picture and what is laid on it are of different sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture is {} x {}, the mask {} x {}: make it for this picture", picture[0], picture[1], mask[0], mask[1])]
pub struct SizeError {
    /// Rows and columns of the picture.
    pub picture: [usize; 2],
    /// Rows and columns of the other.
    pub mask: [usize; 2],
}

fn fits(picture: &RgbImage, mask: [usize; 2]) -> Result<(), SizeError> {
    let picture = [picture.height() as usize, picture.width() as usize];
    if picture == mask {
        Ok(())
    } else {
        Err(SizeError { picture, mask })
    }
}

/// The picture with `alpha` as its transparency.
///
/// # Errors
/// They are of different sizes.
pub fn cut_out(picture: &RgbImage, alpha: &Alpha) -> Result<RgbaImage, SizeError> {
    fits(picture, alpha.size())?;
    let mut cut = RgbaImage::new(picture.width(), picture.height());
    for ((to, Rgb([r, g, b])), alpha) in cut.pixels_mut().zip(picture.pixels()).zip(alpha.values()) {
        *to = Rgba([*r, *g, *b, *alpha]);
    }
    Ok(cut)
}

/// The picture where `alpha` is 255, the background where it is 0, and a mixture of both between.
///
/// # Errors
/// They are of different sizes.
pub fn over(picture: &RgbImage, alpha: &Alpha, background: &RgbImage) -> Result<RgbImage, SizeError> {
    fits(picture, alpha.size())?;
    fits(background, alpha.size())?;
    let mut mixed = background.clone();
    for ((to, from), alpha) in mixed.pixels_mut().zip(picture.pixels()).zip(alpha.values()) {
        let alpha = u16::from(*alpha);
        for (to, from) in to.0.iter_mut().zip(from.0) {
            let sum = u16::from(from) * alpha + u16::from(*to) * (255 - alpha) + 127;
            *to = (sum / 255) as u8;
        }
    }
    Ok(mixed)
}

/// The picture, out of focus by `sigma` pixels, to be a background.
#[must_use]
pub fn blurred(picture: &RgbImage, sigma: f32) -> RgbImage {
    image::imageops::fast_blur(picture, sigma)
}

/// The picture, `opacity` (0 to 1) of each pixel replaced by the colour of its class; pixels of classes without a colour stay as they are.
///
/// # Errors
/// They are of different sizes.
pub fn blend(
    picture: &RgbImage,
    mask: &Mask,
    colour: impl Fn(u16) -> Option<[u8; 3]>,
    opacity: f32,
) -> Result<RgbImage, SizeError> {
    fits(picture, mask.size())?;
    let mut blended = picture.clone();
    for (pixel, class) in blended.pixels_mut().zip(mask.classes()) {
        if let Some(colour) = colour(*class) {
            for (value, colour) in pixel.0.iter_mut().zip(colour) {
                *value = (f32::from(*value) * (1.0 - opacity) + f32::from(colour) * opacity).round() as u8;
            }
        }
    }
    Ok(blended)
}
