//! The grammar in `docs/spec.md` and the pages beside it: each of their examples is read.

use crate::extends::Folder;
use std::path::Path;

/// A fenced block: what stands after ```` ```yaml ````, and its text.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(marks) = line.trim_start().strip_prefix("```yaml") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            blocks.push((marks.trim().to_owned(), text.join("\n") + "\n"));
        }
    }
    blocks
}

/// The block with all that it leaves out taken from the first one, which is a whole spec.
fn complete(text: &str) -> String {
    if text.contains("extends:") {
        text.to_owned()
    } else {
        format!("extends: whole.yaml\n{text}")
    }
}

#[test]
fn every_example_of_the_reference_is_read() {
    let documents = ["spec.md", "heads.md", "preprocess.md", "conventions.md"].map(|page| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
        std::fs::read_to_string(path).unwrap()
    });
    let blocks: Vec<_> = documents.iter().flat_map(|document| blocks(document)).collect();
    assert!(blocks.len() > 20, "only {} examples were found", blocks.len());
    let (_, whole) = &blocks[0];
    for (marks, text) in &blocks {
        let text = if text == whole { whole.clone() } else { complete(text) };
        let folder = Folder::new(&[("whole.yaml", whole), ("large.yaml", whole), ("example.yaml", &text)]);
        let outcome = folder.load("example.yaml");
        match marks.as_str() {
            "" => drop(outcome.unwrap_or_else(|errors| panic!("{text}\n{errors}"))),
            "error" => assert!(outcome.is_err(), "nothing is wrong with\n{text}"),
            other => panic!("a block cannot be marked `{other}`"),
        }
    }
}
