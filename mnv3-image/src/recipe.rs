//! A spec's recipe, carried out.

use super::sampled::Sampled;
use super::{Filter, Fit, ImageError};
use crate::fit::PictureWindow;
use crate::picture_ref::PictureRef;
use ::image::DynamicImage;
use mnv3_resize::Resize;
use mnv3_runtime::ndarray::Array3;
use std::borrow::Cow;

/// Pixels for each that a picture is resized to, where it is decoded at a fraction of its size.
const ENOUGH: u64 = 2;

/// The order of colours in the network's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red, as OpenCV and Caffe have them.
    Bgr,
}

/// What a spec says of preprocessing.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// To the network's size.
    pub fit: Fit,
    /// Of the resize.
    pub filter: Filter,
    /// Of the network's channels, where there are three; with one, it says nothing.
    pub order: ChannelOrder,
    /// What stands beside a picture that does not fill the input, as values of 0 to 1 for each of the network's channels; `None` for what
    /// becomes 0, which is their mean.
    pub fill: Option<&'a [f64]>,
    /// Taken from values of 0 to 1, for each of the network's channels.
    pub mean: &'a [f64],
    /// What then divides them, for each of the network's channels.
    pub std: &'a [f64],
}

impl<'a> Recipe<'a> {
    /// Stretched, bilinear, numbers from 0 to 1 for red, green and blue.
    pub const PLAIN: Self = Self {
        fit: Fit::Stretch,
        filter: Filter::Bilinear,
        order: ChannelOrder::Rgb,
        fill: None,
        mean: &[0.0; 3],
        std: &[1.0; 3],
    };

    /// With its channels in another order.
    #[must_use]
    pub const fn ordered(self, order: ChannelOrder) -> Self {
        Self { order, ..self }
    }

    /// With pixels beside the picture.
    #[must_use]
    pub const fn filled(self, fill: &'a [f64]) -> Self {
        Self {
            fill: Some(fill),
            ..self
        }
    }
}

/// Is called with what writes an input.
type PlaceWindow<'p> =
    &'p mut dyn FnMut(&mut dyn FnMut(&mut [f32]) -> Result<(), ImageError>) -> Result<(), ImageError>;

