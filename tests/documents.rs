//! What documents name is there: files, links, and functions and types in the files that stand beside them.

#![allow(clippy::unwrap_used, reason = "helpers of tests stop like tests")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Documents that speak of the repository.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [
        "",
        "docs",
        "bench",
        "specs",
        "tests/torch",
        "tests/images",
        "tests/fixtures",
        "examples/digits",
    ] {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "md")));
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

/// A document without its blocks of code.
fn prose(document: &Path) -> String {
    let text = fs::read_to_string(document).unwrap();
    let parts = text.split("\n```");
    parts.step_by(2).collect::<Vec<_>>().join("\n")
}

/// What stands between backquotes in a line.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The file or folder that a code span means, if it is written like one of this repository: with a slash, below a folder
/// that is there at the root, or beside the document. What stands below `target` is built, not kept.
fn named(document: &Path, span: &str) -> Option<PathBuf> {
    let first = span.split_once('/')?.0;
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let beside = document.parent().unwrap();
    let at = |folder: &Path| (!first.is_empty() && folder.join(first).is_dir()).then(|| folder.join(span));
    (plain && !["..", "target"].contains(&first))
        .then(|| at(root()).or_else(|| at(beside)))
        .flatten()
}

#[test]
fn every_path_in_a_document_exists() {
    let mut count = 0;
    let mut missing = Vec::new();
    for document in documents() {
        for span in prose(&document).lines().flat_map(spans) {
            if let Some(path) = named(&document, span) {
                count += 1;
                if !path.exists() {
                    missing.push(format!("{}: {span}", document.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count > 100, "{count}");
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_of_it() {
    let mut wrong = Vec::new();
    for document in documents() {
        for target in prose(&document)
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => document.clone(),
                file => document.with_file_name("").join(file),
            };
            let there = path.exists() && (heading.is_empty() || headings(&path).iter().any(|h| h == heading));
            if !there {
                wrong.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Headings as links name them.
fn headings(document: &Path) -> Vec<String> {
    let lines = prose(document);
    let lines = lines.lines().filter_map(|line| line.strip_prefix('#'));
    let name = |line: &str| {
        let line = line.trim_start_matches('#').trim().to_lowercase();
        let kept = line.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    lines.map(name).collect()
}

/// A name of Rust: `block`, `BlockPlan`, `Plan::new`; the last part of it.
fn identifier(span: &str) -> Option<&str> {
    let last = span.rsplit("::").next()?;
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (last.len() > 1 && last.chars().all(letters) && last.chars().next()?.is_ascii_alphabetic()).then_some(last)
}

/// Whether a file has a word that is not part of another.
fn has_word(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .any(|(at, _)| !letter(text[..at].chars().next_back()) && !letter(text[at + word.len()..].chars().next()))
}

/// In a line of docs/architecture.md, every function and type is in a file that the line names.
#[test]
fn functions_and_types_are_in_the_files_that_stand_beside_them() {
    let document = root().join("docs/architecture.md");
    let mut count = 0;
    let mut missing = Vec::new();
    for line in prose(&document).lines() {
        let sources = spans(line).filter_map(|span| named(&document, span));
        let sources: String = sources
            .filter(|path| path.is_file())
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        for word in spans(line).filter_map(identifier) {
            // Columns of a row and keys of a spec are in lines without a file.
            if !sources.is_empty() {
                count += 1;
                if !has_word(&sources, word) {
                    missing.push(format!("{word}: {line}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count > 40, "{count}");
}
