//! Why there is no crate.

use crate::source;
use std::io;
use std::path::PathBuf;

/// Why there is no crate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewError {
    #[error(
        "{}: {reason}\n  = write letters, digits, - and _, a letter first, such as my-lines",
        source::shown(folder)
    )]
    Name { folder: PathBuf, reason: String },
    #[error(
        "{0} is a path, not the name of a published spec\n  = `mnv3 spec --list` lists them; change `extends` in the crate's spec later"
    )]
    NotPublished(String),
    #[error(
        "{0} tells no classes of pictures, as the program of a new crate does\n  = start from mnv3:small, and write `extends: {0}` into the crate's spec later"
    )]
    NoClasses(String),
    #[error("{}: this is there already, and nothing is overwritten\n  = name another folder", source::shown(.0))]
    Exists(PathBuf),
    #[error("{}: there is no folder to make it in\n  = make that first, or check the path", source::shown(.0))]
    NoParent(PathBuf),
    #[error("{}: this is not the folder of mnv3\n  = name the folder that holds mnv3's own Cargo.toml", source::shown(.0))]
    NotMnv3(PathBuf),
    #[error(
        "{}: the file cannot be written: {reason}\n  = check that you may write there, and that the disk is not full",
        source::shown(path)
    )]
    Write { path: PathBuf, reason: io::Error },
}
