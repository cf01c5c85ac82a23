//! Where input comes from: a named file, or standard input where the name is `-`.

use mnv3_ir::Visible;
use mnv3_spec::{Loaded, SpecErrors};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes of a spec that are read from standard input: one more than a spec may have.
const SPEC_BYTES: u64 = (1 << 20) + 1;

/// Whether a name stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// How people are shown an input's name: nothing in it reaches the terminal but its letters.
pub(crate) fn shown(path: &Path) -> String {
    Visible(&display(path)).to_string()
}

/// What an input is called, as it is: for machines, and for what goes through [`Visible`] later.
pub(crate) fn display(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Reads a spec: a file, a published one, or standard input; and the files that it was read from.
pub(crate) fn spec(path: &Path) -> Result<Loaded, SpecErrors> {
    spec_at(path, None)
}

/// The same for images of another height and width.
pub(crate) fn spec_at(path: &Path, size: Option<[usize; 2]>) -> Result<Loaded, SpecErrors> {
    let name = display(path);
    if !is_stream(path) {
        return mnv3_spec::load_at(&name, path, size);
    }
    let mut bytes = Vec::new();
    read(path, SPEC_BYTES, &mut bytes)
        .map_err(|reason| SpecErrors::unreadable(&name, &reason.to_string(), &reason.help()))?;
    mnv3_spec::load_text(&name, &String::from_utf8_lossy(&bytes), size)
}

/// Whether a name stands for what can be read once, from its start to its end: standard input, or a pipe such as the
/// shell makes of `<(command)`.
fn is_stream(path: &Path) -> bool {
    is_stdin(path) || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// At most so many bytes, whatever the name stands for.
fn read(path: &Path, most: u64, bytes: &mut Vec<u8>) -> Result<(), ReadError> {
    static STDIN_IS_READ: AtomicBool = AtomicBool::new(false);
    if !is_stdin(path) {
        File::open(path)?.take(most).read_to_end(bytes)?;
    } else if STDIN_IS_READ.swap(true, Ordering::Relaxed) {
        return Err(ReadError::Twice);
    } else {
        io::stdin().lock().take(most).read_to_end(bytes)?;
    }
    Ok(())
}

/// Why there are no bytes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("there is no such file")]
    Missing {
        nearest: Option<String>,
        folder: PathBuf,
        folder_exists: bool,
    },
    #[error("this is a link to {}, which leads to no file", .0.display())]
    Link(PathBuf),
    #[error("this is a folder")]
    Folder(PathBuf),
    #[error("`-` is named twice, and standard input was read to its end already")]
    Twice,
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("the file has more than {} MiB", .0 >> 20)]
    Long(u64),
}

impl ReadError {
    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Missing {
                nearest: Some(name), ..
            } => format!("did you mean {name}?"),
            Self::Missing {
                folder,
                folder_exists: false,
                ..
            } => {
                format!("there is no folder {} either; check the path", folder.display())
            }
            Self::Missing { folder, .. } => {
                format!("nothing in {} has a name like it; check the path", folder.display())
            }
            Self::Link(_) => "name the file itself, or make the link anew".to_owned(),
            Self::Folder(_) => "name the files in it, for example with folder/*.png".to_owned(),
            Self::Twice => "name a file instead of one of them".to_owned(),
            Self::Io(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                "it does not fit into the memory that this process may have (ulimit -v)".to_owned()
            }
            Self::Io(_) => "check its permissions".to_owned(),
            Self::Long(_) => "name a smaller file".to_owned(),
        }
    }

    /// The same where a weights file was wanted.
    pub(crate) fn help_for_weights(&self) -> String {
        match self {
            Self::Long(_) => "this is no checkpoint of a MobileNetV3".to_owned(),
            Self::Folder(folder) if folder.join("saved_model.pb").exists() => {
                format!("TensorFlow wrote it: {}", mnv3_convert::SAVED_MODEL)
            }
            Self::Folder(folder) => match weights_in(folder) {
                Some(name) => format!(
                    "name the file in it that holds the weights, perhaps {}",
                    folder.join(name).display()
                ),
                None => "name the file in it that holds the weights".to_owned(),
            },
            other => other.help(),
        }
    }
}

/// At most so many bytes of a file or of standard input.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    if !is_stdin(path) {
        let metadata = fs::metadata(path).map_err(|error| absent(path, error))?;
        if metadata.is_dir() {
            return Err(ReadError::Folder(path.to_owned()));
        }
    }
    read(path, most + 1, &mut bytes)?;
    if bytes.len() as u64 > most {
        Err(ReadError::Long(most))
    } else {
        Ok(bytes)
    }
}

/// Names of a folder that are compared: it may hold millions.
const COMPARED: usize = 10_000;

/// The first file of a folder that is called as weights are.
fn weights_in(folder: &Path) -> Option<String> {
    const ENDINGS: [&str; 7] = [".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".h5", ".keras"];
    let entries = fs::read_dir(folder).into_iter().flatten().take(COMPARED);
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let rank = |name: &String| ENDINGS.iter().position(|ending| name.ends_with(ending));
    names
        .filter_map(|name| Some((rank(&name)?, name)))
        .min()
        .map(|(_, name)| name)
}

/// Why a name leads to no file. A link to nothing is there, and so is one that leads back to itself.
fn absent(path: &Path, error: io::Error) -> ReadError {
    match (fs::read_link(path), error.kind()) {
        (_, io::ErrorKind::PermissionDenied) => ReadError::Io(error),
        (Ok(to), _) => ReadError::Link(to),
        (Err(_), io::ErrorKind::NotFound) => missing(path),
        (Err(_), _) => ReadError::Io(error),
    }
}

fn missing(path: &Path) -> ReadError {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let entries = fs::read_dir(folder);
    let folder_exists = entries.is_ok();
    let names = entries
        .into_iter()
        .flatten()
        .take(COMPARED)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let distance = |name: &String| strsim::damerau_levenshtein(&wanted.to_lowercase(), &name.to_lowercase());
    let near = names
        .map(|name| (distance(&name), name))
        .min()
        .filter(|(distance, _)| *distance <= wanted.len().max(6) / 3);
    ReadError::Missing {
        nearest: near.map(|(_, name)| name),
        folder: folder.to_owned(),
        folder_exists,
    }
}
