//! Rows in the format that is wanted.

use super::cells::RowKind;
use super::csv;
use super::row::RunRow;
use std::io::{self, Write};
use std::path::Path;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RunFormat {
    /// A line for each class, box or share of a picture
    Csv,
    /// An object for each picture, one a line
    Jsonl,
}

impl RunFormat {
    /// What a file of this name is to be.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// Rows on their way to a file or to standard output.
pub(crate) enum TableWriter<W> {
    Csv(W, RowKind),
    Jsonl(W),
}

impl<W: Write + Send> TableWriter<W> {
    /// Writes what stands before the first row.
    pub(crate) fn new(format: RunFormat, kind: RowKind, mut out: W) -> io::Result<Self> {
        match format {
            RunFormat::Csv => {
                out.write_all(csv::head(kind).as_bytes())?;
                Ok(Self::Csv(out, kind))
            }
            RunFormat::Jsonl => Ok(Self::Jsonl(out)),
        }
    }

    /// One picture.
    pub(crate) fn write(&mut self, row: &RunRow) -> io::Result<()> {
        match self {
            Self::Csv(out, kind) => out.write_all(csv::lines(*kind, row).as_bytes()),
            Self::Jsonl(out) => {
                let mut line = serde_json::to_vec(row)?;
                line.push(b'\n');
                out.write_all(&line)
            }
        }
    }

    /// Writes what stands behind the last row, and hands back where it went.
    pub(crate) fn end(self) -> io::Result<W> {
        let (Self::Csv(mut out, _) | Self::Jsonl(mut out)) = self;
        out.flush()?;
        Ok(out)
    }
}
