//! Rows of bytes: of the source, and those that a pass across wrote.

use crate::finish::LANES;
use std::ops::Range;

/// Rows at a time.
pub(crate) const BATCH: usize = 16;

/// Rows that a pass across wrote, of the last batches.
pub(crate) struct PassRows {
    bytes: Vec<u8>,
    length: usize,
    /// A power of two.
    batches: usize,
}

impl PassRows {
    /// Of `length` bytes each, `batches` or more.
    pub(crate) fn new(length: usize, batches: usize) -> Self {
        let batches = batches.next_power_of_two();
        Self {
            bytes: vec![0; length.next_multiple_of(LANES) * BATCH * batches],
            length,
            batches,
        }
    }

    /// Bytes from one row to the next: whole vectors.
    pub(crate) fn stride(&self) -> usize {
        self.length.next_multiple_of(LANES)
    }

    /// Where the `i`th batch is written.
    pub(crate) fn batch_mut(&mut self, i: usize) -> &mut [u8] {
        let size = self.stride() * BATCH;
        &mut self.bytes[(i & (self.batches - 1)) * size..][..size]
    }

    /// The `i`th row, if it is of one of the last batches.
    pub(crate) fn row(&self, i: usize) -> &[u8] {
        &self.bytes[(i & (self.batches * BATCH - 1)) * self.stride()..][..self.length]
    }

    /// The first batch.
    pub(crate) fn batch(&self) -> [&[u8]; BATCH] {
        filled(BATCH, &|row| self.row(row))
    }
}

/// Sixteen rows that go down, cut into blocks as wide as a vector.
pub(crate) struct Lines<'a> {
    whole: [&'a [[u8; LANES]]; BATCH],
    /// What follows the whole blocks.
    rest: [[u8; LANES]; BATCH],
    blocks: usize,
}

impl<'a> Lines<'a> {
    /// Of `length` bytes each, or empty ones.
    pub(crate) fn new(lines: [&'a [u8]; BATCH], length: usize) -> Self {
        let mut rest = [[0; LANES]; BATCH];
        for (to, line) in rest.iter_mut().zip(lines) {
            let (_, from) = line.as_chunks::<LANES>();
            to[..from.len()].copy_from_slice(from);
        }
        Self {
            whole: lines.map(|line| line.as_chunks().0),
            rest,
            blocks: length.div_ceil(LANES),
        }
    }

    /// Of a row. The last may go on after its end.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    /// N blocks of a row from the `i`th on.
    #[inline(always)]
    pub(crate) fn run<const N: usize>(&self, row: usize, i: usize) -> [&[u8; LANES]; N] {
        let mut run = [&self.rest[row]; N];
        // Only the last block of a row may be missing.
        for (to, block) in run.iter_mut().zip(self.whole[row].get(i..).unwrap_or_default()) {
            *to = block;
        }
        run
    }
}

/// What is seen of the source.
pub(crate) struct SourceView<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) width: usize,
    pub(crate) channels: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl<'a> SourceView<'a> {
    /// Rows by batches; a single empty one if no row is seen.
    pub(crate) fn batches(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let Range { start, end } = self.rows;
        let last = end.saturating_sub(1).max(start);
        (start..=last)
            .step_by(BATCH)
            .map(move |first| first..end.min(first + BATCH))
    }

    /// The columns that are seen, of a batch of rows; nothing for an empty one.
    pub(crate) fn lines(&self, batch: Range<usize>) -> [&'a [u8]; BATCH] {
        if batch.is_empty() {
            return [&[]; BATCH];
        }
        filled(batch.len(), &|i| self.line(batch.start + i))
    }

    /// The columns that are seen, of a row.
    pub(crate) fn line(&self, row: usize) -> &'a [u8] {
        let row = &self.bytes[row * self.width * self.channels..][..self.width * self.channels];
        &row[self.columns.start * self.channels..self.columns.end * self.channels]
    }
}

/// Sixteen rows, the last of them over again where there are fewer.
pub(crate) fn filled<'a>(count: usize, line: &dyn Fn(usize) -> &'a [u8]) -> [&'a [u8]; BATCH] {
    let mut lines = [line(count - 1); BATCH];
    for (i, to) in lines.iter_mut().enumerate().take(count) {
        *to = line(i);
    }
    lines
}
