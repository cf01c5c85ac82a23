//! YAML as a tree: what is generated, printed, looked through and made smaller.

use std::fmt;

/// A value of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A word or a number, as it is written.
    Word(String),
    /// `[a, b]`
    List(Vec<Tree>),
    /// `{ key: value }`
    Table(Vec<(String, Tree)>),
}

pub(super) fn word(word: impl fmt::Display) -> Tree {
    Tree::Word(word.to_string())
}

/// A number for both axes, or a list of two.
pub(super) fn pair([a, b]: [usize; 2]) -> Tree {
    if a == b {
        word(a)
    } else {
        Tree::List(vec![word(a), word(b)])
    }
}

pub(super) fn table<K: Into<String>>(entries: impl IntoIterator<Item = (K, Tree)>) -> Tree {
    Tree::Table(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

impl Tree {
    /// Calls a function with every key, and with every word that is a value, each with the key over it.
    pub fn visit(&self, see: &mut dyn FnMut(&str, Option<&str>)) {
        self.visit_under("", see);
    }

    fn visit_under(&self, key: &str, see: &mut dyn FnMut(&str, Option<&str>)) {
        match self {
            Self::Word(word) => see(key, Some(word)),
            Self::List(items) => items.iter().for_each(|item| item.visit_under(key, see)),
            Self::Table(entries) => {
                for (key, value) in entries {
                    see(key, None);
                    value.visit_under(key, see);
                }
            }
        }
    }

    /// Whether a spec can be read back from what is written: braces and colons are quoted.
    fn quoted(word: &str) -> bool {
        word.contains(['{', ':'])
    }

    /// The list of rows as one row to a line, as specs are written by hand.
    fn rows(rows: &[Tree], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        rows.iter().try_for_each(|row| write!(f, "\n  - {row}"))
    }
}

/// A whole spec is a table over lines; tables in it are written on one line.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'t>(pub &'t Tree);

impl fmt::Display for Spec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tree::Table(entries) = self.0 else {
            return writeln!(f, "{}", self.0);
        };
        for (key, value) in entries {
            write!(f, "{key}:")?;
            match value {
                Tree::List(rows) if key == "bottlenecks" => Tree::rows(rows, f)?,
                other => write!(f, " {other}")?,
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) if Self::quoted(word) => write!(f, "\"{word}\""),
            Self::Word(word) => f.write_str(word),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Table(entries) => {
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{ {} }}", entries.join(", "))
            }
        }
    }
}
