//! Pictures before they are read.

use super::error::InputError;
use crate::source;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pictures, one after the other.
pub(crate) type PictureInputs = Box<dyn Iterator<Item = PictureInput> + Send>;

/// One picture, or why there is none.
#[derive(Debug)]
pub(crate) struct PictureInput {
    /// As it is told apart from others: a path, in an archive behind that of the archive.
    pub(crate) name: String,
    pub(super) place: PicturePlace,
}

impl PictureInput {
    pub(super) fn file(path: &Path) -> Self {
        Self {
            name: source::display(path),
            place: PicturePlace::File(path.to_owned()),
        }
    }

    pub(super) fn none(name: String, reason: InputError) -> Self {
        Self {
            name,
            place: PicturePlace::Nowhere(reason),
        }
    }
}

#[derive(Debug)]
pub(super) enum PicturePlace {
    /// A file, or standard input.
    File(PathBuf),
    /// A part of a file.
    Part {
        file: Arc<Path>,
        start: u64,
        length: u64,
    },
    Nowhere(InputError),
}

pub(super) fn one(input: PictureInput) -> PictureInputs {
    Box::new(iter::once(input))
}

/// The pictures of something, or what to say if it has none.
pub(super) fn or(mut pictures: PictureInputs, none: PictureInput) -> PictureInputs {
    let first = pictures.next().unwrap_or(none);
    Box::new(iter::once(first).chain(pictures))
}
