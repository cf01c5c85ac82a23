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
    } else if is_parquet(path) {
        one(PictureInput::none(source::display(path), InputError::Parquet))
    } else {
        one(PictureInput::file(path))
    }
}

/// Whether it is a table of another program.
pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}