impl Recipe<'_> {
    /// A picture as input of `size`, height x width x channels: three colours, or luma (ITU-R BT.601) for one channel.
    /// Transparency is ignored, as the libraries do. Of a line that is longer than a window, the first window.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized, or the network does not take pictures.
    pub fn prepare<'p>(&self, image: impl Into<PictureRef<'p>>, size: [usize; 3]) -> Result<Array3<f32>, ImageError> {
        let mut input = Array3::zeros(size);
        // An array that was just made is contiguous.
        self.prepare_into(image, size, input.as_slice_mut().unwrap_or_default())?;
        Ok(input)
    }

    /// The same into `input`, packed in that order: all of it is written.
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare).
    pub fn prepare_into<'p>(
        &self,
        image: impl Into<PictureRef<'p>>,
        size: [usize; 3],
        input: &mut [f32],
    ) -> Result<(), ImageError> {
        let mut room = Some(input);
        self.each_window(image.into(), size, &mut |write| {
            room.take().map(write).transpose().map(|_| ())
        })
    }

    /// The same for all windows of a line, from left to right. At least one; with another [`Fit`], only one.
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare).
    pub fn windows<'p>(
        &self,
        image: impl Into<PictureRef<'p>>,
        size: [usize; 3],
    ) -> Result<Vec<Array3<f32>>, ImageError> {
        let mut inputs = Vec::new();
        self.each_window(image.into(), size, &mut |write| {
            let mut input = Array3::zeros(size);
            write(input.as_slice_mut().unwrap_or_default())?;
            inputs.push(input);
            Ok(())
        })?;
        Ok(inputs)
    }

    /// Whether a picture of `whole` rows and columns may be decoded at `scaled` for an input of `size`: an average of its pixels does no
    /// harm then, since what is resized still has twice the pixels of each axis, and is averaged again.
    pub(crate) fn has_pixels_enough(&self, whole: [u32; 2], scaled: [u32; 2], [h, w, _]: [usize; 3]) -> bool {
        let averages = matches!(self.filter, Filter::Bilinear | Filter::Bicubic);
        let enough = |window: &PictureWindow| {
            let pairs = scaled.iter().zip(window.to);
            pairs
                .into_iter()
                .all(|(have, to)| u64::from(*have) >= ENOUGH.saturating_mul(to))
        };
        averages && self.fit.windows(whole, [h, w]).iter().all(enough)
    }

    /// Calls `place` for each window, with what writes it. Generic, it would be compiled with the crate that calls it, as fast or slow as that is.
    fn each_window(&self, image: PictureRef<'_>, size: [usize; 3], place: PlaceWindow<'_>) -> Result<(), ImageError> {
        match size[2] {
            1 => self.write::<1>(image, &luma(image.picture), size, place),
            _ => self.write::<3>(image, &colours(image.picture), size, place),
        }
    }

    /// `bytes` are the pixels of `image`, and perhaps more.
    fn write<const C: usize>(
        &self,
        image: PictureRef<'_>,
        bytes: &[u8],
        [h, w, channels]: [usize; 3],
        place: PlaceWindow<'_>,
    ) -> Result<(), ImageError> {
        let (width, height) = (image.picture.width(), image.picture.height());
        if height == 0 || width == 0 {
            return Err(ImageError::Empty { width, height });
        }
        let foreign = |numbers| ImageError::Channels { channels, numbers };
        let numbers = |list: &[f64]| <[f64; C]>::try_from(list).map_err(|_| foreign(list.len()));
        let (mut mean, mut std) = (numbers(self.mean)?, numbers(self.std)?);
        let mut fill = self.fill.map_or(Ok(mean), numbers)?;
        if channels != C {
            return Err(foreign(C));
        }
        // Pixels are red first until all of them are there.
        let reversed = self.order == ChannelOrder::Bgr && C > 1;
        if reversed {
            for list in [&mut mean, &mut std, &mut fill] {
                list.reverse();
            }
        }
        let table = table(&mean, &std);
        let beside: [f32; C] = std::array::from_fn(|c| (fill[c] as f32 - mean[c] as f32) / std[c] as f32);
        let from = [height as usize, width as usize];
        // What cannot be counted is not there either: then the resizer says so.
        let length = from[0].saturating_mul(from[1]).saturating_mul(C);
        let bytes = bytes.get(..length).unwrap_or(bytes);
        for window in self.fit.windows(image.whole, [h, w]) {
            place(&mut |input| {
                if window.size != [h, w] {
                    input.as_chunks_mut::<C>().0.fill(beside);
                }
                let first = (window.at[0] * w + window.at[1]) * C;
                let shown = input.get_mut(first..).unwrap_or_default();
                match self.filter.of_bytes() {
                    None => Sampled { from, window: &window }.write(bytes, &table, shown, w),
                    Some(filter) => {
                        let resized = resized::<C>(filter, bytes, from, &window)?;
                        write_rows(&resized, window.size[1], &table, shown, w);
                    }
                }
                if reversed {
                    input
                        .as_chunks_mut::<C>()
                        .0
                        .iter_mut()
                        .for_each(|pixel| pixel.reverse());
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Writes rows of so many `columns` as the table has their bytes, to the upper left of an input that is `w` wide.
fn write_rows<const C: usize>(bytes: &[u8], columns: usize, table: &[[f32; 256]; C], input: &mut [f32], w: usize) {
    let rows = bytes.chunks_exact(columns * C);
    for (row, shown) in input.chunks_mut(w * C).zip(rows) {
        for (values, bytes) in row.as_chunks_mut::<C>().0.iter_mut().zip(shown.as_chunks::<C>().0) {
            for c in 0..C {
                values[c] = table[c][usize::from(bytes[c])];
            }
        }
    }
}

/// A window in bytes.
fn resized<const C: usize>(
    filter: mnv3_resize::Filter,
    bytes: &[u8],
    from: [usize; 2],
    &PictureWindow { to, start, size, .. }: &PictureWindow,
) -> Result<Vec<u8>, ImageError> {
    let resize = Resize {
        from,
        to,
        start,
        size,
        channels: C,
        filter,
    };
    let mut window = vec![0; size[0] * size[1] * C];
    match resize.run(bytes, &mut window) {
        Ok(()) => Ok(window),
        Err(error) => Err(ImageError::Resize(Box::new(error))),
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
        order: ChannelOrder::Rgb,
        fill: None,
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

    /// What a level is called in a spec gives the very number that a pixel of that level has.
    #[test]
    fn a_fill_of_a_level_is_a_pixel_of_that_level() {
        for level in 0..=255_u8 {
            let fill = [f64::from(level) / 255.0];
            let recipe = Recipe {
                fit: Fit::Pad(mnv3_ir::Placing::UpperLeft),
                ..RECIPE.filled(&fill)
            };
            let picture = DynamicImage::ImageLuma8(::image::GrayImage::from_pixel(1, 2, Luma([level])));
            let input = recipe.prepare(&picture, [2, 2, 1]).unwrap();
            assert!(input.iter().all(|value| value == &input[[0, 0, 0]]), "{level}: {input}");
        }
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
