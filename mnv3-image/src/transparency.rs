//! Pictures with transparent parts.

use ::image::{DynamicImage, Rgb, RgbImage};

/// The picture as it is seen on white, in 8 bits of red, green and blue.
#[must_use]
pub fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let over_white = |colour: u8, alpha: u16| {
        let sum = u16::from(colour) * alpha + 255 * (255 - alpha) + 127;
        u8::try_from(sum / 255).unwrap_or(u8::MAX)
    };
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0;
        Rgb([r, g, b].map(|colour| over_white(colour, u16::from(alpha))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_is_mixed_with_white() {
        let rgba = |pixel| DynamicImage::ImageRgba8(::image::RgbaImage::from_pixel(1, 1, ::image::Rgba(pixel)));
        let seen = |pixel| on_white(rgba(pixel)).get_pixel(0, 0).0;
        assert_eq!(seen([10, 20, 30, 255]), [10, 20, 30]);
        assert_eq!(seen([10, 20, 30, 0]), [255, 255, 255]);
        assert_eq!(seen([0, 255, 100, 51]), [204, 255, 224]);
    }
}
