//! The JSON Schema beside the parser, over specs that are right and over thousands that are not: whatever the parser takes, the
//! schema takes, and what it refuses for its keys and types, the schema refuses.

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn validator() -> Validator {
    jsonschema::draft7::new(&mnv3_spec::schema()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// YAML files in a folder and below it.
fn specs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            specs(&path, found);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
}

fn json_of(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap()
}

#[test]
fn the_file_in_the_repository_is_what_the_parser_says() {
    let path = root().join("specs/schema.json");
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == mnv3_spec::schema_text(),
        "specs/schema.json is stale: cargo run -p mnv3-cli -- schema -o specs/schema.json"
    );
}

#[test]
fn every_key_of_the_parser_is_known_to_the_schema() {
    fn nulls(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Null => found.push(path.to_owned()),
            Value::Object(entries) => entries
                .iter()
                .for_each(|(k, v)| nulls(v, &format!("{path}/{k}"), found)),
            Value::Array(items) => items.iter().for_each(|v| nulls(v, path, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    nulls(&mnv3_spec::schema(), "", &mut found);
    assert_eq!(found, [""; 0], "src/schema.rs says nothing of these keys");
}

#[test]
fn every_spec_of_the_repository_is_valid_and_names_the_schema() {
    let mut files = Vec::new();
    for folder in ["specs", "tests/specs", "examples", "mnv3-codegen/tests", "tests/torch"] {
        specs(&root().join(folder), &mut files);
    }
    assert!(files.len() > 45, "only {} specs were found", files.len());
    let validator = validator();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json_of(&text)).map(|e| e.to_string()).collect();
        assert_eq!(errors, [""; 0], "{}", file.display());
        if !file.starts_with(root().join("specs")) {
            continue;
        }
        let named = text
            .lines()
            .find_map(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let named = named.unwrap_or_else(|| panic!("{} names no schema", file.display()));
        assert!(
            file.parent().unwrap().join(named).is_file(),
            "{}: {named}",
            file.display()
        );
    }
}

/// A spec in which every key of the language stands.
fn everything() -> Value {
    let dialect = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("dialects/torchvision.yaml")).unwrap();
    let mut conventions = json_of(&dialect);
    conventions["hidden_bias"] = json!(true);
    conventions["hidden_scale"] = json!("4/5");
    conventions["matrix_layout"] = json!("io");
    conventions["squeeze"]["nl"] = json!("row");
    conventions["tensors"]["without_expand"] = json!({
        "depthwise": conventions["tensors"]["depthwise"], "project": conventions["tensors"]["project"],
        "reduce": conventions["tensors"]["reduce"], "excite": conventions["tensors"]["excite"],
    });
    conventions["squeeze"]["place"] = json!("before-nl");
    conventions["squeeze"]["bias"] = json!(true);
    conventions["shortcut"] = json!({ "k": 3, "bias": true });
    conventions["block_nl"] = json!("none");
    let normed = |name: &str| json!({ "conv": format!("{name}.{{block}}.0"), "norm": format!("{name}.{{block}}.1") });
    conventions["tensors"]["reduce"] = normed("reduce");
    conventions["tensors"]["hidden"] = json!(["hidden.0", { "conv": "hidden.1", "norm": "hidden.2" }]);
    conventions["tensors"]["shortcut"] = json!({
        "depthwise": normed("down"), "project": normed("along"), "project_alone": normed("across"),
    });
    conventions["depth"] = json!("stages");
    json!({
        "name": "Everything", "dialect": "torchvision", "conventions": conventions,
        "preprocess": {
            "fit": "crop", "crop": "7/8", "windows": "none", "place": "center", "fill": "114/255", "filter": "bicubic",
            "order": "bgr", "mean": 0.5, "std": [0.5, 0.25, 0.125],
        },
        "input": { "size": [64, 64], "channels": 3 },
        "width": 1.5, "depth": "3/2", "matrices": "f16", "precision": "f32",
        "stem": { "k": 3, "out": 16, "nl": "HS", "s": 2 },
        "bottlenecks": [
            { "k": 3, "exp": 16, "out": 16, "se": true, "nl": "RE", "s": 1, "dilation": 1, "residual": true },
            { "k": [3, 5], "exp": 64, "out": 24, "se": { "squeeze": 8 }, "nl": "HS", "s": [2, 1] },
        ],
        "last": [{ "out": 96, "nl": "HS" }],
        "head": { "pool": [{ "kind": "max", "k": 2, "s": 2 }, "avg"], "after_pool": "HS", "hidden": [32, 24],
                  "nl": "HS", "classes": 10,
                  "softmax": true, "sigmoid": false },
        "taps": { "c3": 1, "wide": "3.expand" },
    })
}

/// Values of every type, in and out of ranges.
fn values() -> Vec<Value> {
    let words = ["word", "none", "1/2", "HS"].map(|word| json!(word));
    let numbers = [-1, 0, 7, 300, 1_000_000_000].map(|n| json!(n));
    let others = [
        Value::Null,
        json!(true),
        json!(0.5),
        json!([]),
        json!([1, 2]),
        json!([0, 1, 2]),
        json!(["avg"]),
        json!({}),
        json!({ "squeeze": 8 }),
        json!({ "out": 8, "nl": "RE" }),
    ];
    [&words[..], &numbers, &others].concat()
}

/// The value with one place changed: replaced, left out, or with a key more.
fn mutants(value: &Value) -> Vec<Value> {
    let mut all = values();
    match value {
        Value::Object(entries) => {
            for (key, below) in entries {
                let with = |put: &dyn Fn(&mut Map<String, Value>)| {
                    let mut changed = entries.clone();
                    put(&mut changed);
                    Value::Object(changed)
                };
                all.push(with(&|table| drop(table.remove(key))));
                for mutant in mutants(below) {
                    all.push(with(&|table| drop(table.insert(key.clone(), mutant.clone()))));
                }
            }
            let mut more = entries.clone();
            more.insert("unheard_of".to_owned(), json!(1));
            all.push(Value::Object(more));
        }
        Value::Array(items) => {
            for i in 0..items.len() {
                for mutant in mutants(&items[i]) {
                    let mut changed = items.clone();
                    changed[i] = mutant;
                    all.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    all
}

/// What no schema can see: how rows fit together, and what a text means.
const BEYOND: &[&str] = &[
    "takes",
    "adds its input",
    "a map of",
    "is of bottleneck",
    "is the expand output",
    "of last, which",
    "scales",
    "does not keep the size",
    "two layers want",
    "softmax over",
    "through softmax and sigmoid",
    "no scores for",
    "the last pool",
    "stands before another pool",
    "a pool of",
    "has no rule for depth",
    "means and",
    "std of preprocess is not above 0",
    "naming is keras-automatic",
    "the spec gives its own names",
    "numbers",
    "at width",
    "at depth",
    "there is no published",
    "extends word",
    "extends none",
    "extends HS",
    "extends 1/2",
    // A dialect may have the rest.
    "without_expand has no `",
    "shortcut has no `",
    "which would see of a picture",
    "not three colours",
    "of tensors has no `",
];

/// Whether parser and schema agree about a spec, as text; what the parser says if they do not.
fn disagreement(validator: &Validator, spec: &Value) -> Option<String> {
    let text = serde_json::to_string(spec).unwrap();
    match (mnv3_spec::parse("mutant.yaml", &text), validator.is_valid(spec)) {
        (Ok(_), true) | (Err(_), false) => None,
        (Ok(_), false) => {
            let error = validator
                .iter_errors(spec)
                .map(|e| format!("{} at {}", e, e.instance_path()))
                .next();
            Some(format!("only the schema refuses {error:?}"))
        }
        (Err(errors), true) => {
            let is_seen = |message: &str| !BEYOND.iter().any(|words| message.contains(words));
            let error = errors.errors.iter().find(|error| is_seen(&error.message))?;
            Some(format!(
                "only the parser refuses {}: {}, {}",
                error.message,
                error.help,
                around(&text, error.column)
            ))
        }
    }
}

/// What stands about a column.
fn around(text: &str, column: usize) -> &str {
    &text[column.saturating_sub(60)..text.len().min(column + 60)]
}

fn agree(spec: &Value) {
    let validator = validator();
    assert_eq!(disagreement(&validator, spec), None);
    let mutants = mutants(spec);
    let refused = mutants.iter().filter(|mutant| !validator.is_valid(mutant)).count();
    assert!(
        mutants.len() > 500 && refused > 300,
        "{refused} of {} are refused",
        mutants.len()
    );
    let wrong: Vec<String> = mutants
        .iter()
        .filter_map(|mutant| disagreement(&validator, mutant))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}, such as\n{}",
        wrong.len(),
        mutants.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
}

#[test]
fn parser_and_schema_agree_about_whole_specs() {
    agree(&everything());
}

#[test]
fn parser_and_schema_agree_about_heads_that_detect() {
    let mut spec = everything();
    spec["head"] = json!({
        "kind": "detect", "classes": 5, "scores": "sigmoid", "maps": [1, "3.expand", "last"],
        "extras": [{ "k": 3, "exp": 8, "out": 16, "s": [2, 1] }], "nl": "relu6", "k": [3, 5], "ratios": [2, "3/2"],
        "scales": [0.2, 0.4, 0.6, 0.8, 1], "offset_weights": [10, 10, 5, 5], "threshold": 0.1, "candidates": 9,
        "overlap": "1/2", "most": 7,
    });
    // The rest has its own test.
    spec["conventions"] =
        json!({ "tensors": { "renames": { "features.*": "net.*" }, "detect": { "logits": "logits.{block}" } } });
    agree(&spec);
}

#[test]
fn parser_and_schema_agree_about_variants() {
    let mut variant = everything();
    variant["extends"] = json!("mnv3:small");
    variant["bottlenecks"] = json!({
        "all": { "se": false }, "1": { "k": 3, "exp": 16, "nl": "RE" }, "2-3": { "s": 1, "dilation": [1, 2] },
    });
    variant["last"] = json!({ "out": 576 });
    variant["taps"] = json!({});
    agree(&variant);
}
