//! A spec's recipe, carried out.

use super::line::{scaled, starts};
use super::sampled::Sampled;
use super::size::{centre, covering};
use super::{Filter, ImageError};
use ::image::DynamicImage;
use mnv3_resize::Resize;
use mnv3_runtime::ndarray::Array3;
use std::borrow::Cow;

/// To the network's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Whatever becomes of the aspect ratio.
    Stretch,
    /// The aspect ratio kept, to cover so many rows and columns; of which the centre is taken.
    Crop([usize; 2]),
    /// To the network's rows, the aspect ratio kept, as for lines of text. A narrow picture is filled up on the right with
    /// zeros; a wide one is seen through at most so many windows, evenly spaced from its first to its last column.
    Line(usize),
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

/// What is resized of a picture: a window of what it becomes.
pub(crate) struct PictureWindow {
    /// Rows and columns that the whole picture becomes.
    pub(crate) to: [u64; 2],
    /// First row and column of the window.
    pub(crate) start: [u64; 2],
    /// Rows and columns of the window, at most those of the input.
    pub(crate) size: [usize; 2],
}

impl Recipe<'_> {
    /// A picture as input of `size`, height x width x channels: red, green and blue, or luma (ITU-R BT.601) for one channel.
    /// Transparency is ignored, as the libraries do. Of a line that is longer than a window, the first window.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized, or the network does not take pictures.
    pub fn prepare(&self, image: &DynamicImage, size: [usize; 3]) -> Result<Array3<f32>, ImageError> {
        let mut input = Array3::zeros(size);
        // An array that was just made is contiguous.
        self.prepare_into(image, size, input.as_slice_mut().unwrap_or_default())?;
        Ok(input)
    }

    /// The same into `input`, packed in that order: all of it is written.
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare).
    pub fn prepare_into(&self, image: &DynamicImage, size: [usize; 3], input: &mut [f32]) -> Result<(), ImageError> {
        let mut room = Some(input);
        self.each_window(image, size, |write| room.take().map(write).transpose().map(|_| ()))
    }

    /// The same for all windows of a line, from left to right. At least one; with another [`Fit`], only one.
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare).
    pub fn windows(&self, image: &DynamicImage, size: [usize; 3]) -> Result<Vec<Array3<f32>>, ImageError> {
        let mut inputs = Vec::new();
        self.each_window(image, size, |write| {
            let mut input = Array3::zeros(size);
            write(input.as_slice_mut().unwrap_or_default())?;
            inputs.push(input);
            Ok(())
        })?;
        Ok(inputs)
    }

    /// Calls `place` for each window, with what writes it.
    fn each_window(
        &self,
        image: &DynamicImage,
        size: [usize; 3],
        place: impl FnMut(&mut dyn FnMut(&mut [f32]) -> Result<(), ImageError>) -> Result<(), ImageError>,
    ) -> Result<(), ImageError> {
        match size[2] {
            1 => self.write::<1>(image, &luma(image), size, place),
            _ => self.write::<3>(image, &colours(image), size, place),
        }
    }

    /// `bytes` are the pixels of `image`, and perhaps more.
    fn write<const C: usize>(
        &self,
        image: &DynamicImage,
        bytes: &[u8],
        [h, w, channels]: [usize; 3],
        mut place: impl FnMut(&mut dyn FnMut(&mut [f32]) -> Result<(), ImageError>) -> Result<(), ImageError>,
    ) -> Result<(), ImageError> {
        let (width, height) = (image.width(), image.height());
        if height == 0 || width == 0 {
            return Err(ImageError::Empty { width, height });
        }
        let foreign = |numbers| ImageError::Channels { channels, numbers };
        let [mean, std] =
            [self.mean, self.std].map(|numbers| <&[f64; C]>::try_from(numbers).map_err(|_| foreign(numbers.len())));
        let table = table(mean?, std?);
        if channels != C {
            return Err(foreign(C));
        }
        let from = [height as usize, width as usize];
        // What cannot be counted is not there either: then the resizer says so.
        let length = from[0].saturating_mul(from[1]).saturating_mul(C);
        let bytes = bytes.get(..length).unwrap_or(bytes);
        let windows = self.fit.windows([height, width], [h, w]);
        for window in windows {
            place(&mut |input| {
                input.fill(0.0);
                let Some(filter) = self.filter.of_bytes() else {
                    Sampled { from, window: &window }.write(bytes, &table, input, w);
                    return Ok(());
                };
                let shown = resized::<C>(filter, bytes, from, &window)?;
                let rows = shown.chunks_exact(window.size[1] * C);
                for (row, shown) in input.chunks_exact_mut(w * C).zip(rows) {
                    for (values, bytes) in row.as_chunks_mut::<C>().0.iter_mut().zip(shown.as_chunks::<C>().0) {
                        for c in 0..C {
                            values[c] = table[c][usize::from(bytes[c])];
                        }
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A window in bytes.
fn resized<const C: usize>(
    filter: mnv3_resize::Filter,
    bytes: &[u8],
    from: [usize; 2],
    &PictureWindow { to, start, size }: &PictureWindow,
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

impl Fit {
    /// Of a picture of so many rows and columns, for an input of `size`.
    fn windows(self, from: [u32; 2], size: [usize; 2]) -> Vec<PictureWindow> {
        let [h, w] = size;
        match self {
            Self::Stretch => vec![PictureWindow {
                to: [h as u64, w as u64],
                start: [0, 0],
                size,
            }],
            Self::Crop(cover) => {
                let to = covering(from, cover);
                let start = [centre(to[0], h), centre(to[1], w)];
                vec![PictureWindow { to, start, size }]
            }
            Self::Line(most) => {
                let columns = scaled(from, h);
                let shown = usize::try_from(columns).map_or(w, |columns| columns.min(w));
                let window = |start| PictureWindow {
                    to: [h as u64, columns],
                    start: [0, start],
                    size: [h, shown],
                };
                starts(columns, w, most).into_iter().map(window).collect()
            }
        }
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

    /// What `models/tests/scaled/make.py` made with Pillow, of the same samples: one is enlarged, the other shrunk.
    #[test]
    fn lines_are_scaled_to_the_bytes_of_pillow_and_filled_up_with_zeros() {
        let open = |path: &str| ::image::open(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let recipe = Recipe {
            fit: Fit::Line(usize::MAX),
            filter: Filter::Bilinear,
            mean: &[0.0; 3],
            std: &[1.0; 3],
        };
        for name in ["line-upright.png", "drawn-upside-down.png"] {
            let pillow = open(&format!("models/tests/scaled/{name}")).into_rgb8();
            let columns = pillow.width() as usize;
            let sample = open(&format!("tests/images/{name}"));
            for width in [64, columns - 1, columns, columns + 7] {
                let windows = recipe.windows(&sample, [48, width, 3]).unwrap();
                assert_eq!(windows.len(), columns.div_ceil(width));
                let starts = starts(columns as u64, width, usize::MAX);
                for (window, start) in windows.iter().zip(starts) {
                    for ((y, x, c), value) in window.indexed_iter() {
                        let want = pillow.get_pixel_checked(start as u32 + x as u32, y as u32);
                        let want = want.map_or(0.0, |pixel| f32::from(pixel.0[c]) / 255.0);
                        assert_eq!(*value, want, "{name} at {y}, {x}, {c} of the window from {start}");
                    }
                }
                assert_eq!(windows[0], recipe.prepare(&sample, [48, width, 3]).unwrap());
            }
        }
    }
}
