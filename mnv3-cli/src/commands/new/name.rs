//! Which names a crate can have.

use super::error::NewError;
use std::path::Path;

/// Crates that the new one depends on, or that every crate has.
const TAKEN: [&str; 8] = ["mnv3", "image", "insta", "std", "core", "alloc", "test", "proc_macro"];

/// The name of the crate in a folder.
pub(super) fn of(folder: &Path) -> Result<String, NewError> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let refused = |reason: &str| NewError::Name {
        folder: folder.to_owned(),
        reason: reason.to_owned(),
    };
    let name = name.ok_or_else(|| refused("this path has no last part that names a crate"))?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && name.len() <= 64;
    if !is_name {
        return Err(refused("this cannot be the name of a crate"));
    }
    let as_word = name.replace('-', "_");
    if TAKEN.contains(&as_word.as_str()) || mnv3_spec::is_keyword(&as_word) {
        return Err(refused("this name is taken"));
    }
    Ok(name)
}
