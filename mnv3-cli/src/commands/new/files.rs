//! The files of a new crate.

use super::error::NewError;
use crate::error::Error;
use mnv3_spec::{Loaded, Network, load, type_name};
use mnv3_summary::snapshots;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

const MANIFEST: &str = include_str!("template/Cargo.toml.in");
const EMBEDDED: &str = include_str!("template/embedded.rs.in");
const LOADED: &str = include_str!("template/loaded.rs.in");
const TEST: &str = include_str!("template/spec.rs.in");

/// What was written.
pub(super) struct NewCrate {
    /// Whether weights are part of the program.
    pub(super) has_weights: bool,
}

/// Writes the crate `name` into a folder that is not there yet; its network starts from the published spec `from`, and
/// `mnv3` is what its manifest says of mnv3. What cannot be written whole is taken away again.
pub(super) fn write(folder: &Path, name: &str, from: &str, mnv3: &str) -> Result<NewCrate, Error> {
    let base = load(from, Path::new(from))?.network;
    if base.classes().is_none() {
        return Err(NewError::NoClasses(from.to_owned()).into());
    }
    make(folder)?;
    let filled = fill(folder, &base, name, from, mnv3);
    if filled.is_err() {
        // It was not there before; the error that counts is the first.
        let _ = fs::remove_dir_all(folder);
    }
    filled
}

fn make(folder: &Path) -> Result<(), NewError> {
    fs::create_dir(folder).map_err(|reason| match reason.kind() {
        ErrorKind::AlreadyExists => NewError::Exists(folder.to_owned()),
        ErrorKind::NotFound => NewError::NoParent(folder.to_owned()),
        _ => NewError::Write {
            path: folder.to_owned(),
            reason,
        },
    })
}

fn fill(folder: &Path, base: &Network, name: &str, from: &str, mnv3: &str) -> Result<NewCrate, Error> {
    let has_weights = matches!(mnv3_spec::published_weights(from), Some(Ok(_)));
    let type_name = type_name(name);
    let filled = |template: &str| {
        template
            .replace("{crate}", name)
            .replace("{Name}", &type_name)
            .replace("{weights}", from)
            .replace("{source}", mnv3)
    };
    let put = |path: &str, text: &str| put(&folder.join(path), text);
    put("Cargo.toml", &filled(MANIFEST))?;
    put(".gitignore", "/target\n")?;
    put("src/main.rs", &filled(if has_weights { EMBEDDED } else { LOADED }))?;
    let spec = format!("specs/{name}.yaml");
    put(&spec, &variant(base, from, &type_name, has_weights))?;
    put("specs/schema.json", &mnv3_spec::schema_text())?;
    put("tests/spec.rs", &filled(TEST))?;
    // Of the file as it now is, as the test will see it.
    let Loaded { network, .. } = load(&spec, &folder.join(&spec))?;
    for (kind, text) in [
        ("summary", snapshots::summary(&network)),
        ("plan", snapshots::plan(&network)),
        ("expansion", snapshots::expansion(&network, None)),
    ] {
        let text = format!("---\nsource: tests/spec.rs\n---\n{}\n", text.trim_end());
        put(&format!("tests/snapshots/spec__{kind}.snap"), &text)?;
    }
    Ok(NewCrate { has_weights })
}

/// A spec that changes nothing yet, and shows how to.
fn variant(base: &Network, from: &str, name: &str, has_weights: bool) -> String {
    let [h, w, c] = [base.input.h, base.input.w, base.input.c];
    let last = base.bottlenecks.len();
    let mut text = format!(
        "# yaml-language-server: $schema=schema.json\n\
         # What differs from {from}; the rest is taken from there. `mnv3 spec {from}` shows it, and\n\
         # `mnv3 summary` what this comes to. Delete the # before what you want to change.\n\
         extends: {from}\n\
         name: {name}\n\
         # input: {{ size: [{h}, {w}], channels: {c} }}\n\
         # bottlenecks:\n\
         #   {last}: {{ k: 7, se: false }}\n",
    );
    if let Some(classes) = base.classes() {
        text += &format!("# head: {{ classes: {} }}\n", classes.layer.output);
    }
    if has_weights {
        text += "# Other rows need other weights: name their file in src/main.rs.\n";
    }
    if base.preprocess.is_none() {
        text += "# How a picture becomes input: its size, then from 0..1 to -1..1.\n\
                 preprocess: { fit: stretch, filter: bilinear, mean: 0.5, std: 0.5 }\n";
    }
    text
}

/// A file that was not there, and the folders above it.
fn put(path: &Path, text: &str) -> Result<(), NewError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::File::create_new(path))
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|reason| NewError::Write {
        path: path.to_owned(),
        reason,
    })
}
