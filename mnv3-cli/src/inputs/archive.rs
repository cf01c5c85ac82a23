//! The pictures of a tar archive, as WebDataset keeps them.

use super::error::InputError;
use super::picture_input::{PictureInput, PictureInputs, PicturePlace, or};
use crate::source;
use mnv3_image::is_picture_name;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;

pub(super) fn is_one(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("tar"))
}

/// Whether it is one that must be unpacked first.
pub(super) fn is_compressed(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let ends = [".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz"];
    ends.iter().any(|end| name.ends_with(end))
}

/// As they lie in it. Its headers are read at once, the pictures when it is their turn, by whoever looks at them. One that
/// breaks off has the pictures before that.
pub(super) fn pictures(path: &Path) -> PictureInputs {
    let (mut found, file) = (Vec::new(), Arc::from(path));
    let broken = list(path, &file, &mut found).err().map(|reason| {
        let pictures = found.len();
        PictureInput::none(source::display(path), InputError::Archive { pictures, reason })
    });
    let none = PictureInput::none(source::display(path), InputError::EmptyArchive);
    or(Box::new(found.into_iter().chain(broken)), none)
}

fn list(path: &Path, file: &Arc<Path>, found: &mut Vec<PictureInput>) -> io::Result<()> {
    let opened = File::open(path)?;
    let size = opened.metadata()?.len();
    let mut archive = tar::Archive::new(BufReader::with_capacity(512, opened));
    for entry in archive.entries_with_seek()? {
        let entry = entry.map_err(readable)?;
        let inside = entry.path()?;
        let (start, length) = (entry.raw_file_position(), entry.size());
        if start.saturating_add(length) > size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !entry.header().entry_type().is_file() || !is_picture_name(&inside) {
            continue;
        }
        found.push(PictureInput {
            name: format!("{}/{}", source::display(path), inside.display()),
            place: PicturePlace::Part {
                file: Arc::clone(file),
                start,
                length,
            },
        });
    }
    Ok(())
}

/// Where a header is broken, the crate repeats what stands there, letters or not.
fn readable(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => io::Error::new(error.kind(), "one of its headers is broken"),
    }
}
