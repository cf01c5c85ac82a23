//! Inputs that are no ordinary files: each is read, or refused with what to do.

use crate::run::{Run, finish, mnv3_in, root, with_input};
use std::fs;
use std::path::Path;

const SPEC: &str = "specs/text-direction.yaml";
const WEIGHTS: &str = "specs/text-direction.safetensors";

fn read(path: &str) -> Vec<u8> {
    fs::read(root().join(path)).unwrap()
}

/// What every command says of an input that is not what it reads.
#[track_caller]
fn refused(run: &Run, says: &str) {
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.err.contains(says), "{says}: {}", run.err);
}

#[test]
fn a_folder_and_an_empty_file_are_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("empty.yaml"), "").unwrap();
    fs::write(folder.path().join("spec.yaml"), read(SPEC)).unwrap();
    let run = |arguments: &[&str]| finish(&mut mnv3_in(folder.path(), arguments));
    for command in ["check", "summary", "expand", "torch", "bench"] {
        refused(&run(&[command, "folder"]), "this is not a file\n  = name a YAML file");
        refused(&run(&[command, "empty.yaml"]), "the spec is empty");
    }
    refused(&run(&["direction", "folder"]), "the folder has no pictures");
    refused(&run(&["direction", "empty.yaml"]), "the file is empty");
    for command in [
        ["convert", "folder", "-o", "out"].as_slice(),
        &["pack", "spec.yaml", "folder", "-o", "out"],
    ] {
        refused(&run(command), "name the file in it that holds the weights");
    }
    refused(&run(&["convert", "empty.yaml", "-o", "out"]), "an empty file");
    refused(&run(&["pack", "spec.yaml", "empty.yaml", "-o", "out"]), "an empty file");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn standard_input_is_read_once() {
    let twice = "`-` is named twice, and standard input was read to its end already\n  = name a file instead";
    let spec = read(SPEC);
    for command in [
        ["check", "-", "-"].as_slice(),
        &["bench", "-", "-", "--seconds", "0.1"],
        &["pack", "-", "-", "-o", "/nowhere/out"],
        &["convert", "-", "--check", "-"],
    ] {
        refused(&with_input(command, &spec), twice);
    }
    refused(
        &with_input(["direction", "-", "-"], &read("tests/images/line-upright.png")),
        twice,
    );
    // The advice: a file for one of them.
    let advised = with_input(["convert", WEIGHTS, "--check", "-"], &spec);
    assert_eq!(advised.code, 0, "{advised:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_read_like_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let spec = root().canonicalize().unwrap().join(SPEC);
    let spec = spec.to_str().unwrap();
    for (command, content) in [
        (["check", "pipe"].as_slice(), SPEC),
        (&["summary", "pipe"], SPEC),
        (&["direction", "pipe"], "tests/images/line-upright.png"),
        (&["convert", "pipe", "--check", spec], WEIGHTS),
    ] {
        let (pipe, content) = (pipe.clone(), read(content));
        // Opening waits for the command to open the other end.
        let writer = std::thread::spawn(move || fs::write(pipe, content));
        let run = finish(&mut mnv3_in(folder.path(), command));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{command:?}");
        writer.join().unwrap().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_as_good_as_any() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = |end: &str| OsString::from_iter([OsStr::from_bytes(b"a\xff"), end.as_ref()]);
    let copy = |from: &str, end: &str| fs::copy(root().join(from), Path::join(folder.path(), name(end))).unwrap();
    copy(SPEC, ".yaml");
    copy(WEIGHTS, ".st");
    copy("tests/images/line-upright.png", ".png");
    for command in [
        ["check", ".yaml"].as_slice(),
        &["check", "--json", ".yaml"],
        &["summary", ".yaml"],
        &["direction", "--json", ".png"],
        &["pack", ".yaml", ".st", "-o", ".mnv3"],
        &["convert", ".st", "-o", ".out"],
        &["convert", ".st", "-o", ".out", "--json"],
    ] {
        let arguments = command.iter().map(|part| match part.starts_with('.') {
            true => name(part),
            false => OsString::from(part),
        });
        let run = finish(&mut mnv3_in(folder.path(), arguments));
        assert_eq!(run.code, 0, "{command:?}: {}", run.err);
        if command.contains(&"--json") {
            assert_eq!(run.json().len(), 1, "{command:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_an_error() {
    for command in [
        ["check", SPEC].as_slice(),
        &["summary", SPEC],
        &["expand", SPEC],
        &["torch", SPEC],
        &["spec", "--list"],
        &["direction", "tests/images/line-upright.png"],
        &["convert", WEIGHTS, "--check", SPEC],
        &["pack", SPEC, WEIGHTS, "-o", "-"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = finish(mnv3_in(&root(), command).stdout(full));
        refused(&run, "standard output cannot be written");
    }
}
