//! `check`, `summary` and `expand`.

use crate::run::{finish, mnv3, mnv3_in, root, with_input};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A spec with what tables can show: a dilated and a strided row, a gate, a residual, a tap and every kind of head layer.
const TINY: &str = "\
name: Tiny
dialect: torchvision
input: { size: [16, 24], channels: 1 }
stem: { k: 3, out: 8, nl: HS, s: [2, 1] }
bottlenecks:
  - { k: 3, exp: 8, out: 8, se: true, nl: RE, s: 1 }
  - { k: 5, exp: 16, out: 8, se: { squeeze: 3 }, nl: HS, s: 1, dilation: 2 }
  - { k: 3, exp: 24, out: 16, se: false, nl: RE, s: [2, 2] }
last: { out: 32, nl: HS }
head: { pool: avg, hidden: 20, nl: HS, classes: 5, softmax: true }
taps: { middle: 2 }
";

/// Two mistakes in two rows.
const WRONG: &str = "\
name: Wrong
dialect: torchvision
input: { size: [16, 16], channels: 3 }
stem: { k: 3, out: 8, nl: HS, s: 2 }
bottlenecks:
  - { k: 0, exp: 8, out: 8, se: false, nl: RE, s: 1 }
  - { k: 3, exp: 1000000000, out: 8, se: false, nl: RE, s: 1 }
last: { out: 32, nl: HS }
head: { pool: avg, hidden: none, classes: 2 }
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn check_names_right_specs_with_what_they_are() {
    let run = mnv3(["check", "specs/large.yaml", "specs/small.yaml"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out, @"
    specs/large.yaml: ok MobileNetV3Large, 224 x 224 x 3, 5,483,032 parameters, 216,589,760 multiply-adds, preprocess resized to cover 256x256, cut to 224x224, bilinear, mean 0.485 0.456 0.406, std 0.229 0.224 0.225
    specs/small.yaml: ok MobileNetV3Small, 224 x 224 x 3, 2,542,856 parameters, 56,510,400 multiply-adds, preprocess resized to cover 256x256, cut to 224x224, bilinear, mean 0.485 0.456 0.406, std 0.229 0.224 0.225
    ");
}

#[test]
fn check_draws_every_mistake_of_every_file_and_goes_on_to_the_next() {
    let folder = folder(&[("wrong.yaml", WRONG), ("tiny.yaml", TINY)]);
    let run = finish(&mut mnv3_in(
        folder.path(),
        ["check", "wrong.yaml", "absent.yaml", "tiny.yaml"],
    ));
    assert_eq!(run.code, 1);
    assert!(run.out.starts_with("tiny.yaml: ok Tiny"), "{}", run.out);
    let drawn: Vec<&str> = run.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(drawn[0].starts_with("error: wrong.yaml:6:"), "{}", run.err);
    assert!(drawn[1].starts_with("error: wrong.yaml:7:"), "{}", run.err);
    assert!(drawn[2].starts_with("error: absent.yaml: "), "{}", run.err);
    assert_eq!(drawn.len(), 3);
    assert!(run.err.contains("7 |   - { k: 3, exp: 1000000000"), "{}", run.err);
}

#[test]
fn check_gives_mistakes_as_json_in_the_words_of_the_library() {
    let folder = folder(&[("wrong.yaml", WRONG), ("tiny.yaml", TINY)]);
    let run = finish(&mut mnv3_in(
        folder.path(),
        ["check", "--json", "wrong.yaml", "tiny.yaml"],
    ));
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let [wrong, right] = <[Value; 2]>::try_from(run.json()).unwrap();
    assert_eq!(
        right,
        serde_json::json!({ "spec": "tiny.yaml", "ok": true, "errors": [] })
    );
    assert_eq!((&wrong["spec"], &wrong["ok"]), (&"wrong.yaml".into(), &false.into()));
    let expected = mnv3_spec::load("wrong.yaml", &folder.path().join("wrong.yaml"))
        .unwrap_err()
        .errors;
    assert_eq!(wrong["errors"].as_array().unwrap().len(), expected.len());
    for (written, expected) in wrong["errors"].as_array().unwrap().iter().zip(expected) {
        let mnv3_spec::SpecError {
            file,
            line,
            column,
            message,
            help,
            ..
        } = expected;
        let expected =
            serde_json::json!({ "file": file, "line": line, "column": column, "message": message, "help": help });
        assert_eq!(*written, expected);
    }
}

#[test]
fn a_wrong_spec_stops_summary_and_expand_with_the_same_drawing() {
    let folder = folder(&[("wrong.yaml", WRONG)]);
    let expected = mnv3_spec::load("wrong.yaml", &folder.path().join("wrong.yaml")).unwrap_err();
    for command in ["summary", "expand"] {
        let run = finish(&mut mnv3_in(folder.path(), [command, "wrong.yaml"]));
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        assert_eq!(run.err, format!("error: {expected}\n"));
    }
}

#[test]
fn a_missing_spec_is_answered_with_the_nearest_name() {
    let folder = folder(&[("tiny.yaml", TINY)]);
    let run = finish(&mut mnv3_in(folder.path(), ["summary", "tyni.yaml"]));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("did you mean tiny.yaml?"), "{}", run.err);
}

#[test]
fn a_spec_can_come_from_standard_input() {
    let run = with_input(["summary", "-"], TINY.as_bytes());
    assert_eq!(run.code, 0);
    assert!(
        run.out
            .starts_with("Tiny  stdin in the dialect torchvision, input 16x24x1\n"),
        "{}",
        run.out
    );
    let run = with_input(["check", "-"], b"\xff\xfe\0");
    assert_eq!(run.code, 1);
    assert!(run.err.starts_with("error: stdin:1:"), "{}", run.err);
}

#[test]
fn endless_standard_input_is_refused_without_reading_it_all() {
    let endless = fs::File::open("/dev/zero");
    let Ok(endless) = endless else { return };
    let run = finish(mnv3_in(&root(), ["check", "-"]).stdin(endless));
    assert_eq!(run.code, 1);
}

#[test]
fn summary_lists_layers_under_the_rows_they_come_from() {
    let folder = folder(&[("tiny.yaml", TINY)]);
    let run = finish(&mut mnv3_in(folder.path(), ["summary", "tiny.yaml"]));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out);
}

