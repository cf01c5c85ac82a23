//! Commands that documents tell people to type: each is one of this program's, with options that it has.

use crate::run::{mnv3, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Commands in blocks of code, and between backquotes; without their comments.
fn commands(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start_matches("$ ").trim());
    let whole = lines.filter(|line| line.starts_with("mnv3 ")).map(str::to_owned);
    let spans = text.split('`').skip(1).step_by(2);
    let spans = spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
    let all = whole.chain(spans.filter(|span| span.starts_with("mnv3 ")));
    // `mnv3 = { path = ... }` is a line of Cargo.toml.
    all.filter(|command| !command.starts_with("mnv3 =")).collect()
}

#[test]
fn commands_in_documents_and_their_options_exist() {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let folder = fs::read_dir(root().join("docs")).unwrap();
    let documents = folder.map(|entry| entry.unwrap().path());
    let documents =
        documents.chain(["README.md", "CONTRIBUTING.md", "specs/text-direction.md"].map(|d| root().join(d)));
    for document in documents.filter(|path| path.extension().is_some_and(|e| e == "md")) {
        for command in commands(&fs::read_to_string(&document).unwrap()) {
            let mut words = command
                .split([' ', '`', ';', '[', ']', '|'])
                .filter(|word| !word.is_empty())
                .skip(1);
            let options = told.entry(words.next().unwrap_or_default().to_owned()).or_default();
            options.extend(
                words
                    .filter(|word| word.starts_with('-') && *word != "-")
                    .map(str::to_owned),
            );
        }
    }
    // Programs of their own, whose tests compare them with documents.
    for program in ["sql", "cluster"] {
        assert!(told.remove(program).is_some(), "no document tells of mnv3 {program}");
    }
    assert!(told.len() >= 9, "{told:?}");
    for (command, options) in told {
        let help = mnv3([command.as_str(), "--help"]);
        assert_eq!(help.code, 0, "there is no `mnv3 {command}`");
        for option in options {
            let known = help.out.split([' ', ',', '\n']).any(|word| word == option);
            assert!(known, "mnv3 {command} has no {option}");
        }
    }
}
