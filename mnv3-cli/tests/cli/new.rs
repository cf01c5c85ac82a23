//! `new`: what is written builds and answers, and nothing is overwritten.

use crate::run::{finish, mnv3_in, root};
use mnv3_testing::strangers;
use std::fs;
use std::path::Path;
use std::process::Output;

fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    strangers::cargo(env!("CARGO"), env!("CARGO_TARGET_TMPDIR"), folder, arguments)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

#[test]
fn a_new_crate_builds_answers_and_keeps_its_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let run = finish(&mut mnv3_in(folder.path(), ["new", "upside-down"]));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out, @"
    upside-down: a crate whose network starts from mnv3:text-direction

      cd upside-down
      cargo run -- picture.png
      cargo test

    Its table is specs/upside-down.yaml; `mnv3 summary` shows what it resolves to.
    ");
    let new = folder.path().join("upside-down");
    // The same versions as here: nothing needs to be fetched.
    fs::copy(root().join("Cargo.lock"), new.join("Cargo.lock")).unwrap();

    let picture = root().join("tests/images/line-upright.png");
    let answer = cargo(&new, &["run", "--", picture.to_str().unwrap()]);
    assert!(answer.status.success(), "{}", text(&answer));
    let out = String::from_utf8(answer.stdout).unwrap();
    let percent = |line: &str| line.split('%').next().unwrap().trim().parse::<f64>().unwrap();
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!((out.lines().map(percent).sum::<f64>() - 100.0).abs() < 0.11, "{out}");
    // With the name that its spec gives.
    assert!(out.lines().next().unwrap().ends_with("upright"), "{out}");

    let test = cargo(&new, &["test"]);
    assert!(test.status.success(), "{}", text(&test));
    let formatted = cargo(&new, &["fmt", "--check"]);
    assert!(formatted.status.success(), "{}", text(&formatted));

    // What its spec shows as comments can be uncommented.
    let spec = new.join("specs/upside-down.yaml");
    let shown = fs::read_to_string(&spec).unwrap();
    let uncommented: String = shown
        .lines()
        .map(|line| match line.strip_prefix("# ").or(line.strip_prefix("#")) {
            Some(key) if key.trim_start().split(' ').next().unwrap().ends_with(':') && !key.contains('$') => {
                format!("{key}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    assert_ne!(uncommented, shown);
    fs::write(&spec, uncommented).unwrap();
    let check = finish(&mut mnv3_in(&new, ["check", "specs/upside-down.yaml"]));
    assert_eq!(check.code, 0, "{}", check.err);
    let built = cargo(&new, &["build"]);
    assert!(
        text(&built).contains("the weights do not fit UpsideDown"),
        "{}",
        text(&built)
    );

    let again = finish(&mut mnv3_in(folder.path(), ["new", "upside-down", "--from", "small"]));
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    insta::assert_snapshot!(again.err, @"
    error: upside-down: this is there already, and nothing is overwritten
      = name another folder
    ");
}

#[test]
fn a_new_crate_without_weights_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = finish(&mut mnv3_in(folder.path(), ["new", "photos", "--from", "small"]));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out, @"
    photos: a crate whose network starts from mnv3:small

      cd photos
      cargo run -- picture.jpg weights.safetensors
      cargo test

    Its table is specs/photos.yaml; `mnv3 summary` shows what it resolves to.
    Weights: `mnv3 convert` reads those of the libraries, `mnv3 torch specs/photos.yaml` prints a module to train.
    ");
    let new = folder.path().join("photos");
    fs::copy(root().join("Cargo.lock"), new.join("Cargo.lock")).unwrap();
    let formatted = cargo(&new, &["fmt", "--check"]);
    assert!(formatted.status.success(), "{}", text(&formatted));
    let answer = cargo(&new, &["run", "--", "photo.jpg"]);
    assert!(!answer.status.success());
    assert!(text(&answer).contains("name a picture and weights: cargo run -- picture.jpg weights.safetensors"));
}

#[test]
fn a_crate_from_any_published_spec_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (i, from) in mnv3_spec::published().enumerate() {
        let name = format!("crate{i}");
        let run = finish(&mut mnv3_in(folder.path(), ["new", &name, "--from", &from]));
        if mnv3_spec::load(&from, Path::new(&from))
            .unwrap()
            .network
            .classes()
            .is_none()
        {
            assert!(
                run.code == 1 && run.err.contains(&format!("write `extends: {from}`")),
                "{}",
                run.err
            );
            assert!(!folder.path().join(&name).exists());
            continue;
        }
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{from}");
        let network = mnv3_spec::load("", &folder.path().join(format!("{name}/specs/{name}.yaml"))).unwrap();
        assert!(network.has_own_name);
        let network = network.network;
        assert_eq!(network.name, format!("Crate{i}"));
        assert!(
            network.preprocess.is_some() && network.classify().is_some(),
            "{from} has no `classify`"
        );
    }
}

#[test]
fn what_cannot_be_a_crate_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let run = finish(&mut mnv3_in(folder.path(), arguments));
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{arguments:?}");
        run.err
    };
    insta::assert_snapshot!(refused(&["new", "3 lines"]), @"
    error: 3 lines: this cannot be the name of a crate
      = write letters, digits, - and _, a letter first, such as my-lines
    ");
    insta::assert_snapshot!(refused(&["new", "mnv3"]), @"
    error: mnv3: this name is taken
      = write letters, digits, - and _, a letter first, such as my-lines
    ");
    insta::assert_snapshot!(refused(&["new", "lines", "--from", "smal"]), @"
    error: mnv3:smal: there is no published spec of this name
      = did you mean mnv3:small? `mnv3 spec --list` lists all
    ");
    insta::assert_snapshot!(refused(&["new", "lines", "--from", "specs/mine.yaml"]), @"
    error: specs/mine.yaml is a path, not the name of a published spec
      = `mnv3 spec --list` lists them; change `extends` in the crate's spec later
    ");
    insta::assert_snapshot!(refused(&["new", "no/lines"]), @"
    error: no/lines: there is no folder to make it in
      = make that first, or check the path
    ");
    insta::assert_snapshot!(refused(&["new", "lines", "--mnv3", "."]), @"
    error: .: this is not the folder of mnv3
      = name the folder that holds mnv3's own Cargo.toml
    ");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
