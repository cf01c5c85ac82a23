//! `run --resume`: kills, torn lines, other options, and memory that does not grow.

use crate::batch::archive;
use crate::classify::{TINY, folder};
use crate::rows::run;
use crate::run::mnv3_in;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A folder with an archive of so many pictures.
fn pictures(count: usize) -> tempfile::TempDir {
    let folder = folder(TINY);
    let names: Vec<String> = (0..count).map(|number| format!("{number:06}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    archive(&folder.path().join("many.tar"), folder.path(), &names);
    folder
}

fn start(folder: &Path, more: &[&str]) -> Child {
    let arguments = ["run", "spec.yaml", "w.safetensors", "many.tar", "--top=1"];
    let mut command = mnv3_in(folder, arguments.iter().chain(more));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Lines that are whole in a file that may not be there.
fn lines(path: &Path) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
}

#[test]
fn a_run_that_is_killed_again_and_again_has_every_row_once_and_in_order() {
    let folder = pictures(600);
    let at = |name: &str| folder.path().join(name);
    let whole = run(
        folder.path(),
        &["many.tar", "a.png", "a.png", "--top=1", "-o", "whole.csv"],
    );
    assert_eq!(whole.code, 0, "{}", whole.err);
    let mut kills = 0;
    for more in 1.. {
        let mut child = start(folder.path(), &["a.png", "a.png", "-o", "out.csv", "--resume"]);
        let start = Instant::now();
        // A header and some rows more than before.
        while lines(&at("out.csv.part")) < more * 90 && child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "no rows come");
            thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        // By the signal, not at its end.
        if child.wait().unwrap().code().is_some() {
            break;
        }
        kills += 1;
        assert!(!at("out.csv").exists());
        // What a kill in the middle of a write leaves.
        let mut part = File::options().append(true).open(at("out.csv.part")).unwrap();
        part.write_all(b"{\"image\":\"many.tar/0000").unwrap();
    }
    assert!(kills >= 3, "{kills} kills");
    let read = |name: &str| fs::read_to_string(at(name)).unwrap();
    assert_eq!(read("out.csv"), read("whole.csv"));
    assert!(!at("out.csv.part").exists() && !at("out.csv.part.new").exists());
    let again = run(
        folder.path(),
        &["many.tar", "a.png", "a.png", "--top=1", "-o", "out.csv", "--resume"],
    );
    assert_eq!(
        (again.code, again.err.as_str()),
        (0, "out.csv was finished before: remove it to begin anew\n")
    );
}

/// A run that was killed after some rows.
fn killed() -> tempfile::TempDir {
    let folder = pictures(300);
    let mut child = start(folder.path(), &["-o", "out.jsonl"]);
    while lines(&folder.path().join("out.jsonl.part")) < 20 {
        assert!(child.try_wait().unwrap().is_none(), "it is done already");
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    folder
}

#[test]
fn pictures_that_came_or_went_meanwhile_are_neither_lost_nor_there_twice() {
    let folder = killed();
    let before = lines(&folder.path().join("out.jsonl.part")) - 1;
    let done = run(
        folder.path(),
        &["b.png", "many.tar", "a.png", "--top=1", "-o", "out.jsonl", "--resume"],
    );
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.err.contains(&format!("; {before} were there before")),
        "{}",
        done.err
    );
    let mut times = HashMap::new();
    for line in fs::read_to_string(folder.path().join("out.jsonl")).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        *times.entry(row["image"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(times.len(), 302);
    assert!(times.values().all(|times| *times == 1));
}

#[test]
fn what_an_earlier_run_left_is_not_mixed_with_another() {
    let folder = killed();
    let told = |more: &[&str]| {
        let run = run(folder.path(), &[&["many.tar", "-o", "out.jsonl"], more].concat());
        assert_eq!(run.code, 1);
        run.err
    };
    insta::assert_snapshot!(told(&["--top=1"]), @"
    error: out.jsonl.part: an earlier run did not come to its end
      = go on with it with --resume, or remove this file to begin anew
    ");
    insta::assert_snapshot!(told(&["--resume"]), @"
    error: out.jsonl.part: it was begun with --top 1
      = ask for the same as then, or remove this file to begin anew
    ");
    let spec = fs::read_to_string(folder.path().join("spec.yaml")).unwrap();
    fs::write(
        folder.path().join("spec.yaml"),
        spec.replace(
            "head:",
            "preprocess: { fit: stretch, filter: bilinear, mean: 0.5, std: 0.5 }\nhead:",
        ),
    )
    .unwrap();
    insta::assert_snapshot!(told(&["--top=1", "--resume"]), @"
    error: out.jsonl.part: it was begun with another spec, or by another version of mnv3
      = ask for the same as then, or remove this file to begin anew
    ");
    fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    let part = File::open(folder.path().join("out.jsonl.part")).unwrap();
    part.lock().unwrap();
    insta::assert_snapshot!(told(&["--top=1", "--resume"]), @"
    error: out.jsonl.part: another run writes there now
      = wait for its end, or name another file with -o
    ");
    drop(part);
    let mut text = fs::read_to_string(folder.path().join("out.jsonl.part")).unwrap();
    text.insert_str(text.find('\n').unwrap() + 1, "what is this?\n");
    fs::write(folder.path().join("out.jsonl.part"), text).unwrap();
    insta::assert_snapshot!(told(&["--top=1", "--resume"]), @"
    error: out.jsonl.part: line 2 is none that a run wrote
      = remove this file to begin anew
    ");
}

/// The most memory that a run had, in kB.
fn memory(count: usize) -> u64 {
    let folder = pictures(count);
    let mut child = start(folder.path(), &["-o", "out.csv"]);
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most = line
            .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .unwrap_or(most);
        thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(lines(&folder.path().join("out.csv")), count + 1);
    most
}

#[test]
fn memory_does_not_grow_with_the_number_of_pictures() {
    let [few, many] = [500, 6000].map(memory);
    // Names of what is in an archive are kept while it is read: 100 bytes each.
    assert!(many < few + 4000, "{few} kB for 500, {many} kB for 6000");
}