fn summary(path: &Path, arguments: &[&str]) -> Value {
    let run = mnv3(
        ["summary", "--json"]
            .iter()
            .chain(arguments)
            .map(|a| (*a).into())
            .chain([path.as_os_str().to_owned()]),
    );
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is a number"))
}

#[test]
fn layers_add_up_to_the_network_and_list_its_tensors_in_order() {
    for spec in ["large.yaml", "small.yaml", "tf2-small.yaml", "text-direction.yaml"] {
        let path = root().join("specs").join(spec);
        let json = summary(&path, &[]);
        let layers: Vec<&Value> = json["rows"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row["layers"].as_array().unwrap())
            .collect();
        for total in ["parameters", "multiply_adds"] {
            let sum: u64 = layers.iter().map(|layer| number(&layer[total])).sum();
            assert_eq!(sum, number(&json[total]), "{total} of {spec}");
        }
        let listed = layers
            .iter()
            .flat_map(|layer| layer["tensors"].as_array().unwrap())
            .map(|t| t["name"].as_str().unwrap());
        let network = mnv3_spec::load(spec, &path).unwrap().network;
        let wanted = network
            .layers()
            .into_iter()
            .flat_map(|tensors| tensors.iter())
            .map(|t| t.name.as_str());
        assert!(listed.eq(wanted), "{spec}");
    }
}

#[test]
fn the_output_of_each_layer_is_the_input_of_the_next() {
    for spec in ["large.yaml", "small.yaml", "tf2-small.yaml", "text-direction.yaml"] {
        let json = summary(&root().join("specs").join(spec), &[]);
        let mut at = json["input"].clone();
        for row in json["rows"].as_array().unwrap() {
            for layer in row["layers"].as_array().unwrap() {
                // The branch to the gate leaves the map as it is.
                if ["squeeze", "reduce", "excite"].contains(&layer["name"].as_str().unwrap()) {
                    continue;
                }
                assert_eq!(layer["input"], at, "{} of {} in {spec}", layer["name"], row["name"]);
                at = layer["output"].clone();
            }
        }
    }
}

#[test]
fn the_plan_tiles_the_weights_without_gap_and_its_buffers_make_up_the_workspace() {
    for spec in ["large.yaml", "small.yaml", "text-direction.yaml"] {
        let json = summary(&root().join("specs").join(spec), &["--plan"]);
        let plan = &json["plan"];
        let parts = plan["workspace_parts"].as_array().unwrap();
        let mut end = 0;
        for part in parts {
            assert_eq!(number(&part["offset"]), end, "{} of {spec}", part["name"]);
            end += number(&part["bytes"]);
        }
        assert_eq!(end, number(&plan["workspace"]), "{spec}");
        let of_scratch = &parts.last().unwrap()["bytes"];
        let rows = json["rows"].as_array().unwrap();
        let scratch = rows.iter().filter_map(|row| row["scratch"].as_u64());
        assert_eq!(
            scratch.max(),
            Some(number(of_scratch)),
            "a block needs the most in {spec}"
        );
        let mut end = 0;
        for row in rows {
            for packed in row["layers"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|layer| layer.get("packed"))
            {
                assert_eq!(number(&packed["offset"]), end, "{} of {spec}", row["name"]);
                end += number(&packed["bytes"]);
            }
        }
        assert_eq!(end, number(&plan["packed_weights"]), "{spec}");
    }
}

