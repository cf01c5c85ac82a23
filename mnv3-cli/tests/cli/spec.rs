//! Published specs by name: `spec`, and `mnv3:NAME` wherever a spec is asked for.

use crate::run::{finish, mnv3, mnv3_in, root, with_input};
use std::fs;

#[test]
fn the_list_has_a_line_for_each_file_in_specs() {
    let run = mnv3(["spec", "--list"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let lines: Vec<&str> = run.out.lines().collect();
    insta::assert_snapshot!(lines[..3].join("\n"), @"
    spec                                                 input  parameters  multiply-adds
    mnv3:large                                   224 x 224 x 3   5,483,032    216,589,760
    mnv3:small                                   224 x 224 x 3   2,542,856     56,510,400
    ");
    // The numbers are those of the library: see the fixtures of mnv3-spec's published networks.
    let mut names: Vec<&str> = lines[1..].iter().map(|line| line.split(' ').next().unwrap()).collect();
    let json = mnv3(["spec", "--list", "--json"]).json();
    assert!(
        json.iter()
            .map(|line| line["spec"].as_str().unwrap())
            .eq(names.iter().copied())
    );
    let small = json.iter().find(|line| line["spec"] == "mnv3:timm/small-0.5").unwrap();
    assert_eq!(
        *small,
        serde_json::json!({
            "spec": "mnv3:timm/small-0.5", "name": "TimmSmall050", "dialect": "timm", "input": [224, 224, 3],
            "parameters": 1_593_224, "multiply_adds": 24_188_688,
        })
    );
    names.sort_unstable();
    let mut files: Vec<String> = Vec::new();
    let inside = |folder: &str| {
        let entries = fs::read_dir(root().join("specs").join(folder)).unwrap();
        entries.map(|entry| entry.unwrap()).collect::<Vec<_>>()
    };
    let named = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    let folders = inside("")
        .into_iter()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| format!("{}/", named(&entry)));
    for folder in folders.chain([String::new()]) {
        let specs = inside(&folder).iter().map(named).collect::<Vec<_>>();
        files.extend(
            specs
                .iter()
                .filter_map(|file| Some(format!("mnv3:{folder}{}", file.strip_suffix(".yaml")?))),
        );
    }
    files.sort_unstable();
    assert_eq!(names, files);
}

#[test]
fn a_published_spec_is_written_as_one_file_that_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let printed = finish(&mut mnv3_in(folder.path(), ["spec", "timm/small-1.0"]));
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));
    let prefixed = finish(&mut mnv3_in(folder.path(), ["spec", "mnv3:timm/small-1.0"]));
    assert_eq!(prefixed.out, printed.out);
    let written = finish(&mut mnv3_in(
        folder.path(),
        ["spec", "timm/small-1.0", "-o", "small.yaml"],
    ));
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    assert_eq!(
        fs::read_to_string(folder.path().join("small.yaml")).unwrap(),
        printed.out
    );
    // A file of one's own: it is flat already.
    let again = finish(&mut mnv3_in(folder.path(), ["spec", "small.yaml"]));
    assert_eq!(again.out, printed.out);
    let summary = |spec: &str| {
        let run = finish(&mut mnv3_in(folder.path(), ["summary", spec]));
        assert_eq!(run.code, 0, "{}", run.err);
        run.out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(summary("small.yaml").last(), summary("mnv3:timm/small-1.0").last());
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_and_the_list() {
    for (command, name) in [
        ("spec", "timm/smal-1.0"),
        ("spec", "mnv3:timm/smal-1.0"),
        ("summary", "mnv3:timm/smal-1.0"),
    ] {
        let run = mnv3([command, name]);
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.err, @"
            error: mnv3:timm/smal-1.0: there is no published spec of this name
              = did you mean mnv3:timm/small-1.0? `mnv3 spec --list` lists all
            ");
        }
    }
    // What is advised works.
    assert_eq!(mnv3(["spec", "mnv3:timm/small-1.0"]).code, 0);
    assert_eq!(mnv3(["spec", "--list"]).code, 0);
    let missing = mnv3(["spec", "no/such/file.yaml"]);
    assert!(
        missing
            .err
            .starts_with("error: no/such/file.yaml: there is no such file"),
        "{}",
        missing.err
    );
}

#[test]
fn every_command_that_takes_a_spec_takes_a_published_one_in_any_folder() {
    let folder = tempfile::tempdir().unwrap();
    let weights = root().canonicalize().unwrap().join("specs/text-direction.safetensors");
    let weights = weights.to_str().unwrap();
    for arguments in [
        &["check", "mnv3:text-direction"][..],
        &["summary", "mnv3:text-direction"],
        &["expand", "mnv3:text-direction"],
        &["torch", "mnv3:text-direction"],
        &["pack", "mnv3:text-direction", weights, "-o", "packed.mnv3"],
        &["convert", weights, "--check", "mnv3:text-direction"],
    ] {
        let run = finish(&mut mnv3_in(folder.path(), arguments));
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
    }
    let expanded = finish(&mut mnv3_in(folder.path(), ["expand", "mnv3:timm/small-0.5"]));
    assert!(expanded.out.contains("   mnv3:small:8\n"), "{}", expanded.out);
}

#[test]
fn a_spec_from_standard_input_may_extend_a_published_one() {
    let variant = "extends: mnv3:small\nname: Mine\nhead: { classes: 7 }\n";
    let run = with_input(["check", "-"], variant.as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("stdin: ok Mine, 224 x 224 x 3, "), "{}", run.out);
}

#[test]
fn a_list_is_not_asked_for_together_with_a_name_or_a_file() {
    for arguments in [
        &["spec"][..],
        &["spec", "large", "--list"],
        &["spec", "large", "--json"],
        &["spec", "--list", "-o", "x"],
    ] {
        let run = mnv3(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
    }
}
