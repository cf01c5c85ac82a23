//! Rows for people and for programs.

use crate::error::SqlError;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::csv::{Writer, WriterBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::pretty::pretty_format_batches;
use std::io::Write;
use std::sync::Arc;

/// Rows that a table shows. A query is stopped when there are more.
const TABLE_ROWS: usize = 100;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum QueryFormat {
    /// For people: the first hundred rows
    Table,
    /// All rows, with a line of names before them
    Csv,
    /// All rows, an object for each, one a line
    Jsonl,
}

/// Rows of one query on their way to standard output.
pub(crate) enum RowWriter<W: Write> {
    Table(W, Vec<RecordBatch>),
    Csv(Box<Writer<W>>),
    Jsonl(LineDelimitedWriter<W>),
}

/// Whether more rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowsWanted {
    More,
    Enough,
}

impl<W: Write> RowWriter<W> {
    pub(crate) fn new(format: QueryFormat, out: W) -> Self {
        match format {
            QueryFormat::Table => Self::Table(out, Vec::new()),
            QueryFormat::Csv => Self::Csv(Box::new(WriterBuilder::new().with_header(true).build(out))),
            QueryFormat::Jsonl => Self::Jsonl(LineDelimitedWriter::new(out)),
        }
    }

    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<RowsWanted, SqlError> {
        match self {
            Self::Table(_, shown) => {
                shown.push(readable(rows).map_err(SqlError::Format)?);
                let count: usize = shown.iter().map(RecordBatch::num_rows).sum();
                if count > TABLE_ROWS {
                    return Ok(RowsWanted::Enough);
                }
            }
            Self::Csv(writer) => writer.write(rows).map_err(SqlError::Format)?,
            Self::Jsonl(writer) => writer.write(rows).map_err(SqlError::Format)?,
        }
        Ok(RowsWanted::More)
    }

    /// Writes what is not written yet.
    pub(crate) fn end(self) -> Result<(), SqlError> {
        match self {
            Self::Table(mut out, mut shown) => {
                let count: usize = shown.iter().map(RecordBatch::num_rows).sum();
                if let Some(last) = shown.pop() {
                    let more = count.saturating_sub(TABLE_ROWS);
                    shown.push(last.slice(0, last.num_rows() - more));
                }
                writeln!(out, "{}", pretty_format_batches(&shown).map_err(SqlError::Format)?)?;
                if count > TABLE_ROWS {
                    writeln!(
                        out,
                        "There are more rows: --format csv and jsonl write all of them, and so does COPY (SELECT ...) TO 'FILE'."
                    )?;
                }
                Ok(out.flush()?)
            }
            Self::Csv(writer) => Ok(writer.into_inner().flush()?),
            Self::Jsonl(mut writer) => {
                writer.finish().map_err(SqlError::Format)?;
                Ok(writer.into_inner().flush()?)
            }
        }
    }
}

/// The same rows with the length of a file where a file would stand.
fn readable(rows: &RecordBatch) -> Result<RecordBatch, datafusion::arrow::error::ArrowError> {
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, column)| {
        let lengths = match column.data_type() {
            DataType::Binary => lengths(column.as_binary::<i32>().iter()),
            DataType::LargeBinary => lengths(column.as_binary::<i64>().iter()),
            DataType::BinaryView => lengths(column.as_binary_view().iter()),
            _ => return (field.clone(), column.clone()),
        };
        (Arc::new(Field::new(field.name(), DataType::Utf8, true)), lengths)
    });
    let (fields, columns): (Vec<_>, Vec<ArrayRef>) = columns.unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn lengths<'b>(files: impl Iterator<Item = Option<&'b [u8]>>) -> ArrayRef {
    let texts = files.map(|bytes| bytes.map(|bytes| format!("{} bytes", bytes.len())));
    Arc::new(texts.collect::<StringArray>())
}
