//! What holds for every source file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::Item;

/// Of a file that is to be read in one sitting, about one subject.
const MOST_LINES: usize = 400;

/// What people write: code, specs and documents, tests among them. Snapshots, fixtures, weights, lock files and measured
/// rounds are made by programs, and nobody reads them from the first line to the last.
const WRITTEN: [&str; 7] = ["rs", "py", "sh", "c", "toml", "yaml", "md"];

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

/// Names of types that stand in several places, and why they mean one thing.
const SHARED_NAMES: &[(&str, &[&str])] = &[
    (
        "what a row of the table becomes keeps its name: written, resolved, planned, typed, run",
        &[
            "AddMap",
            "Block",
            "Classify",
            "Dense",
            "Depthwise",
            "Detect",
            "Expansion",
            "Gate",
            "Head",
            "Layer",
            "Map",
            "Norm",
            "Pointwise",
            "Pool",
            "Residual",
            "Row",
            "Segment",
            "Spec",
            "SqueezeExcite",
            "Stem",
            "Tensor",
            "Vector",
            "Weights",
        ],
    ),
    (
        "what a network does for its caller, compiled, by value, or trained",
        &["Boxes", "Classifier", "Detector", "Segmenter", "Workspace"],
    ),
    (
        "eight bits twice: simulated, as what kernels are compared with, and as kernels",
        &["BlockLayers", "Curve", "Int8Layer", "Requantise", "Scales"],
    ),
    (
        "what a spec asks for, and what does it in a crate that knows no spec",
        &["Filter", "Fit", "ScoreFunction"],
    ),
    (
        "what YAML says, and what comes about while a graph runs: each in its crate alone",
        &["Value"],
    ),
    ("with a feature, and without it", &["Threads", "ThreadsError"]),
];

/// Types that the items define; not those of tests.
fn types(items: &[Item], place: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for item in items {
        let (name, attributes) = match item {
            Item::Struct(item) => (&item.ident, &item.attrs),
            Item::Enum(item) => (&item.ident, &item.attrs),
            Item::Trait(item) => (&item.ident, &item.attrs),
            Item::Type(item) => (&item.ident, &item.attrs),
            Item::Mod(item) => {
                let of_tests = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
                if let (Some((_, items)), false) = (&item.content, of_tests) {
                    types(items, &format!("{place}, {}", item.ident), found);
                }
                continue;
            }
            _ => continue,
        };
        if !attributes.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            found.entry(name.to_string()).or_default().insert(place.to_owned());
        }
    }
}

#[test]
fn the_name_of_a_type_means_one_thing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(root, &mut paths);
    let mut found = BTreeMap::new();
    for path in paths {
        let place = path
            .strip_prefix(root)
            .unwrap()
            .display()
            .to_string()
            .replace('\\', "/");
        let outside = ["bench", "benches", "ci", "examples", "fuzz", "tests", "training"];
        let of_tests = place.contains("/tests") || place.contains("/examples/") || place.contains("/benches/");
        if of_tests || !place.ends_with(".rs") || outside.iter().any(|folder| place.starts_with(&format!("{folder}/")))
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        types(&syn::parse_file(&text).unwrap().items, &place, &mut found);
    }
    assert!(found.len() > 300, "{} types", found.len());
    let excepted: BTreeSet<&str> = SHARED_NAMES.iter().flat_map(|(_, names)| *names).copied().collect();
    let twice: BTreeMap<&str, &BTreeSet<String>> = found
        .iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| (name.as_str(), places))
        .collect();
    let other: Vec<_> = twice.iter().filter(|(name, _)| !excepted.contains(*name)).collect();
    assert!(other.is_empty(), "call one of them something else: {other:#?}");
    let past: Vec<_> = excepted.iter().filter(|name| !twice.contains_key(*name)).collect();
    assert!(past.is_empty(), "these stand in one place by now: {past:?}");
}
