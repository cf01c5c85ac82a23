//! What can be wrong with one picture of the command line.

use crate::inputs::InputError;
use crate::source::{self, ReadError};
use image::DynamicImage;
use mnv3_image::DecodeError;
use mnv3_models::text_direction::LineError;
use mnv3_stream::ThreadFailure;
use std::path::Path;

/// Bytes of an image file: a page of 10^8 uncompressed pixels fits.
pub(crate) const FILE_BYTES: u64 = 512 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error(transparent)]
    Unnamed(#[from] InputError),
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    #[error(transparent)]
    Line(#[from] LineError),
    #[error(transparent)]
    Unprepared(#[from] mnv3_image::ImageError),
    #[error(transparent)]
    Failed(#[from] ThreadFailure),
}

impl PictureError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Unreadable(unreadable) => unreadable.help(),
            Self::Unnamed(unnamed) => unnamed.help(),
            Self::Undecodable(undecodable) => undecodable.help(),
            Self::Line(LineError::Long(_)) => "cut it into lines, or the line into parts".to_owned(),
            Self::Line(_) | Self::Unprepared(_) => "give another image".to_owned(),
            Self::Failed(ThreadFailure::Panicked(_)) => {
                "this is a fault of mnv3 or of a decoder: report it with the image".to_owned()
            }
            Self::Failed(_) => "end other programs, or ask for fewer jobs".to_owned(),
        }
    }
}

/// The image as a person sees it, of a file or of standard input.
pub(crate) fn read(path: &Path) -> Result<DynamicImage, PictureError> {
    Ok(mnv3_image::decode(&source::bytes(path, FILE_BYTES)?)?)
}
