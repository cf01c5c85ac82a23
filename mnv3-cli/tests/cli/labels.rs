//! Names of classes, from a spec to what each command says.

use crate::classify::{TINY, classify, folder};
use crate::run::{finish, mnv3_in};
use std::fs;

#[test]
fn classes_of_a_set_have_its_names() {
    let spec = TINY.replace("classes: 7", "classes: 1000, labels: imagenet");
    let folder = folder(&spec);
    let run = classify(
        folder.path(),
        &["spec.yaml", "w.safetensors", "a.png", "--json", "--top", "1000"],
    );
    let answer = &run.json()[0];
    let classes = answer["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 1000);
    let goldfish = classes.iter().find(|class| class["index"] == 1).unwrap();
    assert_eq!(goldfish["label"], "goldfish");
    let best = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png", "--top", "1"]);
    let label = classes[0]["label"].as_str().unwrap();
    assert!(best.out.trim_end().ends_with(label), "{} {label}", best.out);
}

#[test]
fn as_many_classes_as_a_set_has_are_not_taken_for_it() {
    let folder = folder(&TINY.replace("classes: 7", "classes: 1000"));
    let run = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png", "--json"]);
    assert!(run.json()[0]["classes"][0].get("label").is_none(), "{}", run.out);
}

#[test]
fn names_of_a_file_are_said_by_every_command_and_with_packed_weights() {
    let folder = folder(&TINY.replace("classes: 7", "classes: 3"));
    let spec = TINY.replace("classes: 7", "classes: 3, labels: names.txt");
    fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    fs::write(
        folder.path().join("names.txt"),
        "one thing\nanother\nein drittes: \u{e4}\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let run = finish(&mut mnv3_in(folder.path(), arguments));
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.err);
        run
    };
    let ask = |weights: &str| {
        run(&["classify", "spec.yaml", weights, "a.png", "--json"])
            .json()
            .remove(0)
    };
    run(&["pack", "spec.yaml", "w.safetensors", "-o", "w.mnv3"]);
    let answer = ask("w.safetensors");
    let names = ["one thing", "another", "ein drittes: \u{e4}"];
    for class in answer["classes"].as_array().unwrap() {
        assert_eq!(class["label"], names[class["index"].as_u64().unwrap() as usize]);
    }
    assert_eq!(answer, ask("w.mnv3"));
    let text = run(&["summary", "spec.yaml"]).out;
    let line = format!("classes        3: {}\n", names.join(", "));
    assert!(text.contains(&line), "{text}");
    let json: serde_json::Value = serde_json::from_str(&run(&["summary", "spec.yaml", "--json"]).out).unwrap();
    assert_eq!(json["labels"], serde_json::json!(names));
    let module = run(&["torch", "spec.yaml"]).out;
    assert!(
        module.contains("    labels = (\"one thing\", \"another\", \"ein drittes: \u{e4}\")\n"),
        "{module}"
    );
    let code = run(&["expand", "spec.yaml"]).out;
    assert!(
        code.contains("&[\"one thing\", \"another\", \"ein drittes: \u{e4}\"]"),
        "{code}"
    );
}
