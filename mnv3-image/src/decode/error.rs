//! Why a file gives no picture.

use super::limits::{FILE_BYTES, PIXELS};
use ::image::ImageFormat;
use std::io;

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
