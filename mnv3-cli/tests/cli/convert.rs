//! `mnv3 convert`: checkpoints to safetensors, and whether they fit a spec.

use crate::run::{Run, finish, mnv3, mnv3_in, root};
use std::fs;
use std::path::PathBuf;

const FILES: &str = "mnv3-convert/tests/files";

/// Converts a file to `out.safetensors` in a folder of its own; the run, the file, the folder.
fn converted(name: &str) -> (Run, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let input = root().canonicalize().unwrap().join(FILES).join(name);
    let arguments = [
        "convert".as_ref(),
        input.as_os_str(),
        "-o".as_ref(),
        "out.safetensors".as_ref(),
    ];
    (finish(&mut mnv3_in(folder.path(), arguments)), input, folder)
}

#[test]
fn a_checkpoint_becomes_the_safetensors_that_pytorch_itself_writes() {
    let (run, input, folder) = converted("wrapped.pth");
    assert_eq!(run.code, 0, "{}", run.err);
    let read = |bytes: &[u8]| {
        let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
        let mut tensors: Vec<_> = file
            .iter()
            .map(|(name, view)| (name.to_owned(), view.shape().to_vec(), view.data().to_vec()))
            .collect();
        tensors.sort();
        tensors
    };
    let ours = fs::read(folder.path().join("out.safetensors")).unwrap();
    let theirs = fs::read(input.with_file_name("wrapped.expected.safetensors")).unwrap();
    assert_eq!(read(&ours), read(&theirs));
}

#[test]
fn a_check_says_whether_a_file_fits_and_ends_accordingly() {
    let good = mnv3([
        "convert",
        "--check",
        "specs/text-direction.yaml",
        "specs/text-direction.safetensors",
    ]);
    assert_eq!((good.code, good.err.as_str()), (0, ""));
    let bad = mnv3([
        "convert",
        "--check",
        "specs/small.yaml",
        "--json",
        "specs/text-direction.safetensors",
    ]);
    assert_eq!(bad.code, 1);
    assert!(bad.json()[0]["check"].is_object(), "{}", bad.out);
}

#[test]
fn a_checkpoint_that_would_run_a_program_is_refused_by_name() {
    let (run, _, folder) = converted("system.pth");
    assert_eq!(run.code, 1);
    assert!(run.err.contains("system"), "{}", run.err);
    assert!(!folder.path().join("out.safetensors").exists());
}
