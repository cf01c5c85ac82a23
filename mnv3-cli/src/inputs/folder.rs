//! The pictures of a folder and of those in it.

use super::archive;
use super::error::InputError;
use super::file::of_file;
use super::picture_input::{PictureInput, PictureInputs, one, or};
use crate::source;
use mnv3_image::is_picture_name;
use std::io;
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// By their names, folder after folder. Links are followed; what starts with a dot is left out.
pub(super) fn pictures(folder: &Path) -> PictureInputs {
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let shown = entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    let found = shown.flat_map(|entry| match entry {
        Ok(entry) if !entry.file_type().is_file() => Box::new(std::iter::empty()),
        Ok(entry) if is_picture_name(entry.path()) || archive::is_one(entry.path()) => of_file(entry.path()),
        Ok(_) => Box::new(std::iter::empty()),
        Err(error) => {
            let name = error.path().map_or_else(String::new, source::display);
            let reason = io::Error::from(error);
            one(PictureInput::none(name, InputError::Folder(reason)))
        }
    });
    let none = PictureInput::none(source::display(folder), InputError::EmptyFolder);
    or(Box::new(found), none)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}
