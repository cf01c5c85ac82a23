//! `mnv3-sql` as its users run it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop like tests")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sql_with(arguments: &[&str], input: &str) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mnv3-sql"));
    command.current_dir(root()).args(arguments);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let told = Told {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    assert!(!told.err.contains("panicked"), "{}", told.err);
    told
}

fn sql(arguments: &[&str]) -> Told {
    sql_with(arguments, "")
}

const LINES: &str = "SELECT path, direction(image).label FROM 'tests/images' ORDER BY path";

#[test]
fn a_folder_of_pictures_is_a_table_for_people() {
    let told = sql(&[LINES]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    let rows: Vec<&str> = told.out.lines().filter(|line| line.contains(".png")).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let want = if row.contains("upside-down") {
            "upside down"
        } else {
            "upright"
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[2], want, "{row}");
    }
    let told = sql(&["SELECT image FROM 'tests/images' ORDER BY path LIMIT 1"]);
    let length = fs::metadata(root().join("tests/images/book-upright.png"))
        .unwrap()
        .len();
    let first = fs::metadata(root().join("tests/images/book-upside-down.png"))
        .unwrap()
        .len()
        .min(length);
    assert!(told.out.contains(" bytes |") && first > 0, "{}", told.out);
}

#[test]
fn rows_for_programs_are_all_rows() {
    let told = sql(&["--format", "csv", LINES]);
    let mut lines = told.out.lines();
    assert!(lines.next().unwrap().starts_with("path,"), "{}", told.out);
    assert_eq!(lines.next(), Some("tests/images/book-upright.png,upright"));
    assert_eq!(lines.count(), 4);
    let query = "SELECT direction(image) AS d FROM 'tests/images' WHERE path LIKE '%book-upright%'";
    let told = sql(&["--format", "jsonl", query]);
    assert!(
        told.out
            .starts_with("{\"d\":{\"label\":\"upright\",\"index\":0,\"probability\":0."),
        "{}",
        told.out
    );
    let told = sql(&["--format", "jsonl", "SELECT * FROM generate_series(1, 1000)"]);
    assert_eq!(told.out.lines().count(), 1000);
    let told = sql(&["SELECT * FROM generate_series(1, 1000)"]);
    let rows = told
        .out
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("value"))
        .count();
    assert_eq!(rows, 100, "{}", told.out);
    assert!(told.out.contains("There are more rows: "), "{}", told.out);
    let told = sql(&["--format", "csv", query]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.contains("= lists and structs are for --format jsonl"),
        "{}",
        told.err
    );
}

#[test]
fn statements_of_standard_input_are_carried_out_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet").display().to_string();
    let text = format!(
        "SET datafusion.execution.batch_size = 2; COPY ({LINES}) TO '{out}';
        CREATE EXTERNAL TABLE lines STORED AS PARQUET LOCATION '{out}'; SELECT count(*) AS n FROM lines"
    );
    let told = sql_with(&["--format", "jsonl", "-"], &text);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert_eq!(told.out, "{\"count\":5}\n{\"n\":5}\n");
}

#[test]
fn functions_are_named_by_arguments_and_by_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("networks.txt");
    let weights = "specs/text-direction.safetensors";
    fs::write(&file, format!("# lines\nlines=mnv3:text-direction,{weights},fast\n")).unwrap();
    let definition = format!("other=mnv3:text-direction,{weights}");
    let query = "SELECT count(*) AS n FROM 'tests/images' WHERE lines(image) = other(image) AND other(image) = direction(image)";
    let named = [
        "--functions",
        file.to_str().unwrap(),
        "--function",
        &definition,
        "--format",
        "jsonl",
    ];
    let told = sql(&[&named[..], &[query]].concat());
    assert_eq!((told.out.as_str(), told.err.as_str()), ("{\"n\":5}\n", ""));
    fs::write(&file, "lines").unwrap();
    let told = sql(&[&named[..], &[query]].concat());
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.contains("networks.txt: lines: write NAME=SPEC,WEIGHTS"),
        "{}",
        told.err
    );
}

#[test]
fn what_is_wrong_is_said_and_makes_the_exit_code() {
    for (query, want) in [
        (
            "SELECT * FROM 'absent.parquet'",
            "name a file or a folder in single quotes",
        ),
        (
            "SELECT classify(path) FROM 'tests/images'",
            "functions are named by --function NAME=SPEC,WEIGHTS",
        ),
        (
            "SELECT direction(path) FROM 'tests/images'",
            "it takes the bytes of pictures",
        ),
        ("SELEC 1", "Expected"),
    ] {
        let told = sql(&[query]);
        assert_eq!((told.code, told.out.as_str()), (Some(1), ""), "{query}");
        assert!(
            told.err.starts_with("error: ") && told.err.contains(want),
            "{}",
            told.err
        );
    }
    for wrong in [
        &[][..],
        &["--format", "xls", "SELECT 1"],
        &["--function", "a", "SELECT 1"],
        &["--jobs=0", "SELECT 1"],
    ] {
        assert_eq!(sql(wrong).code, Some(2), "{wrong:?}");
    }
    let help = sql(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.out.contains("Usage: mnv3 sql [OPTIONS] <QUERY>"), "{}", help.out);
}

#[test]
fn options_of_mnv3_sql_in_documents_exist() {
    let help = sql(&["--help"]).out;
    let mut count = 0;
    for document in ["docs/batch.md", "README.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap().replace("\\\n", " ");
        for command in text.lines().filter_map(|line| line.strip_prefix("mnv3 sql ")) {
            count += 1;
            for option in command.split(' ').filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "mnv3 sql has no {option}");
            }
        }
    }
    assert!(count > 2, "{count}");
}
