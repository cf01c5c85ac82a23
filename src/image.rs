//! From a picture to a network's input, and from scores to named classes (feature `image`).
//!
//! A network whose spec or dialect says how images are prepared, and that takes three channels (RGB) or one (luma),
//! gets two functions more: `preprocess`, which gives the tensor that the library's own evaluation transform gives, and
//! with a head `classify`.
//!
//! Formats are the application's choice: it depends on the crate `image` with those that it reads.
//!
//! ```no_run
//! mnv3::mobilenet!("mnv3:large");
//!
//! fn ask(network: &MobileNetV3Large, photo: &mnv3::image::DynamicImage) -> Result<(), mnv3::image::ImageError> {
//!     for class in network.classify(photo, 5)? {
//!         println!("{:5.1} %  {}", 100.0 * class.probability, class.label.unwrap_or("?"));
//!     }
//!     Ok(())
//! }
//! ```

pub use ::image::DynamicImage;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use mnv3_runtime::layers;
use mnv3_runtime::ndarray::{Array1, Array3};
use std::borrow::Cow;

/// Why an image cannot become a network's input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// It has no pixels.
    #[error("the image has no pixels ({width} x {height})")]
    Empty {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Squeezing its long edge into the network's input would take memory without bound.
    #[error(
        "an image of {width} x {height} pixels is too long to be resized to {} x {}: cut out the part that matters",
        to[1], to[0]
    )]
    Elongated {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Rows and columns of the network's input.
        to: [usize; 2],
    },
    /// The resizer refuses it.
    #[error("the image cannot be resized")]
    Resize(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One answer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its place among the scores, from 0.
    pub index: usize,
    /// From 0 to 1; those of all classes add up to 1.
    pub probability: f32,
    /// With the feature `labels`, ImageNet's name for the class where the network has as many classes as ImageNet-1k
    /// (1000) or ImageNet-21k-P (11,221). A network with that many classes of its own has names of its own.
    pub label: Option<&'static str>,
}

/// To the network's size.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Fit {
    /// Whatever becomes of the aspect ratio.
    Stretch,
    /// The aspect ratio kept, to cover so many rows and columns; of which the centre is taken.
    Crop([usize; 2]),
}

/// The filter of a resize. The last two widen where an image shrinks.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Filter {
    /// The pixel under the centre.
    Nearest,
    /// Triangle.
    Bilinear,
    /// Cubic with a = -0.5.
    Bicubic,
}

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
        self.tensor(image, &bytes, PixelType::U8x3, size)
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
        self.tensor(image, &bytes, PixelType::U8, size)
    }
}

/// ITU-R BT.601 in 16 bits of fraction, as in Pillow's mode L.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b);
    ((sum + 0x8000) >> 16) as u8
}

impl<const C: usize> Recipe<C> {
    /// `bytes` are the pixels of `image`, of the given kind.
    fn tensor(
        &self,
        image: &DynamicImage,
        bytes: &[u8],
        kind: PixelType,
        [h, w, _]: [usize; 3],
    ) -> Result<Array3<f32>, ImageError> {
        let from = [image.height(), image.width()];
        let [rows, columns] = self.seen(from, [h, w])?;
        let source = ImageRef::new(from[1], from[0], bytes, kind).map_err(refused)?;
        // A spec's input has at most 4096 rows and columns.
        let mut resized = Image::new(w as u32, h as u32, kind);
        let options = ResizeOptions::new()
            .resize_alg(match self.filter {
                Filter::Nearest => ResizeAlg::Nearest,
                Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
                Filter::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            })
            .crop(columns.start, rows.start, columns.length, rows.length);
        Resizer::new()
            .resize(&source, &mut resized, &options)
            .map_err(refused)?;
        let bytes = resized.buffer();
        let table = self.table();
        Ok(Array3::from_shape_fn([h, w, C], |(y, x, c)| {
            table[c][usize::from(bytes[(y * w + x) * C + c])]
        }))
    }

