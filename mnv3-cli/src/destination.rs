//! Where a result goes: a file, which is there whole or not at all, or standard output.

use crate::source;
use mnv3_ir::Visible;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    /// Nothing that a terminal should be shown.
    Bytes,
}

/// Why a result was not written. Whatever was at its place is still there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("{}: this is the input {} itself\n  = name another file", shown(path), shown(input))]
    OwnInput { path: PathBuf, input: PathBuf },
    #[error(
        "the result is bytes, not text, and standard output is a terminal\n  = name a file with -o, or send it on with `>` or `|`"
    )]
    Terminal,
    #[error(
        "{}: there is no folder {}\n  = make it first, or check the path",
        shown(path),
        shown(folder)
    )]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error(
        "{}: this is a link to {}, which leads to no file\n  = name the file itself, or make the link anew",
        shown(path),
        shown(to)
    )]
    Link { path: PathBuf, to: PathBuf },
    #[error("{}: this is a folder\n  = name a file in it", shown(.0))]
    Folder(PathBuf),
    #[error(
        "{}: the file cannot be written: {reason}\n  = check that you may write there, and that the disk is not full",
        shown(path)
    )]
    File { path: PathBuf, reason: io::Error },
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
}

/// How people are shown a destination's name.
pub(crate) fn shown(path: &Path) -> String {
    if source::is_stdin(path) {
        return "stdout".to_owned();
    }
    Visible(&path.display().to_string()).to_string()
}

/// Writes to `path`; to standard output if there is none, or if it is `-`. `inputs` are the files that the result was
/// made from: none of them is overwritten, whatever name it goes by.
pub(crate) fn write(
    result: &[u8],
    content: Content,
    path: Option<&Path>,
    inputs: &[PathBuf],
) -> Result<(), WriteError> {
    let Some(path) = path.filter(|path| !source::is_stdin(path)) else {
        let mut out = io::stdout().lock();
        if content == Content::Bytes && out.is_terminal() {
            return Err(WriteError::Terminal);
        }
        let written = out.write_all(result).and_then(|()| out.flush());
        return written.map_err(WriteError::Stdout);
    };
    let place = place(path, inputs)?;
    let written = match fs::metadata(&place) {
        Ok(found) if found.is_dir() => return Err(WriteError::Folder(path.to_owned())),
        // A pipe or a device takes bytes as they come.
        Ok(found) if !found.is_file() => OpenOptions::new()
            .write(true)
            .open(&place)
            .and_then(|mut f| f.write_all(result)),
        _ => replace(&place, result),
    };
    written.map_err(|reason| match (reason.kind(), path.parent()) {
        (ErrorKind::NotFound | ErrorKind::NotADirectory, Some(folder)) if !folder.is_dir() => WriteError::NoFolder {
            path: path.to_owned(),
            folder: folder.to_owned(),
        },
        _ => WriteError::File {
            path: path.to_owned(),
            reason,
        },
    })
}

/// The file that a name stands for, which is none of `inputs`. A link stays one: what it leads to is replaced.
pub(crate) fn place(path: &Path, inputs: &[PathBuf]) -> Result<PathBuf, WriteError> {
    if let Some(input) = inputs
        .iter()
        .find(|input| same_file::is_same_file(input, path).unwrap_or(false))
    {
        return Err(WriteError::OwnInput {
            path: path.to_owned(),
            input: input.clone(),
        });
    }
    let place = match (fs::canonicalize(path), fs::read_link(path)) {
        (Ok(place), _) => place,
        (Err(_), Ok(to)) => {
            return Err(WriteError::Link {
                path: path.to_owned(),
                to,
            });
        }
        (Err(_), Err(_)) => path.to_owned(),
    };
    Ok(place)
}

/// What takes bytes as they come, if that is what a name stands for: a pipe or a device.
pub(crate) fn device(place: &Path) -> Result<Option<fs::File>, WriteError> {
    let path = place.to_owned();
    match fs::metadata(place) {
        Ok(found) if found.is_dir() => Err(WriteError::Folder(path)),
        Ok(found) if !found.is_file() => {
            let opened = OpenOptions::new().write(true).open(place);
            opened.map(Some).map_err(|reason| WriteError::File { path, reason })
        }
        Ok(_) | Err(_) => match place.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) if !folder.is_dir() => Err(WriteError::NoFolder {
                folder: folder.to_owned(),
                path,
            }),
            Some(_) | None => Ok(None),
        },
    }
}

/// Under another name first: a full disk, or the end of this program, leaves an older file as it was.
fn replace(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mnv3-").suffix(".part");
    // As other new files are; an older one keeps its own.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut part = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    part.write_all(bytes)?;
    if let Ok(older) = fs::metadata(place) {
        // On file systems without permissions there are none to keep.
        let _ = part.as_file().set_permissions(older.permissions());
    }
    part.persist(place).map_err(|error| error.error)?;
    Ok(())
}
