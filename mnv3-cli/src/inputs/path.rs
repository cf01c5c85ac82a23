//! The pictures that a path leads to.

use super::file::of_file;
use super::folder;
use super::picture_input::{PictureInput, PictureInputs, one};
use std::fs;
use std::path::Path;

/// Those of a folder or of a file. Where nothing is, the picture that cannot be read.
pub(super) fn of_path(path: &Path) -> PictureInputs {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => folder::pictures(path),
        Ok(_) => of_file(path),
        Err(_) => one(PictureInput::file(path)),
    }
}
