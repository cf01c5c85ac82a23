//! Help, exit codes and pipes.

use crate::run::{mnv3, mnv3_in, root};
use std::process::Stdio;

const COMMANDS: [&str; 5] = ["direction", "check", "summary", "expand", "torch"];

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
