//! `run`: tables of answers.

use crate::batch::many;
use crate::classify::{TINY, classify};
use crate::run::{Run, finish, mnv3_in, root};
use mnv3_testing::Weights;
use serde_json::Value;
use std::fs;
use std::path::Path;

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Run {
    finish(&mut mnv3_in(
        folder,
        ["run", "spec.yaml", "w.safetensors"].iter().chain(arguments),
    ))
}

#[test]
fn rows_are_what_classify_answers() {
    let folder = many();
    let asked = ["photos", "shard.tar", "b.png", "--top", "3"];
    let want = classify(
        folder.path(),
        &[&["spec.yaml", "w.safetensors", "--json"], &asked[..]].concat(),
    );
    let rows = run(folder.path(), &asked);
    assert_eq!((rows.code, rows.json()), (0, want.json()));
    assert!(rows.err.starts_with("7 pictures in 0 s, "), "{}", rows.err);
    for file in ["a.jsonl", "b.csv", "c.txt"] {
        let done = run(folder.path(), &[&asked[..], &["-o", file]].concat());
        assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
        assert!(!folder.path().join(format!("{file}.part")).exists());
    }
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    assert_eq!(read("a.jsonl"), rows.out);
    assert_eq!(read("c.txt"), rows.out);
    let csv = run(folder.path(), &[&asked[..], &["--format", "csv", "-o", "-"]].concat());
    assert_eq!(read("b.csv"), csv.out);
    let mut lines = csv.out.lines();
    assert_eq!(lines.next(), Some("image,rank,class,label,probability,error"));
    for answer in want.json() {
        for (rank, class) in answer["classes"].as_array().unwrap().iter().enumerate() {
            let image = answer["image"].as_str().unwrap();
            let line = format!("{image},{},{},,{},", rank + 1, class["index"], class["probability"]);
            assert_eq!(lines.next(), Some(line.as_str()));
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn broken_pictures_have_a_row_are_listed_and_counted() {
    let folder = many();
    let whole = fs::read(folder.path().join("a.png")).unwrap();
    fs::write(folder.path().join("photos/15.png"), &whole[..whole.len() / 2]).unwrap();
    let done = run(folder.path(), &["photos", "absent.png", "--top=1", "-o", "out.csv"]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    let told = done.err.split_once('\n').unwrap().1;
    insta::assert_snapshot!(told, @"
    2 could not be read:
      photos/15.png: the file starts like PNG, but it is broken: unexpected end of file
      absent.png: there is no such file
    ");
    let csv = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(
        lines[2],
        "photos/15.png,,,,,\"the file starts like PNG, but it is broken: unexpected end of file\""
    );
    assert_eq!(lines[6], "absent.png,,,,,there is no such file");
    assert!(lines[3].starts_with("photos/2.png,1,"));
}

/// A spec of another head, its weights by the formula, and a picture.
fn folder_of(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let network = mnv3_spec::parse("spec.yaml", spec).unwrap();
    fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    fs::write(
        folder.path().join("w.safetensors"),
        Weights::of(&network, 5.0).file().unwrap(),
    )
    .unwrap();
    fs::copy(
        root().join("tests/fixtures/coffee.png"),
        folder.path().join("coffee.png"),
    )
    .unwrap();
    folder
}

/// The answer of another command, without what only `run` leaves out.
fn answer_of(folder: &Path, command: &str) -> Value {
    let arguments = [command, "spec.yaml", "w.safetensors", "coffee.png", "--json"];
    finish(&mut mnv3_in(folder, arguments)).json().remove(0)
}

#[test]
fn what_is_asked_is_what_the_head_is_for() {
    let folder = folder_of("extends: mnv3:torchvision/ssdlite320-small\nname: Small\n");
    let row = run(folder.path(), &["coffee.png"]).json().remove(0);
    let boxes = row["boxes"].as_array().unwrap();
    assert_eq!(row["boxes"], answer_of(folder.path(), "detect")["boxes"]);
    assert!(!boxes.is_empty());
    let best = run(folder.path(), &["coffee.png", "--top", "1"]).json().remove(0);
    assert_eq!(best["boxes"].as_array().unwrap()[..], boxes[..1]);
    let none = run(folder.path(), &["coffee.png", "--threshold", "1", "--format", "csv"]);
    assert_eq!(none.out.lines().nth(1), Some("coffee.png,,,,,,,,,"));

    let folder = folder_of(
        "extends: mnv3:torchvision/lraspp-small\nname: Small\ninput: { size: [64, 96] }\nhead: { classes: 5 }\n",
    );
    let row = run(folder.path(), &["coffee.png"]).json().remove(0);
    let want = answer_of(folder.path(), "segment");
    let shares = |row: &Value, key: &str| {
        let shown = row[key].as_array().unwrap().iter();
        shown
            .map(|class| (class["class"].clone(), class["share"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(shares(&row, "shares"), shares(&want, "classes"));
    let idle = run(folder.path(), &["coffee.png", "--top", "2"]);
    assert_eq!(
        (idle.code, idle.err.as_str()),
        (
            1,
            "error: spec.yaml: --top says nothing to a network that segments\n  = leave it out\n"
        )
    );

    let folder = folder_of(&TINY.replace("classes: 7", "classes: none"));
    let row = run(folder.path(), &["coffee.png"]).json().remove(0);
    let embedding: Vec<f64> = row["embedding"]
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect();
    assert_eq!(embedding.len(), 8);
    let csv = run(folder.path(), &["coffee.png", "--format", "csv"]).out;
    let numbers = csv.lines().nth(1).unwrap().split(',').nth(1).unwrap();
    let numbers: Vec<f64> = numbers.split(' ').map(|x| x.parse().unwrap()).collect();
    assert_eq!(numbers, embedding);
    assert!(embedding.iter().any(|x| *x != 0.0), "{embedding:?}");
}

#[test]
fn a_network_without_an_answer_and_a_place_without_a_folder_are_refused_before_any_work() {
    let folder = many();
    let told = |arguments: &[&str]| {
        let run = run(folder.path(), arguments);
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        run.err
    };
    assert!(told(&["photos", "-o", "none/out.csv"]).contains("there is no folder none\n  = make it first"));
    assert!(told(&["photos", "-o", "photos/below"]).contains("this is a folder"));
    assert!(told(&["a.png", "-o", "a.png"]).contains("this is the input a.png itself"));
    assert!(told(&["a.png", "-o", "spec.yaml"]).contains("itself\n  = name another file"));
    fs::write(
        folder.path().join("spec.yaml"),
        TINY.replace("head: { pool: avg, hidden: none, classes: 7 }", "head: none"),
    )
    .unwrap();
    assert!(told(&["a.png"]).contains("the network has no head that classifies"));
    for wrong in [
        &["a.png", "--resume"][..],
        &["a.png", "--json", "--format", "csv"],
        &["a.png", "--format", "xls"],
        &[],
    ] {
        assert_eq!(run(folder.path(), wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn fast_decoding_changes_probabilities_a_little_and_is_asked_for() {
    let folder = many();
    let photo = image::RgbImage::from_fn(1024, 768, |x, y| {
        let wave = |at: u32| ((f64::from(at) / 40.0).sin() * 100.0 + 128.0) as u8;
        image::Rgb([wave(x + y), wave(x), wave(3 * y)])
    });
    photo.save(folder.path().join("photo.jpg")).unwrap();
    let probabilities = |run: Run| {
        assert_eq!(run.code, 0, "{}", run.err);
        let row = run.json().remove(0);
        let mut classes: Vec<(u64, f64)> = crate::classify::classes(&row);
        classes.sort_by_key(|(index, _)| *index);
        classes
    };
    let ask = ["photo.jpg", "--top=7", "--json"];
    let exact = probabilities(run(folder.path(), &ask));
    let fast = probabilities(run(folder.path(), &[&ask[..], &["--fast"]].concat()));
    assert_ne!(exact, fast);
    for ((_, exact), (_, fast)) in exact.iter().zip(&fast) {
        assert!((exact - fast).abs() < 0.01, "{exact} {fast}");
    }
    let asked = [&["spec.yaml", "w.safetensors", "--fast"], &ask[..]].concat();
    assert_eq!(probabilities(classify(folder.path(), &asked)), fast);
}

#[test]
fn tables_of_other_programs_are_for_sql() {
    let folder = many();
    fs::write(folder.path().join("a.parquet"), "PAR1").unwrap();
    let told = run(folder.path(), &["a.parquet"]);
    assert_eq!(told.code, 1);
    insta::assert_snapshot!(told.out, @r#"{"image":"a.parquet","error":"this is a table, and its pictures are in a column","help":"ask in SQL: mnv3 sql --function classify=SPEC,WEIGHTS \"SELECT classify(image) FROM 'FILE.parquet'\""}"#);
    let told = run(folder.path(), &["a.png", "-o", "out.PARQUET"]);
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    insta::assert_snapshot!(told.err, @r#"
    error: out.PARQUET: mnv3 run writes CSV and JSON lines
      = name another file, or ask in SQL: mnv3 sql "COPY (SELECT ...) TO 'FILE.parquet'"
    "#);
    assert!(!folder.path().join("out.PARQUET").exists());
}
