//! Patterns of names that no shell has replaced, such as those of more files than a command line holds.

use super::error::InputError;
use super::path::of_path;
use super::picture_input::{PictureInput, PictureInputs, one, or};
use crate::source;
use std::path::Path;

pub(super) fn is_one(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '[']))
}

/// By their names. Folders among them are looked into.
pub(super) fn pictures(pattern: &Path) -> PictureInputs {
    let name = source::display(pattern);
    // As shells do, and as folders are looked into.
    let options = glob::MatchOptions {
        require_literal_leading_dot: true,
        ..glob::MatchOptions::new()
    };
    let paths = match glob::glob_with(&name, options) {
        Ok(paths) => paths,
        Err(error) => return one(PictureInput::none(name, error.into())),
    };
    let found = paths.flat_map(|path| match path {
        Ok(path) => of_path(&path),
        Err(error) => {
            let name = source::display(error.path());
            one(PictureInput::none(name, InputError::Folder(error.into())))
        }
    });
    or(Box::new(found), PictureInput::none(name, InputError::NoMatch))
}
