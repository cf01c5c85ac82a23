//! From the bytes of an image file to pixels, within bounds.

use super::on_white;
use ::image::{self, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// Bytes of an image file: a page of 10^8 uncompressed pixels fits.
const FILE_BYTES: u64 = 512 << 20;
/// Pixels of an image.
const PIXELS: u64 = 100_000_000;
/// Bytes that decoding may take.
const DECODED_BYTES: u64 = 1 << 30;

/// Why a file gives no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is longer than any picture that is decoded.
    #[error("the file has more than {} MiB", FILE_BYTES >> 20)]
    Long,
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// It is a file of another kind.
    #[error("this is not an image but {0}")]
    Foreign(&'static str),
    /// It is an image of a format that is not read: that no decoder is known for, or whose feature of the crate `image` is off.
    #[error("this is an image in {0} format, which is not read here")]
    Format(String),
    /// The decoder refuses it.
    #[error("the file starts like {format}, but it is broken: {reason}")]
    Broken {
        /// What its first bytes say.
        format: String,
        /// The decoder's words.
        reason: String,
    },
    /// Bytes are missing at its end, and the decoder would make them up.
    #[error("the file starts like JPEG, but its end is missing")]
    Truncated,
    /// It has no pixels.
    #[error("the image has no pixels ({width} x {height})")]
    NoPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// It has more than 10^8 pixels, or they take more than 1 GiB.
    #[error("the image is too large: {width} x {height} pixels")]
    Large {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Decoding would take more than 1 GiB.
    #[error("the image is too large to decode: {0}")]
    Memory(String),
}

impl DecodeError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Read(_) => "check its path and its permissions".to_owned(),
            Self::Long => "name a smaller file".to_owned(),
            Self::Empty => "write the image again".to_owned(),
            Self::Foreign(_) | Self::Format(_) => format!("convert it to {}", formats()),
            Self::Broken { .. } | Self::Truncated => {
                "copy or write the image again; another program may still open it".to_owned()
            }
            Self::Large { .. } => {
                format!("scale it down: {PIXELS} pixels are the most, and networks look at far fewer")
            }
            Self::Memory(_) => "scale it down: networks look at far fewer pixels".to_owned(),
            Self::NoPixels { .. } => "give another image".to_owned(),
        }
    }
}

/// The formats that are read, as a list of words: those whose features of the crate `image` are on.
fn formats() -> String {
    let known = [
        (ImageFormat::Png, "PNG"),
        (ImageFormat::Jpeg, "JPEG"),
        (ImageFormat::WebP, "WebP"),
        (ImageFormat::Tiff, "TIFF"),
        (ImageFormat::Bmp, "BMP"),
        (ImageFormat::Gif, "GIF"),
        (ImageFormat::Pnm, "PNM"),
    ];
    let read = known.iter().filter(|(format, _)| format.reading_enabled());
    let read: Vec<&str> = read.map(|(_, name)| *name).collect();
    match read.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "a format whose feature of the crate `image` is on".to_owned(),
    }
}

/// The picture of a file as a person sees it: see [`decode`].
///
/// # Errors
/// There is no such file, it has more than 512 MiB, or its bytes are no picture.
pub fn open(path: impl AsRef<Path>) -> Result<DynamicImage, DecodeError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(DecodeError::Long);
    }
    decode(&bytes)
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
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let Ok(format) = image::guess_format(bytes) else {
        return Err(stranger(bytes));
    };
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
    if format == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
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

/// Files that people take for images, by their first bytes.
fn stranger(bytes: &[u8]) -> DecodeError {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let format = |name: &str| DecodeError::Format(name.to_owned());
    match bytes {
        _ if at(0, b"%PDF") => DecodeError::Foreign("a PDF document"),
        _ if at(0, b"PK\x03\x04") => DecodeError::Foreign("a zip archive or an office document"),
        _ if at(0, b"<svg") || at(0, b"<?xml") => DecodeError::Foreign("XML, perhaps an SVG drawing"),
        _ if at(4, b"ftyphei") || at(4, b"ftypmif1") => format("HEIF"),
        _ if at(0, b"\xff\x0a") || at(0, b"\0\0\0\x0cJXL ") => format("JPEG XL"),
        _ if at(0, b"\0\0\0\x0cjP  ") => format("JPEG 2000"),
        _ if std::str::from_utf8(bytes).is_ok() => DecodeError::Foreign("text"),
        _ => DecodeError::Foreign("something else"),
    }
}

/// Whether the end-of-image marker follows the first scan. The decoder fills what is missing with grey, of which a
/// network would have its own opinion. Thumbnails inside metadata end with the same marker, so that segments are
/// stepped over by their lengths.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xff, marker, tail @ ..] = rest {
        match (*marker, tail) {
            (0xff, _) => rest = &rest[1..],
            (0xda, scan) => return scan.windows(2).any(|pair| pair == [0xff, 0xd9]),
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = tail.get(length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    // Odd bytes between segments: let the decoder judge.
    !rest.is_empty()
}
