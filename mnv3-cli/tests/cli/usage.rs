//! Help, exit codes and pipes.

use crate::run::{mnv3, mnv3_in, root};
use std::process::Stdio;

const COMMANDS: [&str; 14] = [
    "run",
    "schema",
    "new",
    "classify",
    "direction",
    "spec",
    "convert",
    "check",
    "summary",
    "expand",
    "pack",
    "quantize",
    "torch",
    "bench",
];

#[test]
fn every_command_has_help_with_examples_and_exit_codes() {
    let whole = mnv3(["--help"]);
    assert_eq!(whole.code, 0);
    for command in COMMANDS {
        assert!(whole.out.contains(command), "{}", whole.out);
        let help = mnv3([command, "--help"]);
        assert_eq!(help.code, 0, "{command}");
        assert!(help.out.contains(&format!("  mnv3 {command}")), "{}", help.out);
        assert!(help.out.contains("Exit codes: 0"), "{}", help.out);
    }
}

#[test]
fn a_wrong_command_line_exits_with_2_and_says_what_is_wrong() {
    for arguments in [
        vec![],
        vec!["directon", "x.png"],
        vec!["check"],
        vec!["summary", "--plain", "x.yaml"],
    ] {
        let run = mnv3(&arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains("Usage") || run.err.contains("similar"), "{}", run.err);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    for arguments in [
        ["expand", "specs/large.yaml"],
        ["summary", "specs/large.yaml"],
        ["check", "specs/large.yaml"],
    ] {
        let mut command = mnv3_in(&root(), arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn what_goes_into_a_pipe_has_no_colour() {
    for arguments in [
        ["check", "specs/large.yaml"],
        ["check", "absent.yaml"],
        ["summary", "specs/large.yaml"],
    ] {
        let run = mnv3(arguments);
        assert!(!run.out.contains('\x1b') && !run.err.contains('\x1b'), "{run:?}");
    }
}

#[test]
fn bench_times_every_row_of_any_spec() {
    let run = mnv3(["bench", "mnv3:text-direction", "--layers", "--json", "--seconds", "0.1"]);
    assert_eq!((run.code, run.err.contains("debug build")), (0, cfg!(debug_assertions)));
    let report = &run.json()[0];
    assert_eq!(report["network"], "TextDirection");
    let positive = |value: &serde_json::Value| value.as_f64().is_some_and(|number| number > 0.0);
    assert!(
        positive(&report["peak_gflops"]) && positive(&report["milliseconds"]),
        "{report}"
    );
    let names: Vec<&str> = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!((names.first(), names.last()), (Some(&"stem"), Some(&"head")));
    assert_eq!(names.len(), 14);
    for arguments in [
        ["bench", "mnv3:small", "--seconds=0"],
        ["bench", "mnv3:small", "--seconds=inf"],
        ["bench", "mnv3:small", "--size=0"],
        ["bench", "mnv3:small", "--size=9x"],
        ["bench", "mnv3:small", "--threads=0"],
    ] {
        assert_eq!(mnv3(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(mnv3(["bench", "mnv3:small", "--threads=2", "--layers"]).code, 2);
    assert_eq!(mnv3(["bench", "mnv3:huge"]).code, 1);
}

#[test]
fn bench_times_several_specs_side_by_side_at_a_size_and_on_threads() {
    let arguments = [
        "bench",
        "mnv3:text-direction",
        "mnv3:small",
        "--size",
        "32x64",
        "--threads",
        "2",
        "--seconds",
        "0.1",
    ];
    let run = mnv3(arguments);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("on 2 threads"), "{}", run.out);
    let lines: Vec<&str> = run.out.lines().filter(|line| line.starts_with("mnv3:")).collect();
    assert!(
        lines[0].contains("32x64x3") && lines[1].contains("32x64x3"),
        "{}",
        run.out
    );
    let json = mnv3(arguments.into_iter().chain(["--json"])).json();
    assert_eq!((json.len(), &json[1]["input"]), (2, &serde_json::json!([32, 64, 3])));
}
