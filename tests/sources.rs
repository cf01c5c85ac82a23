//! What holds for every source file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::fs;
use std::path::{Path, PathBuf};

/// Of a file that is to be read in one sitting, about one subject.
const MOST_LINES: usize = 400;

/// What people write: code, specs and documents, tests among them. Snapshots, fixtures, weights, lock files and measured
/// rounds are made by programs, and nobody reads them from the first line to the last.
const WRITTEN: [&str; 8] = ["rs", "py", "sh", "c", "toml", "yaml", "md", "stderr"];

/// Files below a folder, without what git ignores or keeps for itself.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_symlink() || name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| WRITTEN.iter().any(|written| e == *written))
        {
            found.push(path);
        }
    }
}

#[test]
fn no_file_that_people_write_is_longer_than_400_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(root, &mut found);
    assert!(found.len() > 300, "{} files", found.len());
    let long: Vec<String> = found
        .iter()
        .map(|path| (path, fs::read_to_string(path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(path, lines)| format!("{}: {lines}", path.strip_prefix(root).unwrap().display()))
        .collect();
    assert!(long.is_empty(), "split by subject: {long:?}");
}
