//! From the bytes of an image file to pixels, within bounds.

mod decoded;
mod error;
mod jpeg;
mod limits;
mod stranger;

use super::on_white;
use crate::recipe::Recipe;
use ::image::{self, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
pub use decoded::DecodedPicture;
pub use error::DecodeError;
use limits::{DECODED_BYTES, FILE_BYTES, PIXELS};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use stranger::stranger;

/// Bytes that are kept for the next picture: a photo of 20 megapixels.
const SPARE_BYTES: usize = 64 << 20;

/// The picture of a file as a person sees it: see [`decode`].
///
/// # Errors
/// There is no such file, it has more than 512 MiB, or its bytes are no picture.
pub fn open(path: impl AsRef<Path>) -> Result<DynamicImage, DecodeError> {
    decode(&read(path)?)
}

/// The bytes of a file that may be a picture.
///
/// # Errors
/// There is no such file, or it has more than 512 MiB.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(DecodeError::Long);
    }
    Ok(bytes)
}

/// The picture in the bytes of a file as a person sees it: turned as EXIF says, transparent parts on white, of an animation
/// the first frame. Its format is told by its first bytes; which formats are read is said by the features of the crate `image`.
///
/// ```
/// let refused = mnv3_image::decode(b"%PDF-1.7").unwrap_err();
/// assert_eq!(refused.to_string(), "this is not an image but a PDF document");
/// ```
///
/// # Errors
/// The bytes are no picture, one that is broken or cut off, or one of more than 10^8 pixels or 1 GiB: looked at before any memory
/// is asked for. Networks have an opinion of half a picture too, so that what is missing is never made up.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage, DecodeError> {
    Ok(PictureDecoder::exact().decode(bytes)?.picture)
}

/// How the pixels of a picture are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decoding {
    /// All of them, as the library does whose numbers a network has.
    #[default]
    Exact,
    /// Of large photos a half, a quarter or an eighth of each axis: still more than the network looks at.
    Scaled,
}

/// Makes pictures of the bytes of files, one after the other, in memory that is used again.
///
/// By [`scaled`](Self::scaled), a large baseline JPEG is decoded at 1/8, 1/4 or 1/2 of its size: the smallest that divides its rows and
/// columns, and has at least twice the pixels of each axis that it is resized to, as averages of those that they stand for. Whatever else it is,
/// and whatever is wrong with it, is as by [`exact`](Self::exact).
#[derive(Debug, Default)]
pub struct PictureDecoder<'r> {
    /// For which recipe and input pictures may be smaller than they are.
    target: Option<(Recipe<'r>, [usize; 3])>,
    spare: Vec<u8>,
}

impl<'r> PictureDecoder<'r> {
    /// Decodes all pixels.
    #[must_use]
    pub fn exact() -> Self {
        Self::default()
    }

    /// Decodes as few pixels as are enough for a network's input of height x width x channels.
    #[must_use]
    pub fn scaled(recipe: Recipe<'r>, input: [usize; 3]) -> Self {
        Self {
            target: Some((recipe, input)),
            ..Self::default()
        }
    }

    /// The picture in the bytes of a file: see [`decode`].
    ///
    /// # Errors
    /// Those of [`decode`].
    pub fn decode(&mut self, bytes: &[u8]) -> Result<DecodedPicture, DecodeError> {
        let smaller = self.target.as_ref();
        let smaller = smaller.and_then(|(recipe, input)| jpeg::scaled(bytes, recipe, *input, PIXELS));
        if let Some((picture, size)) = smaller {
            return Ok(DecodedPicture { picture, size });
        }
        let picture = self.whole(bytes)?;
        let size = [picture.height() as usize, picture.width() as usize];
        Ok(DecodedPicture { picture, size })
    }

    /// Takes the memory of a picture that nobody needs any more, for the next.
    pub fn recycle(&mut self, picture: DecodedPicture) {
        if let DynamicImage::ImageRgb8(pixels) = picture.picture
            && pixels.as_raw().capacity() <= SPARE_BYTES
        {
            self.spare = pixels.into_raw();
        }
    }

    fn whole(&mut self, bytes: &[u8]) -> Result<DynamicImage, DecodeError> {
        if bytes.is_empty() {
            return Err(DecodeError::Empty);
        }
        let Ok(format) = image::guess_format(bytes) else {
            return Err(stranger(bytes));
        };
        if format == ImageFormat::Jpeg
            && let Some(picture) = jpeg::exact(bytes, &mut self.spare, PIXELS)
        {
            return Ok(picture);
        }
        if !format.reading_enabled() {
            return Err(DecodeError::Format(name(format)));
        }
        let broken = |error: image::ImageError| match error {
            image::ImageError::Limits(limit) => DecodeError::Memory(limit.to_string()),
            other => DecodeError::Broken {
                format: name(format),
                reason: reason(&other),
            },
        };
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(DECODED_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(broken)?;
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(DecodeError::NoPixels { width, height });
        }
        if u64::from(width) * u64::from(height) > PIXELS || decoder.total_bytes() > DECODED_BYTES {
            return Err(DecodeError::Large { width, height });
        }
        if format == ImageFormat::Jpeg && !jpeg::has_end(bytes) {
            return Err(DecodeError::Truncated);
        }
        // Metadata that cannot be read is no reason to refuse good pixels.
        let orientation = decoder
            .orientation()
            .unwrap_or(image::metadata::Orientation::NoTransforms);
        let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
        picture.apply_orientation(orientation);
        Ok(on_white(picture).into())
    }
}

/// What a decoder complains about: its message repeats the format at each level, the innermost says it all.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn name(format: ImageFormat) -> String {
    format!("{format:?}").to_uppercase()
}
