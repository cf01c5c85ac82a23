//! Every crate that is to be published can be packaged, in an order in which what it needs is published before it.
//!
//! This is quick because nothing is compiled: CONTRIBUTING.md has the command that compiles every package by itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop like tests")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// Bytes of a package, which everybody downloads who builds.
const MOST_BYTES: u64 = 1 << 20;

fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    let run = command.output().unwrap();
    let text = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "cargo {}: {text}", arguments.join(" "));
    String::from_utf8(run.stdout).unwrap()
}

/// The packages of the workspace that are published, as cargo sees them.
fn published() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    // `publish = false` is an empty list of registries.
    let published: Vec<Value> = packages.filter(|p| p["publish"].is_null()).cloned().collect();
    assert!(published.len() > 10, "{}", published.len());
    published
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{} has no {key}", value["name"]))
}

fn folder(package: &Value) -> &Path {
    Path::new(text(package, "manifest_path")).parent().unwrap()
}

/// Names of the workspace's crates that must be published before this one: `cargo publish` drops dev-dependencies without
/// a version.
fn needed(package: &Value) -> BTreeSet<&str> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    let ours = dependencies.filter(|d| d["path"].is_string());
    ours.filter(|d| d["kind"] != "dev" || d["req"] != "*")
        .map(|d| text(d, "name"))
        .collect()
}

#[test]
fn there_is_an_order_in_which_they_can_be_published() {
    let packages = published();
    let mut waiting: Vec<&Value> = packages.iter().collect();
    let mut done = BTreeSet::new();
    while !waiting.is_empty() {
        let ready: Vec<&str> = waiting
            .iter()
            .filter(|package| needed(package).is_subset(&done))
            .map(|package| text(package, "name"))
            .collect();
        let names: Vec<&str> = waiting.iter().map(|package| text(package, "name")).collect();
        assert!(
            !ready.is_empty(),
            "each of {names:?} waits for another, or for one that is not published"
        );
        waiting.retain(|package| !ready.contains(&text(package, "name")));
        done.extend(ready);
    }
}

#[test]
fn each_says_what_it_is_and_which_version_of_the_others_it_needs() {
    for package in published() {
        for key in ["description", "license", "rust_version", "readme"] {
            assert!(!text(&package, key).is_empty(), "{} {key}", package["name"]);
        }
        assert!(
            folder(&package).join(text(&package, "readme")).is_file(),
            "{}",
            package["name"]
        );
        for dependency in package["dependencies"].as_array().unwrap() {
            let open = dependency["kind"] != "dev" && dependency["req"] == "*";
            assert!(!open, "{} needs any version of {}", package["name"], dependency["name"]);
        }
    }
}

/// Files that a Rust file takes into itself by a literal path.
fn taken(source: &str) -> impl Iterator<Item = &str> {
    ["include_str!(\"", "include_bytes!(\"", "#[path = \""]
        .into_iter()
        .flat_map(move |start| source.split(start).skip(1))
        .filter_map(|rest| rest.split('"').next())
}

/// `a/../b` as `b`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leads out of the package", path.display()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn a_package_has_every_file_that_it_compiles_and_is_small() {
    for package in published() {
        let name = text(&package, "name");
        let listed = cargo(&["package", "--list", "--offline", "--allow-dirty", "-p", name]);
        let listed: BTreeSet<PathBuf> = listed.lines().map(PathBuf::from).collect();
        let mut bytes = 0;
        for file in &listed {
            // A few files are made by cargo, or lie at the root.
            let path = folder(&package).join(file);
            bytes += path.metadata().map_or(0, |metadata| metadata.len());
            if file.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                for other in taken(&source) {
                    let other = plain(&file.with_file_name("").join(other));
                    assert!(
                        listed.contains(&other),
                        "{name}: {} needs {}",
                        file.display(),
                        other.display()
                    );
                }
            }
            let of_tests = file.starts_with("tests") || file.starts_with("bench");
            assert!(!of_tests, "{name}: {} reads files that are not there", file.display());
        }
        assert!(bytes < MOST_BYTES, "{name} has {bytes} bytes");
    }
}

#[test]
fn cargo_packages_them_all() {
    let folder = format!("--target-dir={}/packages", env!("CARGO_TARGET_TMPDIR"));
    let arguments = [
        "package",
        "--workspace",
        "--no-verify",
        "--offline",
        "--allow-dirty",
        "--exclude=mnv3-testing",
    ];
    cargo(&[&arguments[..], &[&folder]].concat());
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages/package");
    for package in published() {
        let file = format!("{}-{}.crate", text(&package, "name"), text(&package, "version"));
        assert!(made.join(&file).is_file(), "{file}");
    }
}
