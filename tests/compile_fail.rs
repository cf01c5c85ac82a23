//! What users see when they make a mistake: one small file in `tests/ui` for each, and beside it what the compiler says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_testing::strangers;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const MANIFEST: &str = r#"
[package]
name = "mistakes"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
mnv3 = { path = 'ROOT', features = ["image", "labels"] }
image = { version = "0.25", default-features = false }

[workspace]
"#;

/// The files of a folder with one of these extensions.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| {
        path.extension()
            .is_some_and(|e| extensions.iter().any(|wanted| e == *wanted))
    };
    files.filter(wanted).collect()
}

/// A crate with a program for each mistake, and the specs that they name.
fn lay_out() -> PathBuf {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
    let programs = to.join("tests/ui");
    // What was renamed must not be compiled still.
    let _ = fs::remove_dir_all(&programs);
    for folder in ["specs", "specs/timm", "tests/ui"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for file in files(&root().join(folder), &["yaml", "safetensors", "rs"]) {
            fs::copy(&file, to.join(folder).join(file.file_name().unwrap())).unwrap();
        }
    }
    // cargo looks for programs here; messages name the file that it is told.
    let mut manifest = MANIFEST.replace("ROOT", &root().display().to_string());
    for program in files(&programs, &["rs"]) {
        let name = program.file_stem().unwrap().to_string_lossy();
        manifest += &format!("[[bin]]\nname = \"{name}\"\npath = \"tests/ui/{name}.rs\"\n");
    }
    fs::write(to.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), to.join("Cargo.lock")).unwrap();
    to
}

/// A message without what changes with every edit of this project: the numbers of its own lines, and how wide they are.
fn settled(message: &str) -> String {
    let root = format!("{}/", root().display());
    if !message.contains(&format!("--> {root}")) {
        return message.to_owned();
    }
    let mut ours = false;
    let mut text = String::new();
    for line in message.lines() {
        let (_, rest) = line.split_at(line.len() - line.trim_start().len());
        let line = if let Some(place) = rest.strip_prefix("--> ") {
            ours = place.starts_with(&root);
            let place = place.strip_prefix(&root).unwrap_or(place);
            format!(" --> {}", if ours { place.split(':').next().unwrap() } else { place })
        } else if let Some((number, code)) = rest.split_once(" |")
            && number.parse::<u32>().is_ok()
        {
            format!("{} |{code}", if ours { " " } else { number })
        } else if rest.starts_with(['|', '=']) {
            format!("  {rest}")
        } else {
            line.to_owned()
        };
        text += &line;
        text.push('\n');
    }
    text
}

#[test]
fn mistakes_are_compile_errors_that_say_what_to_write() {
    let folder = lay_out();
    let arguments = ["build", "--bins", "--keep-going", "--message-format", "json", "--quiet"];
    let output = strangers::cargo(env!("CARGO"), env!("CARGO_TARGET_TMPDIR"), &folder, &arguments)
        .output()
        .unwrap();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = &line["message"];
        let about = message["message"].as_str().unwrap_or_default();
        // How many errors there were, and where to read on, say nothing of the mistake.
        if line["reason"] == "compiler-message"
            && !about.starts_with("aborting due to")
            && message["level"] != "failure-note"
        {
            let program = line["target"]["name"].as_str().unwrap();
            *said.entry(program.to_owned()).or_default() += &settled(message["rendered"].as_str().unwrap());
        }
    }
    let mistakes = files(&root().join("tests/ui"), &["rs"]);
    assert!(mistakes.len() >= 14, "{}", String::from_utf8_lossy(&output.stderr));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("ui");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for mistake in mistakes {
            let name = mistake.file_stem().unwrap().to_string_lossy().into_owned();
            let text = said.get(&name).map_or("it compiles", String::as_str);
            insta::assert_snapshot!(name, text);
        }
    });
}
