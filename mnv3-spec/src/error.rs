//! Everything that is wrong with a spec, each with its place, drawn under the line.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use mnv3_ir::{Visible, VisibleLines};
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
    /// The line with the place marked and the help beside it.
    drawn: String,
}

/// All that is wrong with a spec, in the order of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecErrors {
    /// At least one.
    pub errors: Vec<SpecError>,
}

impl std::error::Error for SpecErrors {}

impl SpecErrors {
    /// A spec that could not be read at all, for readers of their own: which, why, and what to do.
    #[must_use]
    pub fn unreadable(file: &str, message: &str, help: &str) -> Self {
        Errors::unreadable(file, message.to_owned(), help.to_owned())
    }
}

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
        } = self;
        // All of these can quote the file; what is drawn has ends of lines of its own.
        let [file, message, help] = [file, message, help].map(|text| Visible(text));
        if *line == 0 {
            return write!(f, "{file}: {message}\n  = {help}");
        }
        write!(f, "{file}:{line}:{column}: {message}\n{}", VisibleLines(drawn))
    }
}

/// Characters of a line on each side of a place that drawing looks at; a line of a hostile file may be a megabyte long.
const DRAWN: usize = 400;
/// Errors of one spec that are reported; a hostile file may hold a hundred thousand.
const REPORTED: usize = 50;

/// The text of one file.
#[derive(Debug)]
struct SourceText {
    name: String,
    text: String,
    /// Where lines start.
    lines: Vec<usize>,
}

impl SourceText {
    fn new(name: &str, text: &str) -> Self {
        let after_ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            lines: std::iter::once(0).chain(after_ends).collect(),
        }
    }

    /// The line, from 1, that holds a byte.
    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }

    /// A line, from 1, without its end.
    fn line_text(&self, line: usize) -> &str {
        let start = self.start(line);
        let rest = self.text.get(start..).unwrap_or("");
        rest.lines().next().unwrap_or("")
    }

    fn start(&self, line: usize) -> usize {
        self.lines.get(line - 1).copied().unwrap_or(self.text.len())
    }

    /// The line under a span, the span marked and `help` beside the mark.
    fn draw(&self, span: Span, help: &str) -> String {
        let number = self.line(span.start);
        let line = self.line_text(number);
        let start = line.floor_char_boundary(span.start - self.start(number));
        let end = line.floor_char_boundary((span.end - self.start(number)).max(start));
        let left = line[..start].char_indices().rev().nth(DRAWN).map_or(0, |(at, _)| at);
        let right = line[start..]
            .char_indices()
            .nth(DRAWN)
            .map_or(line.len(), |(at, _)| start + at);
        let (start, end) = (start - left, end.min(right) - left);
        let mark = AnnotationKind::Primary.span(start..end).label(help);
        let snippet = Snippet::source(&line[left..right])
            .line_start(number)
            .fold(false)
            .annotation(mark);
        Renderer::plain().render(&[Group::with_level(Level::ERROR).element(snippet)])
    }
}

/// The files of a spec, and what was found to be wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    sources: Vec<SourceText>,
    found: Vec<(Span, SpecError)>,
}

impl Errors {
    /// Makes a text known; spans in it carry the number that comes back.
    pub(crate) fn add_source(&mut self, name: &str, text: &str) -> usize {
        self.sources.push(SourceText::new(name, text));
        self.sources.len() - 1
    }

    pub(crate) fn push(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let help = help.into();
        let message = message.into();
        // A change of many rows is wrong once, not once for every row; so is a key that is read twice.
        let same = |error: &SpecError| error.help == help || error.message == message;
        let known = self.found.iter().any(|(place, error)| *place == span && same(error));
        let Some(source) = self.sources.get(span.file).filter(|_| !known && !self.is_full()) else {
            return;
        };
        let (line, column) = self.place(span);
        let error = SpecError {
            file: source.name.clone(),
            line,
            column,
            message,
            drawn: source.draw(span, &help),
            help,
        };
        self.found.push((span, error));
    }

    /// Whether as many errors were found as are reported.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= REPORTED
    }

    /// A file that could not be read at all: there is no line to draw.
    pub(crate) fn unreadable(file: &str, message: String, help: String) -> SpecErrors {
        SpecErrors {
            errors: vec![SpecError {
                file: file.to_owned(),
                line: 0,
                column: 0,
                message,
                help,
                drawn: String::new(),
            }],
        }
    }

    /// Line of a span's start, and its column in characters, both from 1.
    fn place(&self, span: Span) -> (usize, usize) {
        let line = self.line(span);
        let source = self.sources.get(span.file);
        let before = source.and_then(|s| s.text.get(s.start(line)..span.start));
        (line, before.unwrap_or("").chars().count() + 1)
    }

    /// Line of a span's start, from 1.
    pub(crate) fn line(&self, span: Span) -> usize {
        self.sources.get(span.file).map_or(1, |s| s.line(span.start))
    }

    /// Comment lines at the top of each of the first `files` texts.
    pub(crate) fn headers(&self, files: usize) -> impl Iterator<Item = &str> {
        let tops = self.sources.iter().take(files).map(|s| s.text.lines().map(str::trim));
        tops.flat_map(|lines| lines.take_while(|line| is_comment_or_empty(line)))
            .filter(|line| !line.is_empty())
    }

    /// Comment lines directly over the line of a span, but those at the top of its file.
    pub(crate) fn comments_over(&self, span: Span) -> Vec<&str> {
        let line = self.line(span);
        let Some(source) = self.sources.get(span.file) else {
            return Vec::new();
        };
        let above = (1..line).rev().map(|line| source.line_text(line).trim());
        let mut comments: Vec<&str> = above.take_while(|line| line.starts_with('#')).collect();
        let over = line - comments.len();
        if (1..over).all(|line| is_comment_or_empty(source.line_text(line).trim())) {
            return Vec::new();
        }
        comments.reverse();
        comments
    }

    /// The text under a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        let source = self.sources.get(span.file);
        source.and_then(|s| s.text.get(span.start..span.end)).unwrap_or("")
    }

    pub(crate) fn name(&self, file: usize) -> &str {
        self.sources.get(file).map_or("", |s| &s.name)
    }

    /// The value, if nothing was wrong on the way to it.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, SpecErrors> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => {
                self.found.sort_by_key(|(span, _)| *span);
                Err(SpecErrors {
                    errors: self.found.into_iter().map(|(_, error)| error).collect(),
                })
            }
        }
    }
}

fn is_comment_or_empty(line: &str) -> bool {
    line.is_empty() || line.starts_with('#')
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
