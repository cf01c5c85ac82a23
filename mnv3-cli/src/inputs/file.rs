//! The picture that a file is, or those that are in it.

use super::archive;
use super::error::InputError;
use super::picture_input::{PictureInput, PictureInputs, one};
use crate::source;
use std::path::Path;

/// The picture that a file is, or those that are in it.
pub(super) fn of_file(path: &Path) -> PictureInputs {
    if archive::is_one(path) {
        archive::pictures(path)
    } else if archive::is_compressed(path) {
        one(PictureInput::none(source::display(path), InputError::Compressed))
    } else {
        one(PictureInput::file(path))
    }
}
