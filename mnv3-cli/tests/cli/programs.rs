//! Subcommands that are programs of their own.

use crate::run::finish;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A program that tells what it was given.
fn program(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::write(&path, "#!/bin/sh\nprintf '%s|' \"$0\" \"$@\"\nexit 7\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `mnv3` in a folder of its own, with nothing but a folder on PATH.
fn mnv3(folder: &Path, path: &Path, arguments: &[&str]) -> Command {
    let own = folder.join("mnv3");
    if !own.exists() {
        let built = env!("CARGO_BIN_EXE_mnv3");
        fs::hard_link(built, &own)
            .or_else(|_| fs::copy(built, &own).map(drop))
            .unwrap();
    }
    let mut command = Command::new(own);
    command.args(arguments).env("PATH", path).stdin(Stdio::null());
    command
}

#[test]
fn a_program_is_found_beside_mnv3_or_on_path_and_given_every_argument() {
    let (beside, path) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    program(path.path(), "mnv3-sql");
    let arguments = ["sql", "--format", "csv", "--help", "SELECT 'a  b'", "--", "-x"];
    let told = finish(&mut mnv3(beside.path(), path.path(), &arguments));
    assert_eq!((told.code, told.err.as_str()), (7, ""));
    let found = told.out.split_once('|').unwrap();
    assert!(found.0.ends_with("mnv3-sql"), "{}", told.out);
    assert_eq!(found.1, "--format|csv|--help|SELECT 'a  b'|--|-x|");
    program(beside.path(), "mnv3-cluster");
    program(path.path(), "mnv3-cluster");
    let told = finish(&mut mnv3(beside.path(), path.path(), &["cluster"]));
    assert_eq!(told.code, 7);
    assert!(told.out.starts_with(beside.path().to_str().unwrap()), "{}", told.out);
}

#[test]
fn a_program_that_is_not_there_is_named_with_the_command_that_builds_it() {
    let nothing = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| finish(&mut mnv3(nothing.path(), nothing.path(), arguments));
    let told = run(&["sql", "SELECT 1"]);
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    insta::assert_snapshot!(told.err, @"
    error: mnv3-sql: this is a program of its own, and is neither beside mnv3 nor on PATH
      = build it in a clone of the repository: cargo install --locked --path engine/mnv3-sql
    ");
    insta::assert_snapshot!(run(&["cluster", "--help"]).err, @"
    error: mnv3-cluster: this is a program of its own, and is neither beside mnv3 nor on PATH
      = build it in a clone of the repository: cargo install --locked --path engine/mnv3-ballista
    ");
}