#[test]
fn the_plan_names_buffers_and_taps() {
    let folder = folder(&[("tiny.yaml", TINY)]);
    let run = finish(&mut mnv3_in(folder.path(), ["summary", "--plan", "tiny.yaml"]));
    let writes = |row: &str| {
        let line = run
            .out
            .lines()
            .find(|line| line.starts_with(row) && !line.contains('{'))
            .unwrap();
        line[row.len()..]
            .split_whitespace()
            .take(3)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(writes("stem"), "slot0");
    assert!(writes("bottleneck 1").starts_with("slot1 "));
    assert_eq!(writes("bottleneck 2"), "slot2, tap middle");
    assert_eq!(writes("head"), "scores");
    // Dilation 2 spreads the five rows of the kernel over nine; four columns of halo on each side.
    assert!(run.out.contains("9 rows of 32 x "), "{}", run.out);
    let scratch = run.out.lines().skip_while(|line| !line.starts_with("scratch of"));
    assert!(
        scratch.clone().any(|line| line.starts_with("  line buffer")),
        "{}",
        run.out
    );
    assert!(
        run.out.lines().any(|line| line.starts_with("workspace ")),
        "{}",
        run.out
    );
}

#[test]
fn the_plan_of_a_narrow_block_has_room_for_the_rows_that_are_expanded_together() {
    // Bottleneck 13 of the table: 14 x 14, 5 x 5 with stride 2, and the depthwise map is 7 x 7: two of its rows fill a tile
    // of 14 pixels. From bottleneck 14 on the input is 7 wide too, and a second row is expanded with the fifth.
    let json = summary(&root().join("specs/large.yaml"), &["--plan"]);
    let block = |number: usize| json["rows"][number].clone();
    assert_eq!(block(13)["line_buffer"]["rows"], 5);
    assert_eq!(block(14)["line_buffer"]["rows"], 6);
    assert_eq!(block(14)["line_buffer"]["columns"], 7 + 2 + 2);
    assert_eq!(block(13)["project_rows_at_a_time"], 2);
    assert_eq!(block(14)["expand_rows_at_a_time"].to_string(), "[1,2]");
    for number in 1..=15 {
        let parts = block(number)["scratch_parts"].as_array().unwrap().clone();
        let end = parts
            .iter()
            .map(|part| number_of(part, "offset") + number_of(part, "bytes"))
            .max();
        assert_eq!(end, block(number)["scratch"].as_u64(), "bottleneck {number}");
    }
}

fn number_of(part: &serde_json::Value, key: &str) -> u64 {
    number(&part[key])
}

#[test]
fn an_expansion_is_left_alone_by_rustfmt() {
    let folder = folder(&[("tiny.yaml", TINY), ("lib.rs", "mod tiny;\n")]);
    let written = finish(&mut mnv3_in(folder.path(), ["expand", "tiny.yaml", "-o", "tiny.rs"]));
    assert_eq!(written.code, 0, "{}", written.err);
    let rustfmt = |file: &str| {
        let mut command = std::process::Command::new("rustfmt");
        command
            .args(["--check", "--edition", "2024", file])
            .current_dir(folder.path());
        command.output().unwrap()
    };
    let output = rustfmt("lib.rs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // Rustfmt has looked at the file.
    fs::write(
        folder.path().join("tiny.rs"),
        mnv3_codegen::pretty(&mnv3_spec::parse("tiny.yaml", TINY).unwrap()),
    )
    .unwrap();
    assert!(!rustfmt("lib.rs").status.success());
}

#[test]
fn expand_and_torch_print_what_the_generator_makes_or_write_it_to_a_file() {
    let folder = folder(&[("tiny.yaml", TINY)]);
    let loaded = mnv3_spec::load("tiny.yaml", &folder.path().join("tiny.yaml")).unwrap();
    for (command, expected) in [
        (
            "expand",
            format!(
                "// @generated by `mnv3 expand` from tiny.yaml: edit the spec, not this file.\n\
                 // Its lines are as they are: rustfmt leaves them alone.\n\
                 #![cfg_attr(rustfmt, rustfmt_skip)]\n\n{}",
                mnv3_codegen::pretty(&loaded.network)
            ),
        ),
        ("torch", mnv3_codegen::torch(&loaded.network)),
    ] {
        let printed = finish(&mut mnv3_in(folder.path(), [command, "tiny.yaml"]));
        assert_eq!(
            (printed.code, printed.out.as_str()),
            (0, expected.as_str()),
            "{command}"
        );
        let written = finish(&mut mnv3_in(folder.path(), [command, "tiny.yaml", "-o", "written"]));
        assert_eq!((written.code, written.out.as_str()), (0, ""), "{command}");
        assert_eq!(
            fs::read_to_string(folder.path().join("written")).unwrap(),
            expected,
            "{command}"
        );
    }
}

#[test]
fn expand_says_where_it_could_not_write() {
    let run = mnv3(["expand", "specs/large.yaml", "-o", "no/such/folder/large.rs"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .starts_with("error: no/such/folder/large.rs: there is no folder no/such/folder\n"),
        "{}",
        run.err
    );
}
