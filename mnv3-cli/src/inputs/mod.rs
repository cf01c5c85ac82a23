//! The pictures that a command line names: files, folders, patterns, archives, standard input.
//!
//! Names become pictures one after the other, while they are asked about: of a million files there are never more names in memory
//! than those of one folder, or of one archive.

mod archive;
mod folder;
mod pattern;

use crate::picture::{FILE_BYTES, PictureError};
use crate::source::{self, ReadError};
use image::DynamicImage;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Endings by which pictures are known among other files of a folder or an archive, in small letters.
const ENDINGS: [&str; 14] = [
    "png", "jpg", "jpeg", "webp", "jpe", "jfif", "tif", "tiff", "bmp", "gif", "pnm", "ppm", "pgm", "pbm",
];

/// Pictures, one after the other.
pub(crate) type PictureInputs = Box<dyn Iterator<Item = PictureInput> + Send>;

/// One picture, or why there is none.
#[derive(Debug)]
pub(crate) struct PictureInput {
    /// As it is told apart from others: a path, in an archive behind that of the archive.
    pub(crate) name: String,
    place: PicturePlace,
}

#[derive(Debug)]
enum PicturePlace {
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

/// Why an argument names no pictures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("the folder cannot be read: {0}")]
    Folder(io::Error),
    #[error("the folder has no pictures")]
    EmptyFolder,
    #[error("this is no pattern of names: {0}")]
    Pattern(#[from] glob::PatternError),
    #[error("no file has a name like this")]
    NoMatch,
    #[error("the archive cannot be read{}: {reason}", after(.pictures))]
    Archive { pictures: usize, reason: io::Error },
    #[error("the archive has no pictures")]
    EmptyArchive,
    #[error("the archive is compressed")]
    Compressed,
}

fn after(pictures: &usize) -> String {
    match pictures {
        0 => String::new(),
        1 => " after its first picture".to_owned(),
        several => format!(" after its first {several} pictures"),
    }
}

impl InputError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Folder(_) => "check its permissions".to_owned(),
            Self::EmptyFolder | Self::EmptyArchive => format!(
                "pictures in it are known by their endings, {} and so on; name files with others themselves",
                ENDINGS[..4].join(", ")
            ),
            Self::Pattern(_) => {
                "write `*` for any letters, `?` for one, `[ab]` for one of several, `**` for any folders".to_owned()
            }
            Self::NoMatch => "check the pattern; it starts in the current folder".to_owned(),
            Self::Archive { .. } => "copy or write it again; it must be a tar archive, and a file".to_owned(),
            Self::Compressed => "unpack it first, with gzip -d, zstd -d or the like".to_owned(),
        }
    }
}

/// The pictures of a command line, in its order; in folders by their names, in archives as they lie there.
pub(crate) fn inputs(arguments: &[PathBuf]) -> PictureInputs {
    let arguments = Vec::from(arguments);
    Box::new(arguments.into_iter().flat_map(|path| of_argument(&path)))
}

fn of_argument(path: &Path) -> PictureInputs {
    if source::is_stdin(path) {
        return one(PictureInput::file(path));
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => folder::pictures(path),
        Ok(_) => of_file(path),
        Err(_) if pattern::is_one(path) => pattern::pictures(path),
        Err(_) => one(PictureInput::file(path)),
    }
}

/// The picture that a file is, or those that are in it.
fn of_file(path: &Path) -> PictureInputs {
    if archive::is_one(path) {
        archive::pictures(path)
    } else if archive::is_compressed(path) {
        one(PictureInput::none(source::display(path), InputError::Compressed))
    } else {
        one(PictureInput::file(path))
    }
}

fn one(input: PictureInput) -> PictureInputs {
    Box::new(iter::once(input))
}

/// The pictures of something, or what to say if it has none.
fn or(mut pictures: PictureInputs, none: PictureInput) -> PictureInputs {
    let first = pictures.next().unwrap_or(none);
    Box::new(iter::once(first).chain(pictures))
}

/// Whether a file among others is a picture by its name. What starts with a dot is another program's.
fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let known = ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()));
    known && !is_hidden(path)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

impl PictureInput {
    fn file(path: &Path) -> Self {
        Self {
            name: source::display(path),
            place: PicturePlace::File(path.to_owned()),
        }
    }

    fn none(name: String, reason: InputError) -> Self {
        Self {
            name,
            place: PicturePlace::Nowhere(reason),
        }
    }

    /// What files are called that are made of it.
    pub(crate) fn stem(&self) -> String {
        let stem = Path::new(&self.name).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// The picture as a person sees it.
    pub(crate) fn picture(self) -> Result<DynamicImage, PictureError> {
        let bytes = match self.place {
            PicturePlace::File(path) => source::bytes(&path, FILE_BYTES)?,
            PicturePlace::Part { file, start, length } => part(&file, start, length)?,
            PicturePlace::Nowhere(reason) => return Err(reason.into()),
        };
        Ok(mnv3_image::decode(&bytes)?)
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
