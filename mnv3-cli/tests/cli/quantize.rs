//! `mnv3 quantize`: scales from a folder of pictures.

use crate::run::{Run, finish, mnv3, mnv3_in, root};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Quantises text-direction with the pictures of a folder, into `int8.safetensors` of a folder of its own.
fn quantize(spec: &str, pictures: &Path, more: &[&str]) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let root = root().canonicalize().unwrap();
    let (spec, weights) = (root.join(spec), root.join("specs/text-direction.safetensors"));
    let mut arguments: Vec<&OsStr> = vec![OsStr::new("quantize"), spec.as_os_str(), weights.as_os_str()];
    arguments.extend([OsStr::new("--calibrate"), pictures.as_os_str()]);
    arguments.extend(["-o", "int8.safetensors"].map(OsStr::new));
    arguments.extend(more.iter().map(OsStr::new));
    (finish(&mut mnv3_in(folder.path(), arguments)), folder)
}

fn direction(pictures: &Path, more: &[&str]) -> (Run, tempfile::TempDir) {
    quantize("specs/text-direction.yaml", pictures, more)
}

#[test]
fn the_file_runs_in_eight_bits_and_is_the_same_each_time() {
    // Five pictures, and a page of text that is none.
    let pictures = root().canonicalize().unwrap().join("tests/images");
    let (run, folder) = direction(&pictures, &[]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("README.md"), "{}", run.err);
    assert!(run.out.contains("bottleneck_11.residual"), "{}", run.out);
    assert!(
        run.out.ends_with("5 of 5 pictures have the same likeliest class\n"),
        "{}",
        run.out
    );
    let file = fs::read(folder.path().join("int8.safetensors")).unwrap();
    let network = mnv3_spec::load("text-direction.yaml", &root().join("specs/text-direction.yaml"))
        .unwrap()
        .network;
    let plan = mnv3_codegen::Plan::new(&network);
    assert!(mnv3_exec::Int8::new(&plan, &file).is_ok());
    let (run, again) = direction(&pictures, &["--json"]);
    assert!(run.out.contains("\"same_class\":5"), "{}", run.out);
    assert_eq!(file, fs::read(again.path().join("int8.safetensors")).unwrap());
}

#[test]
fn a_network_that_segments_or_detects_is_refused_before_anything_is_read() {
    let nowhere = ["--calibrate", "none", "-o", "none.safetensors"];
    for spec in ["mnv3:torchvision/lraspp-small", "mnv3:torchvision/ssdlite320-small"] {
        let run = mnv3(["quantize", spec, "none"].into_iter().chain(nowhere));
        assert_eq!(run.code, 1);
        assert!(
            run.err
                .starts_with(&format!("error: {spec}: a network that segments or detects")),
            "{}",
            run.err
        );
    }
}

#[test]
fn without_pictures_nothing_is_written() {
    let empty = tempfile::tempdir().unwrap();
    let (run, folder) = direction(empty.path(), &[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("no picture that can be read"), "{}", run.err);
    assert!(!folder.path().join("int8.safetensors").exists());
    fs::write(empty.path().join("a.png"), b"\x89PNG\r\n\x1a\nbroken").unwrap();
    let (run, _) = direction(empty.path(), &[]);
    assert!(
        run.err.contains("a.png") && run.err.contains("no picture that can be read"),
        "{}",
        run.err
    );
    let (run, _) = direction(&empty.path().join("absent"), &[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("the folder cannot be read"), "{}", run.err);
}
