//! The files that `make.py` makes.

use std::path::PathBuf;

pub(crate) fn file(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "files", name].iter().collect();
    std::fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}