    /// What each byte becomes in each channel.
    fn table(&self) -> [[f32; 256]; C] {
        let mut table = [[0.0; 256]; C];
        for ((row, mean), std) in table.iter_mut().zip(self.mean).zip(self.std) {
            for (byte, value) in row.iter_mut().enumerate() {
                *value = ((byte as f64 / 255.0 - mean) / std) as f32;
            }
        }
        table
    }

    /// The rows and columns of the image that the network sees. Only these are resized: where the library resizes all
    /// and crops then, the result is the same, and the long edge of a narrow image is never enlarged.
    fn seen(&self, from: [u32; 2], to: [usize; 2]) -> Result<[Span; 2], ImageError> {
        let [height, width] = from;
        if height == 0 || width == 0 {
            return Err(ImageError::Empty { width, height });
        }
        let spans = match self.fit {
            Fit::Stretch => from.map(|n| Span {
                start: 0.0,
                length: f64::from(n),
            }),
            Fit::Crop(cover) => {
                let resized = covering(from, cover);
                [0, 1].map(|axis| Span::centre(from[axis], resized[axis], to[axis] as u64))
            }
        };
        // The resizer goes through the rows first: they become as wide as the input, and are kept.
        let longest = |span: &Span| span.length > MOST_PIXELS_OF_AN_EDGE;
        if spans.iter().any(longest) || spans[0].length * to[1] as f64 > MOST_PIXELS_BETWEEN {
            return Err(ImageError::Elongated { width, height, to });
        }
        Ok(spans)
    }
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> ImageError {
    ImageError::Resize(Box::new(error))
}

/// The weights of a resize are as many as these, some times over.
const MOST_PIXELS_OF_AN_EDGE: f64 = (1 << 22) as f64;
/// Pixels between the two passes of a resize.
const MOST_PIXELS_BETWEEN: f64 = (1 << 26) as f64;

/// A part of an edge, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    start: f64,
    length: f64,
}

impl Span {
    /// What becomes the middle `to` pixels when an edge of `from` is resized to `resized`.
    fn centre(from: u32, resized: u64, to: u64) -> Self {
        let from = f64::from(from);
        let scale = from / resized as f64;
        let start = half_to_even(resized.saturating_sub(to)) as f64 * scale;
        Self {
            start,
            length: (to as f64 * scale).min(from - start),
        }
    }
}

/// The size of an image that just covers a box, its aspect ratio kept: one edge is the box's, the other is cut to whole
/// pixels, not rounded.
fn covering(from: [u32; 2], cover: [usize; 2]) -> [u64; 2] {
    let [h, w] = from.map(u64::from);
    let [rows, columns] = cover.map(|n| n as u64);
    if rows * w >= columns * h {
        [rows, rows * w / h]
    } else {
        [columns * h / w, columns]
    }
}

/// Half of `n`, a half rounded to the even neighbour, as Python does.
fn half_to_even(n: u64) -> u64 {
    let half = n / 2;
    if n % 2 == 1 && half % 2 == 1 { half + 1 } else { half }
}

/// The `k` best of `N` scores, the best first, of equal ones the first; for generated code.
#[doc(hidden)]
#[must_use]
pub fn top<const N: usize>(scores: &Array1<f32>, softmax: bool, k: usize) -> Vec<Class> {
    let mut probabilities = [0.0; N];
    probabilities.iter_mut().zip(scores).for_each(|(to, from)| *to = *from);
    if !softmax {
        layers::softmax(&mut probabilities);
    }
    let mut order: Vec<usize> = (0..N).collect();
    // Stable: equal ones keep their order.
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    order.truncate(k);
    let class = |index: usize| Class {
        index,
        probability: probabilities[index],
        label: label(N, index),
    };
    order.into_iter().map(class).collect()
}

#[cfg(feature = "labels")]
fn label(classes: usize, index: usize) -> Option<&'static str> {
    match classes {
        1000 => crate::labels::imagenet_1k(index),
        11_221 => crate::labels::imagenet_21k(index),
        _ => None,
    }
}

#[cfg(not(feature = "labels"))]
fn label(_: usize, _: usize) -> Option<&'static str> {
    None
}
