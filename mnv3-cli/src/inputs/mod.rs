//! The pictures that a command line names: files, folders, patterns, archives, standard input.
//!
//! Names become pictures one after the other, while they are asked about: of a million files there are never more names in memory
//! than those of one folder, or of one archive.

mod archive;
mod error;
mod file;
mod folder;
mod path;
mod pattern;
mod picture_input;

use crate::picture::{FILE_BYTES, PictureError};
use crate::source::{self, ReadError};
pub(crate) use error::InputError;
pub(crate) use file::is_parquet;
use path::of_path;
pub(crate) use picture_input::{PictureInput, PictureInputs};
use picture_input::{PicturePlace, one};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The pictures of a command line, in its order; in folders by their names, in archives as they lie there.
pub(crate) fn inputs(arguments: &[PathBuf]) -> PictureInputs {
    let arguments = Vec::from(arguments);
    Box::new(arguments.into_iter().flat_map(|path| of_argument(&path)))
}

fn of_argument(path: &Path) -> PictureInputs {
    if source::is_stdin(path) {
        return one(PictureInput::file(path));
    }
    if pattern::is_one(path) && fs::metadata(path).is_err() {
        return pattern::pictures(path);
    }
    of_path(path)
}

impl PictureInput {
    /// What files are called that are made of it.
    pub(crate) fn stem(&self) -> String {
        let stem = Path::new(&self.name).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// The bytes of its file.
    pub(crate) fn bytes(self) -> Result<Vec<u8>, PictureError> {
        Ok(match self.place {
            PicturePlace::File(path) => source::bytes(&path, FILE_BYTES)?,
            PicturePlace::Part { file, start, length } => part(&file, start, length)?,
            PicturePlace::Nowhere(reason) => return Err(reason.into()),
        })
    }
}

fn part(file: &Path, start: u64, length: u64) -> Result<Vec<u8>, ReadError> {
    if length > FILE_BYTES {
        return Err(ReadError::Long(FILE_BYTES));
    }
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    if file.take(length).read_to_end(&mut bytes)? as u64 == length {
        Ok(bytes)
    } else {
        Err(ReadError::Io(io::ErrorKind::UnexpectedEof.into()))
    }
}
