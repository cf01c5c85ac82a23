//! What is wrong with a text that is not the YAML of a spec, in words that need no knowledge of YAML's grammar.

use crate::read::short;
use serde_yaml::Error;
use serde_yaml::budget::BudgetBreach;

/// A message and a fix.
pub(crate) type Explained = (String, String);

/// Puts an error of the YAML reader in our words.
pub(crate) fn explain(error: &Error) -> Explained {
    let (message, help): (&str, &str) = match error.without_snippet() {
        Error::AliasError { error, .. } => return explain(error),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => return grammar(msg),
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

/// Words of the parser's message, what they mean, and the fix.
const GRAMMAR: &[(&str, &str, &str)] = &[
    ("tab", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        "unclosed bracket",
        "this bracket is never closed",
        "write the closing bracket",
    ),
    (
        "mismatched bracket",
        "this bracket closes another kind",
        "close { with } and [ with ]",
    ),
    (
        "misplaced bracket",
        "this bracket closes nothing",
        "delete it, or open it before",
    ),
    (
        "unclosed quote",
        "this quotation mark is never closed",
        "write the closing quotation mark",
    ),
    (
        "expected '-' indicator",
        "this line is not in line with the rows above",
        "indent every row of the list equally, each with a dash",
    ),
    (
        "mapping values are not allowed",
        "a second colon stands in what began as one value",
        "look for a missing colon in this line or the one above, or put the value in quotation marks",
    ),
    (
        "expected ',' or",
        "a comma or the closing bracket is missing before this",
        "write a comma between entries and the closing bracket after the last",
    ),
    (
        "simple key expected ':'",
        "a colon is missing after this key",
        "write key: value, with a space after the colon",
    ),
    (
        "expected <block end>",
        "this line is not in line with the keys above",
        "indent keys of one table equally",
    ),
    (
        "block sequence entries are not allowed",
        "a dash of a list stands behind something else",
        "start the row on a line of its own",
    ),
    (
        "indentation",
        "this line is indented too little",
        "indent it further than the key that it belongs to",
    ),
    ("unexpected character", "a control character stands here", "delete it"),
    (
        "directive",
        "a line that starts with % is a directive, which a spec has not",
        "delete the line",
    ),
    (
        "trailing content",
        "something follows the closing quotation mark",
        "end the line there",
    ),
    ("while parsing a node", "a value is missing here", "write the value"),
];

fn grammar(message: &str) -> Explained {
    if message.contains("recursion limit") {
        return nested();
    }
    let known = GRAMMAR.iter().find(|(words, ..)| message.contains(words));
    match known {
        Some((_, meaning, fix)) => ((*meaning).to_owned(), (*fix).to_owned()),
        None => (format!("this is not YAML: {}", short(message)), PLAIN.to_owned()),
    }
}
