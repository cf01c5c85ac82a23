//! A spec's recipe, carried out.

use super::ImageError;
use super::size::{centre, covering};
use ::image::DynamicImage;
use mnv3_resize::Resize;
use mnv3_runtime::ndarray::Array3;
use std::borrow::Cow;

/// To the network's size.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Fit {
    /// Whatever becomes of the aspect ratio.
    Stretch,
    /// The aspect ratio kept, to cover so many rows and columns; of which the centre is taken.
    Crop([usize; 2]),
}

#[doc(hidden)]
pub use mnv3_resize::Filter;

/// What a spec says of preprocessing, for `C` channels; written by generated code.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Recipe<const C: usize> {
    /// To the network's size.
    pub fit: Fit,
    /// Of the resize.
    pub filter: Filter,
    /// Taken from values of 0 to 1.
    pub mean: [f64; C],
    /// What then divides them.
    pub std: [f64; C],
}

impl Recipe<3> {
    /// Red, green, blue; transparency is ignored, as the libraries do.
    pub fn prepare(&self, image: &DynamicImage, size: [usize; 3]) -> Result<Array3<f32>, ImageError> {
        let bytes = match image.as_rgb8() {
            Some(pixels) => Cow::Borrowed(pixels.as_raw().as_slice()),
            None => Cow::Owned(image.to_rgb8().into_raw()),
        };
        self.tensor(image, &bytes, size)
    }
}

impl Recipe<1> {
    /// Luma.
    pub fn prepare(&self, image: &DynamicImage, size: [usize; 3]) -> Result<Array3<f32>, ImageError> {
        let bytes = match image.as_luma8() {
            Some(pixels) => Cow::Borrowed(pixels.as_raw().as_slice()),
            None if image.color().has_color() => Cow::Owned(image.to_rgb8().pixels().map(|p| luma(p.0)).collect()),
            None => Cow::Owned(image.to_luma8().into_raw()),
        };
        self.tensor(image, &bytes, size)
    }
}

/// ITU-R BT.601 in 16 bits of fraction, as in Pillow's mode L.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b);
    ((sum + 0x8000) >> 16) as u8
}

impl<const C: usize> Recipe<C> {
    /// `bytes` are the pixels of `image`, and perhaps more.
    fn tensor(&self, image: &DynamicImage, bytes: &[u8], [h, w, _]: [usize; 3]) -> Result<Array3<f32>, ImageError> {
        let (width, height) = (image.width(), image.height());
        if height == 0 || width == 0 {
            return Err(ImageError::Empty { width, height });
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
        let table = self.table();
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

    /// What each byte becomes in each channel: in single precision and in the order of PyTorch's transforms, so that the
    /// last bit is theirs.
    fn table(&self) -> [[f32; 256]; C] {
        let mut table = [[0.0; 256]; C];
        for ((row, mean), std) in table.iter_mut().zip(self.mean).zip(self.std) {
            for (byte, value) in row.iter_mut().enumerate() {
                *value = (byte as f32 / 255.0 - mean as f32) / std as f32;
            }
        }
        table
    }
}
