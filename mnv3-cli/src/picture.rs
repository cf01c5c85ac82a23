//! What can be wrong with one picture of the command line.

use crate::source::{self, ReadError};
use image::DynamicImage;
use mnv3_image::DecodeError;
use mnv3_models::text_direction::LineError;
use std::path::Path;

/// Bytes of an image file: a page of 10^8 uncompressed pixels fits.
const FILE_BYTES: u64 = 512 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    #[error(transparent)]
    Line(#[from] LineError),
    #[error(transparent)]
    Unprepared(#[from] mnv3_image::ImageError),
}

impl PictureError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Unreadable(unreadable) => unreadable.help(),
            Self::Undecodable(undecodable) => undecodable.help(),
            Self::Line(LineError::Long(_)) => "cut it into lines, or the line into parts".to_owned(),
            Self::Line(_) | Self::Unprepared(_) => "give another image".to_owned(),
        }
    }
}

/// The image as a person sees it, of a file or of standard input.
pub(crate) fn read(path: &Path) -> Result<DynamicImage, PictureError> {
    Ok(mnv3_image::decode(&source::bytes(path, FILE_BYTES)?)?)
}
