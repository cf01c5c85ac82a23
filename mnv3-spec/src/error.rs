//! Everything that is wrong with a spec, each with its place, drawn under the line.

use std::fmt;

/// Where something stands: a file of the spec and bytes in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    /// Index into the sources that [`Errors`] holds.
    pub(crate) file: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// The file, as it was given or as `extends` names it.
    pub file: String,
    /// From 1; 0 when the file could not be read at all.
    pub line: usize,
    /// In characters, from 1; 0 when the file could not be read at all.
    pub column: usize,
    /// What is wrong, in the network's own terms.
    pub message: String,
    /// What to write instead.
    pub help: String,
    drawn: String,
    marked: usize,
}

/// All that is wrong with a spec, in the order of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecErrors {
    /// At least one.
    pub errors: Vec<SpecError>,
}

impl std::error::Error for SpecErrors {}

impl fmt::Display for SpecErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            if i > 0 {
                write!(f, "\n\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            help,
            drawn,
            marked,
        } = self;
        if *line == 0 {
            return write!(f, "{file}: {message}\n  = {help}");
        }
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(column - 1);
        writeln!(f, "{file}:{line}:{column}: {message}")?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {drawn}")?;
        write!(f, "{margin} | {indent}{} {help}", "^".repeat(*marked))
    }
}

/// Characters of a line that are drawn: a line of a hostile file may be a megabyte long.
const DRAWN: usize = 200;
/// Errors of one spec that are reported; a hostile file may hold a hundred thousand.
const REPORTED: usize = 50;

/// The text of one file.
#[derive(Debug)]
struct Source {
    name: String,
    text: String,
}

/// The files of a spec, and what was found to be wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    sources: Vec<Source>,
    found: Vec<(Span, SpecError)>,
}

impl Errors {
    /// Makes a text known; spans in it carry the number that comes back.
    pub(crate) fn add_source(&mut self, name: &str, text: &str) -> usize {
        self.sources.push(Source {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        self.sources.len() - 1
    }

    pub(crate) fn push(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        if self.found.len() >= REPORTED {
            return;
        }
        let (line, column) = self.place(span);
        let line_text = self.text(span.file).lines().nth(line - 1).unwrap_or("");
        let drawn: String = line_text.chars().take(DRAWN).collect();
        let length = drawn.chars().count();
        let under = self.slice(span).lines().next().unwrap_or("").chars().count();
        let marked = under.clamp(1, length.saturating_sub(column - 1).max(1));
        let error = SpecError {
            file: self.name(span.file).to_owned(),
            line,
            column: column.min(DRAWN + 1),
            message: message.into(),
            help: help.into(),
            drawn,
            marked,
        };
        self.found.push((span, error));
    }

    /// A file that could not be read at all: there is no line to draw.
    pub(crate) fn unreadable(file: &str, message: String, help: String) -> SpecErrors {
        let (file, drawn) = (file.to_owned(), String::new());
        SpecErrors {
            errors: vec![SpecError {
                file,
                line: 0,
                column: 0,
                message,
                help,
                drawn,
                marked: 0,
            }],
        }
    }

    /// Line and column of a span's start, from 1.
    pub(crate) fn place(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// The text under a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start..span.end).unwrap_or("")
    }

    pub(crate) fn name(&self, file: usize) -> &str {
        self.sources.get(file).map_or("", |s| &s.name)
    }

    fn text(&self, file: usize) -> &str {
        self.sources.get(file).map_or("", |s| &s.text)
    }

    /// The value, if nothing was wrong on the way to it.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, SpecErrors> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => {
                self.found.sort_by_key(|(span, _)| *span);
                self.found.dedup();
                Err(SpecErrors {
                    errors: self.found.into_iter().map(|(_, error)| error).collect(),
                })
            }
        }
    }
}

/// The nearest of some names, if any is near.
pub(crate) fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let name: String = name.chars().take(64).collect();
    let distance = |known: &&&str| strsim::damerau_levenshtein(&name, known);
    names
        .iter()
        .min_by_key(distance)
        .filter(|known| distance(known) <= known.len().max(3) / 2)
        .copied()
}
