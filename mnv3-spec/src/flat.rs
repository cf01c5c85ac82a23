//! The text of a merged spec: one file that extends nothing.

use crate::error::Errors;
use crate::keys::KEYS;
use crate::tree::{self, Key, Node, Value};

/// Characters of a line; a longer table is written over several.
const LINE: usize = 120;

/// The tree as YAML in the style of the published specs, under the comments of the `files` that it was merged from.
pub(crate) fn text(tree: &Node, files: usize, errors: &Errors) -> String {
    let mut out = String::new();
    for comment in errors.headers(files) {
        push_line(&mut out, 0, comment);
    }
    let Value::Table(entries) = &tree.value else {
        return out;
    };
    let mut entries: Vec<&(Key, Node)> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| KEYS.iter().position(|known| *known == key.name));
    for (key, node) in entries {
        for comment in errors.comments_over(key.span) {
            push_line(&mut out, 0, comment);
        }
        match &node.value {
            Value::List(rows) if key.name == "bottlenecks" => {
                push_line(&mut out, 0, "bottlenecks:");
                for row in rows {
                    for comment in errors.comments_over(row.span) {
                        push_line(&mut out, 2, comment);
                    }
                    push_line(&mut out, 2, &format!("- {}", flow(row)));
                }
            }
            _ => entry(&mut out, 0, key, node),
        }
    }
    out
}

/// A key and its value: on one line, or a table that is long or holds tables with a line for each of its keys.
fn entry(out: &mut String, indent: usize, key: &Key, node: &Node) {
    let line = format!("{}: {}", word(&key.name), flow(node));
    match &node.value {
        Value::Table(entries) if is_nested(entries) || indent + line.len() > LINE => {
            push_line(out, indent, &format!("{}:", word(&key.name)));
            for (key, node) in entries {
                entry(out, indent + 2, key, node);
            }
        }
        _ => push_line(out, indent, &line),
    }
}

fn is_nested(entries: &[(Key, Node)]) -> bool {
    entries.iter().any(|(_, node)| matches!(node.value, Value::Table(_)))
}

fn push_line(out: &mut String, indent: usize, line: &str) {
    out.push_str(&" ".repeat(indent));
    out.push_str(line);
    out.push('\n');
}

/// A value on one line.
fn flow(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => real(*number),
        Value::Text(text) => word(text),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Table(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Table(entries) => {
            let entry = |(key, node): &(Key, Node)| format!("{}: {}", word(&key.name), flow(node));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn real(number: f64) -> String {
    let digits = number.to_string();
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_whole { format!("{digits}.0") } else { digits }
}

/// A text, in quotes where without them it would be something else.
fn word(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ if c.is_alphanumeric() => quoted.push(c),
            _ => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text is the same text without quotes.
fn is_plain(text: &str) -> bool {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    text.chars().all(is_harmless)
        && matches!(tree::parse(0, text), Ok(Node { value: Value::Text(read), .. }) if read == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        tree::parse(0, text)
            .unwrap_or_else(|(_, (message, _))| panic!("{text}: {message}"))
            .value
    }

    #[test]
    fn every_text_comes_back_as_the_same_text() {
        for text in [
            "HS",
            "none",
            "true",
            "null",
            "~",
            "1/6",
            "12",
            "0x10",
            "010",
            "1_000",
            ".inf",
            ".nan",
            "1e5",
            "-",
            "--",
            "a-b",
            "",
            " ",
            "a: b",
            "a #b",
            "#",
            "blocks.{block0}.project",
            "\"",
            "\\",
            "a\nb\tc",
            "\u{7f}\u{202e}\u{feff}",
            "ä語",
            "---",
            "...",
            "_",
            "/",
            "&a",
            "*a",
            "<<",
            "=",
            "No",
            "yes",
        ] {
            for written in [
                word(text),
                format!("{{ {}: 1 }}", word(text)),
                format!("[{}]", word(text)),
            ] {
                let found = match read(&written) {
                    Value::Table(mut entries) => Value::Text(entries.remove(0).0.name),
                    Value::List(mut items) => items.remove(0).value,
                    value => value,
                };
                assert!(
                    matches!(&found, Value::Text(found) if found == text),
                    "{text:?} was written {written}, read {found:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_come_back_as_the_same_numbers() {
        for number in [0.0, 1.0, -2.5, 0.001, 1e-5, 1e-300, 1e300, f64::MAX, 0.1 + 0.2] {
            assert!(
                matches!(read(&real(number)), Value::Real(read) if read == number),
                "{number}"
            );
        }
    }

    #[test]
    fn what_is_ordinary_has_no_quotes() {
        for text in ["MobileNetV3Large", "none", "1/6", "timm-tf", "layers.conv"] {
            assert_eq!(word(text), text);
        }
    }
}
