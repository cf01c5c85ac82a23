//! From the bytes of an image file to pixels, within bounds.

use crate::source::{self, Unreadable};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use mnv3_image::on_white;
use mnv3_models::text_direction::LineError;
use std::io::Cursor;
use std::path::Path;

/// Bytes of an image file: a page of 10^8 uncompressed pixels fits.
const FILE_BYTES: u64 = 512 << 20;
/// Pixels of an image.
const PIXELS: u64 = 100_000_000;
/// Bytes that decoding may take.
const DECODED_BYTES: u64 = 1 << 30;

/// Why a file gives no image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the file is empty")]
    Empty,
    #[error("this is not an image but {0}")]
    Foreign(&'static str),
    #[error("this is an image in {0} format, which is not read here")]
    Format(String),
    #[error("the file starts like {format}, but it is broken: {reason}")]
    Broken { format: String, reason: String },
    #[error("the file starts like JPEG, but its end is missing")]
    Truncated,
    #[error("the image has no pixels ({width} x {height})")]
    NoPixels { width: u32, height: u32 },
    #[error("the image is too large: {width} x {height} pixels")]
    Large { width: u32, height: u32 },
    #[error("the image is too large to decode: {0}")]
    Memory(String),
    #[error(transparent)]
    Line(#[from] LineError),
    #[error(transparent)]
    Unprepared(#[from] mnv3_image::ImageError),
}

/// What is read, for messages and for the help.
pub(crate) const FORMATS: &str = "PNG, JPEG, WebP, TIFF, BMP, GIF or PNM";

impl PictureError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Unreadable(unreadable) => unreadable.help(),
            Self::Empty => "write the image again".to_owned(),
            Self::Foreign(_) | Self::Format(_) => format!("convert it to {FORMATS}"),
            Self::Broken { .. } | Self::Truncated => {
                "copy or write the image again; another program may still open it".to_owned()
            }
            Self::Large { .. } => {
                format!("scale it down: {PIXELS} pixels are the most, and networks look at far fewer")
            }
            Self::Memory(_) => "scale it down: networks look at far fewer pixels".to_owned(),
            Self::Line(LineError::Long(_)) => "cut it into lines, or the line into parts".to_owned(),
            Self::NoPixels { .. } | Self::Line(_) | Self::Unprepared(_) => "give another image".to_owned(),
        }
    }
}

/// The image as a person sees it: turned as EXIF says, transparent parts on white.
pub(crate) fn read(path: &Path) -> Result<DynamicImage, PictureError> {
    decode(&source::bytes(path, FILE_BYTES)?)
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    let Ok(format) = image::guess_format(bytes) else {
        return Err(stranger(bytes));
    };
    if !format.reading_enabled() {
        return Err(PictureError::Format(name(format)));
    }
    let broken = |error: image::ImageError| match error {
        image::ImageError::Limits(limit) => PictureError::Memory(limit.to_string()),
        other => PictureError::Broken {
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
        return Err(PictureError::NoPixels { width, height });
    }
    if u64::from(width) * u64::from(height) > PIXELS || decoder.total_bytes() > DECODED_BYTES {
        return Err(PictureError::Large { width, height });
    }
    if format == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
        return Err(PictureError::Truncated);
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
fn stranger(bytes: &[u8]) -> PictureError {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let format = |name: &str| PictureError::Format(name.to_owned());
    match bytes {
        _ if at(0, b"%PDF") => PictureError::Foreign("a PDF document"),
        _ if at(0, b"PK\x03\x04") => PictureError::Foreign("a zip archive or an office document"),
        _ if at(0, b"<svg") || at(0, b"<?xml") => PictureError::Foreign("XML, perhaps an SVG drawing"),
        _ if at(4, b"ftyphei") || at(4, b"ftypmif1") => format("HEIF"),
        _ if at(0, b"\xff\x0a") || at(0, b"\0\0\0\x0cJXL ") => format("JPEG XL"),
        _ if at(0, b"\0\0\0\x0cjP  ") => format("JPEG 2000"),
        _ if std::str::from_utf8(bytes).is_ok() => PictureError::Foreign("text"),
        _ => PictureError::Foreign("something else"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// Numbers that look random, the same in every run (splitmix64).
    struct Noise(u64);

    impl Noise {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
        }
    }

    #[test]
    fn damaged_files_of_every_format_are_errors_or_images_and_never_panic() {
        let picture = RgbImage::from_fn(24, 16, |x, y| Rgb([(x * 9) as u8, (y * 15) as u8, (x * y) as u8]));
        let formats = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
            ImageFormat::Gif,
            ImageFormat::Pnm,
        ];
        for format in formats {
            let mut whole = Cursor::new(Vec::new());
            picture.write_to(&mut whole, format).unwrap();
            let whole = whole.into_inner();
            assert!(decode(&whole).is_ok(), "{format:?}");
            let mut noise = Noise(format as u64);
            for _ in 0..100 {
                let mut damaged = whole.clone();
                for _ in 0..=noise.below(4) {
                    // Most of what decides something stands at the front.
                    let reach = if noise.below(2) == 0 {
                        64.min(whole.len())
                    } else {
                        whole.len()
                    };
                    damaged[noise.below(reach)] = noise.below(256) as u8;
                }
                if noise.below(3) == 0 {
                    damaged.truncate(noise.below(whole.len()));
                }
                let _ = decode(&damaged);
            }
        }
    }
}
