//! A spec's recipe, carried out.

use super::ImageError;
use super::size::{centre, covering};
use ::image::DynamicImage;
use mnv3_resize::{Filter, Resize};
use mnv3_runtime::ndarray::Array3;
use std::borrow::Cow;

/// To the network's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Whatever becomes of the aspect ratio.
    Stretch,
    /// The aspect ratio kept, to cover so many rows and columns; of which the centre is taken.
    Crop([usize; 2]),
}

/// What a spec says of preprocessing.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// To the network's size.
    pub fit: Fit,
    /// Of the resize.
    pub filter: Filter,
    /// Taken from values of 0 to 1, for each channel.
    pub mean: &'a [f64],
    /// What then divides them, for each channel.
    pub std: &'a [f64],
}

impl Recipe<'_> {
    /// A picture as input of `size`, height x width x channels: red, green and blue, or luma (ITU-R BT.601) for one channel.
    /// Transparency is ignored, as the libraries do.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized, or the network does not take pictures.
    pub fn prepare(&self, image: &DynamicImage, size: [usize; 3]) -> Result<Array3<f32>, ImageError> {
        match size[2] {
            1 => self.tensor::<1>(image, &luma(image), size),
            _ => self.tensor::<3>(image, &colours(image), size),
        }
    }

    /// `bytes` are the pixels of `image`, and perhaps more.
    fn tensor<const C: usize>(
        &self,
        image: &DynamicImage,
        bytes: &[u8],
        [h, w, channels]: [usize; 3],
    ) -> Result<Array3<f32>, ImageError> {
        let (width, height) = (image.width(), image.height());
        if height == 0 || width == 0 {
            return Err(ImageError::Empty { width, height });
        }
        let foreign = |numbers| ImageError::Channels { channels, numbers };
        let [mean, std] =
            [self.mean, self.std].map(|numbers| <&[f64; C]>::try_from(numbers).map_err(|_| foreign(numbers.len())));
        let (mean, std) = (mean?, std?);
        if channels != C {
            return Err(foreign(C));
        }
        let to = match self.fit {
            Fit::Stretch => [h as u64, w as u64],
            Fit::Crop(cover) => covering([height, width], cover),
        };
        let from = [height as usize, width as usize];
        let resize = Resize {
            from,
            to,
            start: [centre(to[0], h), centre(to[1], w)],
            size: [h, w],
            channels: C,
            filter: self.filter,
        };
        let mut window = vec![0; h * w * C];
        // What cannot be counted is not there either: then the resizer says so.
        let length = from[0].saturating_mul(from[1]).saturating_mul(C);
        let bytes = bytes.get(..length).unwrap_or(bytes);
        resize
            .run(bytes, &mut window)
            .map_err(|error| ImageError::Resize(Box::new(error)))?;
        let table = table(mean, std);
        let mut input = Array3::zeros([h, w, C]);
        // An array that was just made is contiguous.
        let values = input.as_slice_mut().unwrap_or_default();
        for (values, bytes) in values.as_chunks_mut::<C>().0.iter_mut().zip(window.as_chunks::<C>().0) {
            for c in 0..C {
                values[c] = table[c][usize::from(bytes[c])];
            }
        }
        Ok(input)
    }
}

/// Red, green, blue.
fn colours(image: &DynamicImage) -> Cow<'_, [u8]> {
    match image.as_rgb8() {
        Some(pixels) => Cow::Borrowed(pixels.as_raw().as_slice()),
        None => Cow::Owned(image.to_rgb8().into_raw()),
    }
}

/// As in Pillow's mode L.
fn luma(image: &DynamicImage) -> Cow<'_, [u8]> {
    match image.as_luma8() {
        Some(pixels) => Cow::Borrowed(pixels.as_raw().as_slice()),
        None if image.color().has_color() => Cow::Owned(image.to_rgb8().pixels().map(|p| bt601(p.0)).collect()),
        None => Cow::Owned(image.to_luma8().into_raw()),
    }
}

/// ITU-R BT.601 in 16 bits of fraction.
fn bt601([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b);
    ((sum + 0x8000) >> 16) as u8
}

/// What each byte becomes in each channel: in single precision and in the order of PyTorch's transforms, so that the
/// last bit is theirs.
fn table<const C: usize>(mean: &[f64; C], std: &[f64; C]) -> [[f32; 256]; C] {
    let mut table = [[0.0; 256]; C];
    for ((row, mean), std) in table.iter_mut().zip(mean).zip(std) {
        for (byte, value) in row.iter_mut().enumerate() {
            *value = (byte as f32 / 255.0 - *mean as f32) / *std as f32;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::image::{Luma, Rgb, RgbImage};

    const RECIPE: Recipe<'_> = Recipe {
        fit: Fit::Stretch,
        filter: Filter::Bilinear,
        mean: &[0.5],
        std: &[0.25],
    };

    #[test]
    fn a_network_that_takes_no_pictures_or_another_count_of_channels_is_an_error() {
        let picture = DynamicImage::new_rgb8(4, 4);
        for channels in [0, 2, 3, 4] {
            let refused = RECIPE.prepare(&picture, [2, 2, channels]).unwrap_err();
            assert!(matches!(refused, ImageError::Channels { .. }), "{channels}: {refused}");
        }
        let four = Recipe {
            mean: &[0.5; 3],
            std: &[0.25; 3],
            ..RECIPE
        };
        let refused = four.prepare(&picture, [2, 2, 4]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the network takes 4 channels, and the recipe has 3: a picture has 3 (red, green, blue) or 1 (luma)"
        );
    }

    #[test]
    fn luma_of_grey_written_in_colours_is_the_grey() {
        let grey = DynamicImage::ImageLuma8(::image::GrayImage::from_fn(16, 16, |x, y| Luma([(16 * y + x) as u8])));
        let colours: DynamicImage = RgbImage::from_fn(16, 16, |x, y| Rgb([(16 * y + x) as u8; 3])).into();
        let [grey, colours] = [grey, colours].map(|picture| RECIPE.prepare(&picture, [16, 16, 1]).unwrap());
        assert_eq!(grey, colours);
        assert_eq!([grey[[0, 0, 0]], grey[[15, 15, 0]]], [-2.0, 2.0]);
    }
}
