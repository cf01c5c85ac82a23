//! What this project is built of: every package under a licence and from a source that deny.toml allows, every direct one
//! with its reason in docs/dependencies.md.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop like tests")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    let run = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

fn deny() -> toml::Table {
    read("deny.toml").parse().unwrap()
}

/// All packages that the lock file names, for any platform, ours among them.
fn packages() -> Vec<Value> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--locked", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap().clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

/// The texts in a list of deny.toml.
fn allowed(deny: &toml::Table, section: &str, key: &str) -> BTreeSet<String> {
    let list = deny[section][key].as_array().unwrap();
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Whether an expression can be met by these licences. Old packages write `/` for `OR`.
fn may_be_used(expression: &str, licences: &BTreeSet<String>) -> bool {
    let parsed = spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX).unwrap();
    // An exception takes conditions away.
    parsed.evaluate(|term| match term.license.id() {
        Some(id) => licences.contains(id.name),
        None => false,
    })
}

#[test]
fn every_licence_and_every_source_is_allowed() {
    let deny = deny();
    let licences = allowed(&deny, "licenses", "allow");
    let sources = allowed(&deny, "sources", "allow-registry");
    let mut wrong = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        if licence == "none" || !may_be_used(licence, &licences) {
            wrong.push(format!("{name}: the licence {licence}"));
        }
        let source = package["source"]
            .as_str()
            .map(|source| source.trim_start_matches("registry+"));
        if source.is_some_and(|source| !sources.contains(source)) {
            wrong.push(format!("{name}: from {source:?}"));
        }
    }
    assert!(wrong.is_empty(), "not what deny.toml allows: {wrong:#?}");
}

#[test]
fn no_program_needs_a_compiler_of_c() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().unwrap().iter();
    let banned: Vec<&str> = banned.map(|of| of["crate"].as_str().unwrap()).collect();
    assert!(banned.contains(&"cc"));
    let edges = [
        "tree",
        "--locked",
        "--edges",
        "normal,build",
        "--target",
        "all",
        "--prefix",
        "none",
    ];
    let tree = cargo(
        &[
            &edges[..],
            &["--package", "mnv3-cli", "--package", "mnv3", "--all-features"],
        ]
        .concat(),
    );
    assert!(tree.lines().count() > 100, "{tree}");
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let found: BTreeSet<&str> = names.filter(|name| banned.contains(name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn licences_that_ask_for_more_are_not_allowed() {
    let deny = deny();
    let licences = allowed(&deny, "licenses", "allow");
    for expression in ["GPL-3.0-only", "MIT AND LGPL-2.1-or-later", "MPL-2.0 OR GPL-2.0-only"] {
        assert!(!may_be_used(expression, &licences), "{expression}");
    }
    for expression in [
        "MIT OR GPL-3.0-only",
        "Apache-2.0/MIT",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(may_be_used(expression, &licences), "{expression}");
    }
}

#[test]
fn every_direct_dependency_has_its_reason_and_no_other() {
    let document = read("docs/dependencies.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let told: Vec<&str> = rows.map(|row| row.split_once('`').unwrap().0).collect();
    let packages = packages();
    let ours = packages.iter().filter(|package| package["source"].is_null());
    let direct: BTreeSet<&str> = ours
        .flat_map(|package| package["dependencies"].as_array().unwrap())
        .filter(|dependency| !dependency["source"].is_null())
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect();
    let told_once: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(told.len(), told_once.len(), "docs/dependencies.md tells of each once");
    let untold: Vec<_> = direct.difference(&told_once).collect();
    assert!(
        untold.is_empty(),
        "write into docs/dependencies.md why {untold:?} is needed"
    );
    let gone: Vec<_> = told_once.difference(&direct).collect();
    assert!(
        gone.is_empty(),
        "docs/dependencies.md tells of {gone:?}, which nothing uses"
    );
}
