//! What is wrong with a text that is not the YAML of a spec, in words that need no knowledge of YAML's grammar.

use crate::explained::Explained;
use crate::indentation;
use crate::short::short;
use serde_yaml::Error;
use serde_yaml::budget::BudgetBreach;
use std::ops::Range;

/// Puts an error that the YAML reader found at a byte of a text in our words, and where it should be shown.
pub(crate) fn explain(error: &Error, text: &str, at: usize) -> (Range<usize>, Explained) {
    let message = match error.without_snippet() {
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => msg,
        other => return (at..at, explain_other(other)),
    };
    let known = GRAMMAR.iter().find(|entry| message.contains(entry.words));
    if let Some(tab) = indentation::tab(text, at, known.is_some_and(|entry| entry.words == TAB.words)) {
        return (tab..tab + 1, TAB.explained());
    }
    let slip = match known {
        Some(entry) if !entry.is_about_columns => None,
        _ => indentation::slip(text, at),
    };
    slip.unwrap_or_else(|| {
        let explained = match known {
            Some(entry) => entry.explained(),
            None if message.contains("recursion limit") => nested(),
            None => (
                "this line is not the YAML of a spec".to_owned(),
                "look for a missing colon, comma or bracket in this line or the one above, and for indentation that differs"
                    .to_owned(),
            ),
        };
        (at..at, explained)
    })
}

fn explain_other(error: &Error) -> Explained {
    let (message, help): (&str, &str) = match error {
        Error::AliasError { error, .. } => return explain_other(error.without_snippet()),
        Error::Eof { .. } => (
            "the file ends too early",
            "close what is open, or write the missing value",
        ),
        Error::MultipleDocuments { .. } => (
            "a second document starts here",
            "write one spec to a file, without a line of ---",
        ),
        Error::Unexpected { .. } | Error::SerdeInvalidType { .. } => (
            "a key is a list or a table",
            "write a word before the colon, such as name: Net",
        ),
        Error::UnknownAnchor { .. } => (
            "no anchor of this name stands above",
            "write &name before the value to repeat",
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => (
            "this value contains itself",
            "write the value out in place of the alias",
        ),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => ("<< takes a table", "write <<: *row, where &row names a table"),
        Error::UnsupportedTag { .. } | Error::TaggedScalarCannotDeserializeIntoString { .. } => {
            ("a spec has no tags", "leave out the word that starts with !")
        }
        Error::Budget { breach, .. } => return budget(breach),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => return too_many("aliases"),
        // What is left concerns YAML that no spec uses, such as binary data.
        other => {
            let text = other.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            return (
                format!("this is not YAML that a spec can hold: {}", short(text)),
                PLAIN.to_owned(),
            );
        }
    };
    (message.to_owned(), help.to_owned())
}

const PLAIN: &str = "write plain YAML such as key: value, or { key: value, key: value }";

fn too_many(what: &str) -> Explained {
    let message = format!("the file holds too many {what} for a spec");
    (message, "write the rows of one network, and nothing else".to_owned())
}

fn budget(breach: &BudgetBreach) -> Explained {
    match breach {
        BudgetBreach::Depth { .. } => nested(),
        BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } | BudgetBreach::AliasAnchorRatio { .. } => {
            too_many("anchors and aliases")
        }
        BudgetBreach::MergeKeys { .. } => too_many("<< keys"),
        BudgetBreach::Documents { .. } => too_many("documents"),
        _ => too_many("values"),
    }
}

fn nested() -> Explained {
    let message = "lists and tables are nested deeper than any spec needs".to_owned();
    (message, "close the brackets that are open".to_owned())
}

/// What words of the parser's message mean.
struct Grammar {
    words: &'static str,
    meaning: &'static str,
    fix: &'static str,
    /// Whether a line in the wrong column can be the reason.
    is_about_columns: bool,
}

impl Grammar {
    fn explained(&self) -> Explained {
        (self.meaning.to_owned(), self.fix.to_owned())
    }
}

const TAB: Grammar = anywhere("tab", "a tab stands where YAML wants spaces", "indent with spaces");

const fn anywhere(words: &'static str, meaning: &'static str, fix: &'static str) -> Grammar {
    Grammar {
        words,
        meaning,
        fix,
        is_about_columns: false,
    }
}

const fn column(words: &'static str, meaning: &'static str, fix: &'static str) -> Grammar {
    Grammar {
        is_about_columns: true,
        ..anywhere(words, meaning, fix)
    }
}

const GRAMMAR: &[Grammar] = &[
    TAB,
    anywhere(
        "unclosed bracket",
        "this bracket is never closed",
        "write the closing bracket",
    ),
    anywhere(
        "mismatched bracket",
        "this bracket closes another kind",
        "close { with } and [ with ]",
    ),
    anywhere(
        "misplaced bracket",
        "this bracket closes nothing",
        "delete it, or open it before",
    ),
    anywhere(
        "unclosed quote",
        "this quotation mark is never closed",
        "write the closing quotation mark",
    ),
    column(
        "expected '-' indicator",
        "this line is not in line with the rows above",
        "indent every row of the list equally, each with a dash",
    ),
    column(
        "mapping values are not allowed",
        "a second colon stands in what began as one value",
        "look for a missing colon in this line or the one above, or put the value in quotation marks",
    ),
    anywhere(
        "expected ',' or",
        "a comma or the closing bracket is missing before this",
        "write a comma between entries and the closing bracket after the last",
    ),
    column(
        "simple key expected ':'",
        "a colon is missing after this key",
        "write key: value, with a space after the colon",
    ),
    column(
        "expected <block end>",
        "this line is not in line with the keys above",
        "indent keys of one table equally",
    ),
    anywhere(
        "block sequence entries are not allowed",
        "a dash of a list stands behind something else",
        "start the row on a line of its own",
    ),
    column(
        "indentation",
        "this line is indented too little",
        "indent it further than the key that it belongs to",
    ),
    anywhere("unexpected character", "a control character stands here", "delete it"),
    anywhere(
        "directive",
        "a line that starts with % is a directive, which a spec has not",
        "delete the line",
    ),
    anywhere(
        "trailing content",
        "something follows the closing quotation mark",
        "end the line there",
    ),
    anywhere("while parsing a node", "a value is missing here", "write the value"),
];
