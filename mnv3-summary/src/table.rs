//! Text in aligned columns.

use crate::look::Look;
use mnv3_ir::Visible;
use std::fmt;

/// To which side a column is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Rows of cells, with lines of running text between them.
pub struct Table {
    look: Look,
    columns: Vec<(&'static str, Side)>,
    rows: Vec<TableRow>,
}

enum TableRow {
    Cells(Vec<String>),
    Text(String),
}

impl Table {
    /// An empty table with these titles.
    #[must_use]
    pub fn new(look: Look, columns: &[(&'static str, Side)]) -> Self {
        Self {
            look,
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// One cell for each column; foreign text in it is made visible.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len(), "a cell for each column");
        self.rows
            .push(TableRow::Cells(cells.map(|cell| Visible(&cell).to_string()).into()));
    }

    /// A line across all columns.
    pub fn text(&mut self, text: String) {
        self.rows.push(TableRow::Text(text));
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| title.chars().count()).collect();
        for row in &self.rows {
            if let TableRow::Cells(cells) = row {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = (*width).max(cell.chars().count());
                }
            }
        }
        widths
    }

    fn line<'c>(&self, widths: &[usize], cells: impl Iterator<Item = &'c str>) -> String {
        let columns = cells.zip(&self.columns).zip(widths);
        let padded = columns.map(|((cell, (_, side)), width)| match side {
            Side::Left => format!("{cell:<width$}"),
            Side::Right => format!("{cell:>width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let titles = self.line(&widths, self.columns.iter().map(|(title, _)| *title));
        writeln!(f, "{}", self.look.heading(&titles))?;
        for row in &self.rows {
            match row {
                TableRow::Cells(cells) => writeln!(f, "{}", self.line(&widths, cells.iter().map(String::as_str)))?,
                TableRow::Text(text) => writeln!(f, "{text}")?,
            }
        }
        Ok(())
    }
}
