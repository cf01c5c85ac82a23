//! Reading files, with bounds and with help when they are not there.

use crate::error::nearest;
use crate::limits::FILE_BYTES;
use crate::published::named_like;
use crate::unreadable::Unreadable;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The text of a spec file.
pub(crate) fn read(path: &Path) -> Result<String, Unreadable> {
    let fail = |message: String, help: &str| Unreadable::new(message, help);
    let metadata = std::fs::metadata(path).map_err(|error| match (std::fs::read_link(path), error.kind()) {
        // A link to nothing is there, and so is one that leads back to itself.
        (Ok(to), kind) if kind != ErrorKind::PermissionDenied => fail(
            format!("this is a link to {}, which leads to no file", to.display()),
            "name the file itself, or make the link anew",
        ),
        (_, ErrorKind::NotFound) => Unreadable {
            message: "there is no such file".to_owned(),
            help: neighbours(path),
            is_missing: true,
        },
        _ => fail(
            format!("the file cannot be read: {error}"),
            "check its path and permissions",
        ),
    })?;
    if !metadata.is_file() {
        return Err(fail("this is not a file".to_owned(), "name a YAML file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| fail(format!("the file cannot be read: {error}"), "check its permissions"))?;
    if bytes.len() > FILE_BYTES {
        let message = format!("the file is larger than {FILE_BYTES} bytes");
        return Err(fail(
            message,
            "name a spec; the published ones have about a thousand bytes",
        ));
    }
    String::from_utf8(bytes).map_err(|_| fail("the file is not UTF-8 text".to_owned(), "save it as UTF-8"))
}

/// What lies where a missing file was looked for.
fn neighbours(path: &Path) -> String {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let published = named_like(path).map(|name| format!("did you mean {name}, the published spec?"));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return published.unwrap_or_else(|| "its folder does not exist either; check the path".to_owned());
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|n| n.ends_with(".yaml") || n.ends_with(".yml"))
        .take(1000)
        .collect();
    names.sort_unstable();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    match (nearest(&wanted, &known), published) {
        (Some(near), _) => format!("did you mean {near}?"),
        (None, Some(published)) => published,
        (None, None) if known.is_empty() => "its folder holds no .yaml file; check the path".to_owned(),
        (None, None) => format!(
            "its folder holds {}",
            known.iter().take(12).copied().collect::<Vec<_>>().join(", ")
        ),
    }
}
