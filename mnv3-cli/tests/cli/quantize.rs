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
    if !more.contains(&"--random") {
        arguments.extend([OsStr::new("--calibrate"), pictures.as_os_str()]);
    }
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
    let network = mnv3_spec::Network {
        precision: mnv3_spec::ComputedIn::Int8,
        ..network
    };
    let plan = mnv3_codegen::Plan::new(&network);
    assert!(mnv3_exec::Exec::new(&plan, &file).is_ok());
    assert!(run.err.contains("write `precision: int8` in the spec"), "{}", run.err);
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

/// A folder of one picture, grey all over but for what `paint` does.
fn one_picture(paint: impl Fn(&mut image::GrayImage)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut picture = image::GrayImage::new(192, 48);
    paint(&mut picture);
    picture.save(folder.path().join("a.png")).unwrap();
    folder
}

#[test]
fn pictures_that_are_too_few_or_too_plain_are_warned_of() {
    let (run, _) = direction(
        one_picture(|picture| picture.put_pixel(9, 9, image::Luma([200]))).path(),
        &[],
    );
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("warning: one picture"), "{}", run.err);
    assert!(!run.err.contains("of one colour"), "{}", run.err);
    let (run, folder) = direction(one_picture(|_| {}).path(), &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("warning: every picture is of one colour"),
        "{}",
        run.err
    );
    assert!(folder.path().join("int8.safetensors").exists());
}

#[test]
fn noise_takes_the_place_of_pictures_and_is_said_to_be_less_accurate() {
    let nowhere = Path::new("");
    let (run, folder) = direction(nowhere, &["--random", "--images", "4"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("warning: noise is not what the network will see"),
        "{}",
        run.err
    );
    assert!(
        run.out.contains("of 4 pictures have the same likeliest class"),
        "{}",
        run.out
    );
    let file = fs::read(folder.path().join("int8.safetensors")).unwrap();
    let (_, again) = direction(nowhere, &["--random", "--images", "4"]);
    assert_eq!(file, fs::read(again.path().join("int8.safetensors")).unwrap());
    let run = mnv3(["quantize", "mnv3:small", "none", "-o", "none.safetensors"]);
    assert_eq!(run.code, 2);
    let run = mnv3([
        "quantize",
        "mnv3:small",
        "none",
        "--random",
        "--calibrate",
        "none",
        "-o",
        "none.safetensors",
    ]);
    assert_eq!(run.code, 2);
}

#[test]
fn every_command_knows_a_network_in_eight_bits() {
    let root = root().canonicalize().unwrap();
    let (_, folder) = direction(&root.join("tests/images"), &[]);
    let spec = format!(
        "extends: {}\nname: InEight\nprecision: int8\n",
        root.join("specs/text-direction.yaml").display()
    );
    fs::write(folder.path().join("eight.yaml"), spec).unwrap();
    let run = |arguments: &[&str]| {
        let run = finish(&mut mnv3_in(folder.path(), arguments.iter().map(OsStr::new)));
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
        run
    };
    let picture = root.join("tests/images/book-upside-down.png");
    let picture = picture.to_str().unwrap();
    let float = root.join("specs/text-direction.yaml");
    let in_eight = run(&["classify", "eight.yaml", "int8.safetensors", picture, "--json"]);
    let in_float = run(&[
        "classify",
        float.to_str().unwrap(),
        "int8.safetensors",
        picture,
        "--json",
    ]);
    assert!(
        in_float
            .err
            .contains("it has scales for eight bits, which are not used"),
        "{}",
        in_float.err
    );
    assert!(!in_eight.err.contains("scales"), "{}", in_eight.err);
    assert_ne!(in_eight.out, in_float.out);
    run(&["pack", "eight.yaml", "int8.safetensors", "-o", "eight.mnv3"]);
    let packed = run(&["classify", "eight.yaml", "eight.mnv3", picture, "--json"]);
    assert_eq!(packed.out, in_eight.out);
    let plan = run(&["summary", "eight.yaml", "--plan"]);
    assert!(plan.out.contains("depthwise in int8"), "{}", plan.out);
    run(&["bench", "eight.yaml", "--seconds", "0.1"]);
    let expanded = run(&["expand", "eight.yaml"]);
    assert!(expanded.out.contains("int8::inverted_residual("), "{}", expanded.out);
}

#[test]
fn the_tutorials_network_is_what_its_command_writes() {
    let digits = root().canonicalize().unwrap().join("examples/digits");
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["digits-int8.yaml", "digits.safetensors", "--calibrate", "calibrate"];
    let arguments = arguments.map(|name| {
        if name.starts_with('-') {
            name.into()
        } else {
            digits.join(name)
        }
    });
    let command = ["quantize".into()]
        .into_iter()
        .chain(arguments)
        .chain(["-o".into(), "digits-int8.safetensors".into()]);
    let run = finish(&mut mnv3_in(folder.path(), command));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.out.ends_with("40 of 40 pictures have the same likeliest class\n"),
        "{}",
        run.out
    );
    let [ours, kept] = [folder.path(), &digits].map(|folder| fs::read(folder.join("digits-int8.safetensors")).unwrap());
    assert_eq!(tensors(&ours), tensors(&kept));
}

fn tensors(file: &[u8]) -> std::collections::BTreeMap<String, Vec<u8>> {
    let file = safetensors::SafeTensors::deserialize(file).unwrap();
    file.iter()
        .map(|(name, view)| (name.to_owned(), view.data().to_vec()))
        .collect()
}
