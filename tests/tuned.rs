//! Every constant of a kernel either follows from arithmetic, or stands in docs/kernels.md, and bench/tune.py measures it again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use quote::ToTokens;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::Item;

/// What needs no measurement, and why.
const FOLLOW: &[(&str, &str)] = &[
    (
        "FULL_TILE_OF_16_LANES",
        "the name that docs/kernels.md has for it is a sentence: rows side by side",
    ),
    ("LIFT", "a number of the arithmetic of underflow"),
    ("MOST_KERNEL_ROWS", "what specs may have"),
    ("RUN", "bounds the error of a sum"),
    ("WIDEST_TILE", "a tile of the table"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The numeric constants of the files that choose by measurement.
fn constants() -> BTreeMap<String, PathBuf> {
    let kernels = root().join("mnv3-runtime/src/kernels");
    let mut files: Vec<PathBuf> = fs::read_dir(kernels)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.push(root().join("mnv3-ir/src/block_plan.rs"));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(files.len() > 15, "{files:?}");
    let mut found = BTreeMap::new();
    for file in files {
        for item in syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap().items {
            if let Item::Const(constant) = item
                && ["usize", "u32", "f32"].contains(&constant.ty.to_token_stream().to_string().as_str())
            {
                found.insert(constant.ident.to_string(), file.clone());
            }
        }
    }
    found
}

#[test]
fn every_constant_that_was_tuned_is_documented() {
    let document = fs::read_to_string(root().join("docs/kernels.md")).unwrap();
    let constants = constants();
    let missing: Vec<_> = constants
        .iter()
        .filter(|(name, _)| !FOLLOW.iter().any(|(follows, _)| follows == name))
        .filter(|(name, _)| !document.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "a row of docs/kernels.md for each: {missing:#?}");
    for (name, reason) in FOLLOW {
        assert!(constants.contains_key(*name), "{name} ({reason}) is gone");
    }
}

/// What `tune.py` calls a constant, the file that has it, and how it stands there.
fn tuned() -> Vec<(String, String, String)> {
    let script = fs::read_to_string(root().join("bench/tune.py")).unwrap();
    let paths: BTreeMap<&str, &str> = script
        .lines()
        .filter_map(|line| line.split_once(" = \""))
        .filter_map(|(name, path)| Some((name, path.strip_suffix(".rs\"")?)))
        .collect();
    let table = script
        .split("\nCONSTANTS = {\n")
        .nth(1)
        .unwrap()
        .split("\n}\n")
        .next()
        .unwrap();
    let entry = |entry: &str| {
        let (name, rest) = entry.split_once("\": Constant(")?;
        let (file, rest) = rest.trim_start().split_once(", \"")?;
        let now = rest.split("\", ").next()?.replace("\\n", "\n");
        Some((name.to_owned(), format!("{}.rs", paths[file]), now))
    };
    table
        .split("\n    \"")
        .filter_map(|text| entry(text.trim_start_matches("    \"")))
        .collect()
}

#[test]
fn what_is_measured_again_stands_once_in_its_file_and_in_the_document() {
    let document = fs::read_to_string(root().join("docs/kernels.md")).unwrap();
    let tuned = tuned();
    assert!(tuned.len() >= 12, "{tuned:?}");
    for (name, file, now) in tuned {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        assert_eq!(text.matches(&now).count(), 1, "{name}: `{now}` in {file}");
        assert!(
            document.contains(&format!("`{name}`")),
            "{name} is not in docs/kernels.md"
        );
    }
}
