//! Both passes, sixteen rows at a time. A pass whose axis keeps its size is left out.

use crate::Resize;
use crate::axis::Axis;
use crate::filter::FilterShape;
use crate::finish::LANES;
use crate::horizontal::Horizontal;
use crate::vertical::Vertical;
use fearless_simd::Level;
use std::ops::Range;
use std::slice::ChunksExactMut;

/// PassRows at a time.
pub(crate) const BATCH: usize = 16;

/// Sixteen rows, cut into blocks as wide as a vector.
pub(crate) trait Blocks {
    /// Of a row. The last may go on after its end.
    fn blocks(&self) -> usize;

    /// N blocks of a row from the `i`th on.
    fn run<const N: usize>(&self, row: usize, i: usize) -> [&[u8; LANES]; N];
}

/// Sixteen rows that go down.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
pub(crate) enum Batch<'a> {
    /// That a pass wrote.
    Passed(&'a PassRows),
    /// Of the source.
    Seen(Lines<'a>),
}

impl Batch<'_> {
    pub(crate) fn blocks(&self) -> usize {
        match self {
            Self::Passed(rows) => rows.blocks(),
            Self::Seen(lines) => lines.blocks(),
        }
    }
}

/// A batch that a pass wrote, block by block.
pub(crate) struct PassRows {
    blocks: Vec<[[u8; LANES]; BATCH]>,
}

impl PassRows {
    /// Of `length` bytes.
    fn new(length: usize) -> Self {
        Self {
            blocks: vec![[[0; LANES]; BATCH]; length.div_ceil(LANES)],
        }
    }

    pub(crate) fn blocks_mut(&mut self) -> &mut [[[u8; LANES]; BATCH]] {
        &mut self.blocks
    }

    fn read(&self, i: usize, row: &mut [u8]) {
        let (whole, rest) = row.as_chunks_mut::<LANES>();
        for (bytes, block) in whole.iter_mut().zip(&self.blocks) {
            *bytes = block[i];
        }
        if let Some(block) = self.blocks.get(whole.len()) {
            rest.copy_from_slice(&block[i][..rest.len()]);
        }
    }
}

impl Blocks for PassRows {
    #[inline(always)]
    fn blocks(&self) -> usize {
        self.blocks.len()
    }

    #[inline(always)]
    fn run<const N: usize>(&self, row: usize, i: usize) -> [&[u8; LANES]; N] {
        let mut run = [&[0; LANES]; N];
        for (to, block) in run.iter_mut().zip(&self.blocks[i..][..N]) {
            *to = &block[row];
        }
        run
    }
}

/// A batch of the source.
pub(crate) struct Lines<'a> {
    whole: [&'a [[u8; LANES]]; BATCH],
    /// What follows the whole blocks.
    rest: [[u8; LANES]; BATCH],
    blocks: usize,
}

impl<'a> Lines<'a> {
    /// Of `length` bytes each, or empty ones.
    fn new(lines: [&'a [u8]; BATCH], length: usize) -> Self {
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
}

impl Blocks for Lines<'_> {
    #[inline(always)]
    fn blocks(&self) -> usize {
        self.blocks
    }

    #[inline(always)]
    fn run<const N: usize>(&self, row: usize, i: usize) -> [&[u8; LANES]; N] {
        let mut run = [&self.rest[row]; N];
        // Only the last block of a row may be missing.
        for (to, block) in run.iter_mut().zip(self.whole[row].get(i..).unwrap_or_default()) {
            *to = block;
        }
        run
    }
}

pub(crate) fn run(level: Level, resize: &Resize, shape: FilterShape, source: &[u8], window: &mut [u8]) {
    let Resize {
        from,
        to,
        start,
        size,
        channels,
        ..
    } = *resize;
    let axis = |i: usize| {
        let keeps = from[i] as u64 == to[i];
        (!keeps).then(|| Axis::new(shape, from[i], to[i], start[i], size[i]))
    };
    let seen = |axis: Option<&Axis>, i: usize| match axis {
        Some(axis) => axis.seen(),
        // Starts of an axis that keeps its size are inside of the source, and so fit its type.
        None => start[i] as usize..start[i] as usize + size[i],
    };
    let [vertical, horizontal] = [axis(0), axis(1)];
    let source = SourceView {
        rows: seen(vertical.as_ref(), 0),
        columns: seen(horizontal.as_ref(), 1),
        bytes: source,
        width: from[1],
        channels,
    };
    let window = window.chunks_exact_mut(size[1] * channels);
    let horizontal = horizontal.map(|axis| Horizontal::new(axis, channels));
    match (vertical, horizontal) {
        (Some(vertical), Some(horizontal)) if down_first(resize) => {
            down_and_across(level, vertical, horizontal, &source, window);
        }
        (vertical, horizontal) => {
            across_and_down(level, vertical, horizontal, &source, window, size[1] * channels);
        }
    }
}

/// The order shows, as bytes lie between the passes. Pillow goes down first since its version 13, where the height loses
/// more than twice as much as the width.
fn down_first(resize: &Resize) -> bool {
    let [height, width] = [0, 1].map(|i| resize.from[i] as i128 - i128::from(resize.to[i]));
    height > 0 && height > 2 * width
}

/// What is seen of the source.
struct SourceView<'a> {
    bytes: &'a [u8],
    width: usize,
    channels: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl<'a> SourceView<'a> {
    /// PassRows by batches; a single empty one if no row is seen.
    fn batches(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let Range { start, end } = self.rows;
        let last = end.saturating_sub(1).max(start);
        (start..=last)
            .step_by(BATCH)
            .map(move |first| first..end.min(first + BATCH))
    }

    /// The columns that are seen, of a batch of rows; nothing for an empty one.
    fn lines(&self, batch: Range<usize>) -> [&'a [u8]; BATCH] {
        if batch.is_empty() {
            return [&[]; BATCH];
        }
        filled(batch.len(), &|i| self.line(batch.start + i))
    }

    /// The columns that are seen, of a row.
    fn line(&self, row: usize) -> &'a [u8] {
        let row = &self.bytes[row * self.width * self.channels..][..self.width * self.channels];
        &row[self.columns.start * self.channels..self.columns.end * self.channels]
    }
}

