//! Specs that come with mnv3 and are named instead of read from a file: `mnv3:timm/small-1.0`.

use crate::error::nearest;
use crate::unreadable::Unreadable;
use mnv3_published::{SPECS, WEIGHTS};
use std::path::Path;

/// What the name of a published spec begins with; no path does.
const PREFIX: &str = "mnv3:";

/// The published specs, each by the name that [`load`](crate::load) and `extends` take, by families.
///
/// ```
/// assert!(mnv3_spec::published().any(|name| name == "mnv3:timm/small-1.0"));
/// ```
pub fn published() -> impl Iterator<Item = String> {
    SPECS.iter().map(|(name, _)| format!("{PREFIX}{name}"))
}

/// Where the file of weights lies that comes with a published spec, by the spec's name: `mnv3:text-direction`. Nothing if
/// the name is not meant for a published spec.
///
/// # Errors
/// That there are no such weights, and which there are.
///
/// ```
/// assert!(mnv3_spec::published_weights("mnv3:text-direction").unwrap().is_ok_and(|path| path.is_file()));
/// assert_eq!(mnv3_spec::published_weights("large.safetensors"), None);
/// ```
pub fn published_weights(name: &str) -> Option<Result<&'static Path, String>> {
    let wanted = name.strip_prefix(PREFIX)?;
    let found = WEIGHTS.iter().find(|(known, _)| *known == wanted);
    Some(found.map(|(_, path)| Path::new(*path)).ok_or_else(|| {
        let known: Vec<String> = WEIGHTS.iter().map(|(name, _)| format!("{PREFIX}{name}")).collect();
        let known = known.join(" and ");
        format!("no weights of this name come with mnv3, only {known}; others are files, named by their path")
    }))
}

/// Whether a name is meant for a published spec.
pub(crate) fn is_published(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The text of a published spec.
pub(crate) fn text(name: &str) -> Result<&'static str, Unreadable> {
    let wanted = name.strip_prefix(PREFIX).unwrap_or(name);
    if let Some((_, text)) = SPECS.iter().find(|(known, _)| *known == wanted) {
        return Ok(text);
    }
    let names: Vec<&str> = SPECS.iter().map(|(name, _)| *name).collect();
    let list = "`mnv3 spec --list` lists all";
    let help = match nearest(without_extension(wanted), &names) {
        Some(near) => format!("did you mean {PREFIX}{near}? {list}"),
        None => list.to_owned(),
    };
    Err(Unreadable::new("there is no published spec of this name", help))
}

/// The published spec that somebody may have meant who named a file: `specs/large.yaml`, or `large`.
pub(crate) fn named_like(path: &Path) -> Option<String> {
    let path = path.to_str().map(without_extension)?;
    let same = |name: &&str| Path::new(path).ends_with(name);
    let longest = SPECS.iter().map(|(name, _)| *name).filter(same).max_by_key(|n| n.len());
    longest.map(|name| format!("{PREFIX}{name}"))
}

fn without_extension(name: &str) -> &str {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.unwrap_or(name)
}
