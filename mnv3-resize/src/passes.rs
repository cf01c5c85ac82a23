//! Both passes, sixteen rows at a time. A pass whose axis keeps its size is left out.

use crate::Resize;
use crate::axis::Axis;
use crate::filter::FilterShape;
use crate::gather::{Gather, MOST_TAPS};
use crate::horizontal::Horizontal;
use crate::rows::{BATCH, Lines, PassRows, SourceView, filled};
use crate::vertical::Vertical;
use fearless_simd::Level;
use std::slice::ChunksExactMut;

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
    let length = size[1] * channels;
    let mut window = window.chunks_exact_mut(length);
    let horizontal = horizontal.map(|axis| Horizontal::new(level, axis, channels));
    match (vertical, horizontal) {
        (Some(vertical), Some(horizontal)) if down_first(resize) => {
            down_and_across(level, vertical, horizontal, &source, window);
        }
        (Some(vertical), Some(horizontal)) => across_and_down(level, vertical, horizontal, &source, window, length),
        (None, Some(horizontal)) => across(level, horizontal, &source, window, length),
        (Some(vertical), None) => down(level, vertical, &source, length, &mut |fill| {
            if let Some(to) = window.next() {
                fill(to);
            }
        }),
        (None, None) => source
            .rows
            .clone()
            .for_each(|row| write_next(&mut window, source.line(row))),
    }
}

/// The order shows, as bytes lie between the passes. Pillow goes down first since its version 13, where the height loses
/// more than twice as much as the width.
fn down_first(resize: &Resize) -> bool {
    let [height, width] = [0, 1].map(|i| resize.from[i] as i128 - i128::from(resize.to[i]));
    height > 0 && height > 2 * width
}

fn write_next(window: &mut ChunksExactMut<'_, u8>, row: &[u8]) {
    if let Some(to) = window.next() {
        to.copy_from_slice(row);
    }
}

fn across(
    level: Level,
    mut horizontal: Horizontal,
    source: &SourceView<'_>,
    mut window: ChunksExactMut<'_, u8>,
    length: usize,
) {
    let mut rows = PassRows::new(length, 1);
    for batch in source.batches() {
        horizontal.run(level, &source.lines(batch.clone()), &mut rows, 0);
        for i in 0..batch.len() {
            write_next(&mut window, rows.row(i));
        }
    }
}

fn across_and_down(
    level: Level,
    vertical: Axis,
    mut horizontal: Horizontal,
    source: &SourceView<'_>,
    mut window: ChunksExactMut<'_, u8>,
    length: usize,
) {
    match Gather::new(level, vertical) {
        Ok(mut gather) => {
            // A row of the window may see a row of the last batch, and all that may be seen before it.
            let mut rows = PassRows::new(length, MOST_TAPS / BATCH + 1);
            let mut finished = 0;
            for (i, batch) in source.batches().enumerate() {
                if !batch.is_empty() {
                    horizontal.run(level, &source.lines(batch.clone()), &mut rows, i);
                }
                let seen = gather.rows_that_end_by(batch.end);
                for row in std::mem::replace(&mut finished, seen)..seen {
                    if let Some(to) = window.next() {
                        gather.row(row, |line| rows.row(line - source.rows.start), to);
                    }
                }
            }
        }
        Err(axis) => {
            let mut vertical = Vertical::new(axis, length);
            let mut rows = PassRows::new(length, 1);
            for batch in source.batches() {
                if !batch.is_empty() {
                    horizontal.run(level, &source.lines(batch.clone()), &mut rows, 0);
                }
                let last = batch.end == source.rows.end;
                let lines = Lines::new(rows.batch(), length);
                vertical.run(level, &lines, batch, last, &mut |row| write_next(&mut window, row));
            }
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
    // Rows that went down and wait for more of them.
    let mut between = vec![0; length * BATCH];
    let mut waiting = 0;
    let mut across = PassRows::new(horizontal.window() * source.channels, 1);
    down(level, vertical, source, length, &mut |fill| {
        fill(&mut between[waiting * length..][..length]);
        waiting += 1;
        if waiting < BATCH.min(window.len()) {
            return;
        }
        let lines = filled(waiting, &|i| &between[i * length..][..length]);
        horizontal.run(level, &lines, &mut across, 0);
        for i in 0..std::mem::take(&mut waiting) {
            write_next(&mut window, across.row(i));
        }
    });
}

/// Fills in a row.
type Fill<'a> = dyn FnMut(&mut [u8]) + 'a;

/// Rows of the source, `length` bytes of each, to rows of the window, which `sink` has filled in, in order.
fn down(level: Level, axis: Axis, source: &SourceView<'_>, length: usize, sink: &mut dyn FnMut(&mut Fill<'_>)) {
    match Gather::new(level, axis) {
        Ok(mut gather) => {
            for i in 0..gather.rows() {
                sink(&mut |to| gather.row(i, |line| source.line(line), to));
            }
        }
        Err(axis) => {
            let mut vertical = Vertical::new(axis, length);
            for batch in source.batches() {
                let last = batch.end == source.rows.end;
                let lines = Lines::new(source.lines(batch.clone()), length);
                vertical.run(level, &lines, batch, last, &mut |row| {
                    sink(&mut |to| to.copy_from_slice(row))
                });
            }
        }
    }
}