/// Sixteen rows, the last of them over again where there are fewer.
fn filled<'a>(count: usize, line: &dyn Fn(usize) -> &'a [u8]) -> [&'a [u8]; BATCH] {
    let mut lines = [line(count - 1); BATCH];
    for (i, to) in lines.iter_mut().enumerate().take(count) {
        *to = line(i);
    }
    lines
}

fn across_and_down(
    level: Level,
    vertical: Option<Axis>,
    mut horizontal: Option<Horizontal>,
    source: &SourceView<'_>,
    mut window: ChunksExactMut<'_, u8>,
    length: usize,
) {
    let mut vertical = vertical.map(|axis| Vertical::new(axis, length));
    let mut rows = PassRows::new(if horizontal.is_some() { length } else { 0 });
    for batch in source.batches() {
        let last = batch.end == source.rows.end;
        let mut sink = |row: &[u8]| {
            if let Some(to) = window.next() {
                to.copy_from_slice(row);
            }
        };
        match (&mut horizontal, &mut vertical) {
            (Some(horizontal), Some(vertical)) if !batch.is_empty() => {
                horizontal.run(level, &source.lines(batch.clone()), &mut rows);
                vertical.run(level, &Batch::Passed(&rows), batch, last, &mut sink);
            }
            (_, Some(vertical)) => {
                let lines = Lines::new(source.lines(batch.clone()), length);
                vertical.run(level, &Batch::Seen(lines), batch, last, &mut sink);
            }
            (Some(horizontal), None) => {
                horizontal.run(level, &source.lines(batch.clone()), &mut rows);
                for (i, to) in (0..batch.len()).zip(&mut window) {
                    rows.read(i, to);
                }
            }
            (None, None) => batch.for_each(|row| sink(source.line(row))),
        }
    }
}

fn down_and_across(
    level: Level,
    vertical: Axis,
    mut horizontal: Horizontal,
    source: &SourceView<'_>,
    mut window: ChunksExactMut<'_, u8>,
) {
    let length = source.columns.len() * source.channels;
    let mut vertical = Vertical::new(vertical, length);
    // PassRows that went down and wait for more of them.
    let mut between = vec![0; length * BATCH];
    let mut waiting = 0;
    let mut across = PassRows::new(horizontal.window() * source.channels);
    for batch in source.batches() {
        let last = batch.end == source.rows.end;
        let lines = Lines::new(source.lines(batch.clone()), length);
        vertical.run(level, &Batch::Seen(lines), batch, last, &mut |row| {
            between[waiting * length..][..length].copy_from_slice(row);
            waiting += 1;
            if waiting < BATCH.min(window.len()) {
                return;
            }
            let lines = filled(waiting, &|i| &between[i * length..][..length]);
            horizontal.run(level, &lines, &mut across);
            for i in 0..std::mem::take(&mut waiting) {
                if let Some(to) = window.next() {
                    across.read(i, to);
                }
            }
        });
    }
}
