//! The files that `make.py` makes.

use std::path::PathBuf;

pub(crate) fn file(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "files", name].iter().collect();
    let bytes = std::fs::read(path);
    assert!(bytes.is_ok(), "{name}: {bytes:?}");
    bytes.unwrap_or_default()
}
