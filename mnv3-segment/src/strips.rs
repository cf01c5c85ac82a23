//! Planes resized to a picture, a strip of columns at a time from the top down, so that nothing of the picture's size lies between.

use crate::between::Mixture;
use mnv3_ir::{MASK_STRIP, Placement};
use std::array;
use std::ops::Range;

/// A row of a plane, at the width of a strip.
pub(crate) type StripRow = [f32; MASK_STRIP];

/// Pixels of a picture that lie side by side, and the rows that they lie between.
pub(crate) struct RowOfStrip<'r> {
    /// Index of the first of them among the pixels of the rows that are made.
    pub(crate) first: usize,
    /// How many there are.
    pub(crate) count: usize,
    /// The rows above and below, of each plane; what is beyond `count` means nothing.
    pub(crate) rows: [&'r [StripRow]; 2],
    /// The share of the second.
    pub(crate) share: f32,
}

/// Some rows of a picture, and the part of planes that it is made of, neither without pixels.
#[derive(Clone, Debug)]
pub(crate) struct Strips {
    /// Height and width of the picture.
    pub(crate) size: [usize; 2],
    pub(crate) placed: Placement,
    pub(crate) rows: Range<usize>,
}

/// Up to [`MASK_STRIP`] columns of them.
pub(crate) struct Strip<'s> {
    strips: &'s Strips,
    left: usize,
    count: usize,
    columns: [Mixture; MASK_STRIP],
}

impl Strips {
    pub(crate) fn each(&self) -> impl Iterator<Item = Strip<'_>> {
        let width = self.size[1];
        (0..width).step_by(MASK_STRIP).map(move |left| Strip {
            strips: self,
            left,
            count: MASK_STRIP.min(width - left),
            columns: array::from_fn(|x| self.along(1, (left + x).min(width - 1))),
        })
    }

    fn along(&self, axis: usize, at: usize) -> Mixture {
        Mixture::of(at, self.placed.start[axis], self.placed.size[axis], self.size[axis])
    }
}

impl Strip<'_> {
    /// The columns of the planes that it is made of.
    pub(crate) fn reads(&self) -> Range<usize> {
        self.columns[0].first..self.columns[self.count - 1].second + 1
    }

    /// `widen` brings a row of the planes to the columns of the strip, `wide` holds two of them; `finish` sees all rows of the strip.
    pub(crate) fn run(
        &self,
        wide: &mut [f32],
        mut widen: impl FnMut(usize, &[Mixture], &mut [StripRow]),
        mut finish: impl FnMut(&RowOfStrip<'_>),
    ) {
        let Strips { size, rows, .. } = self.strips;
        let rows_of_planes = wide.as_chunks_mut().0;
        let (even, odd) = rows_of_planes.split_at_mut(rows_of_planes.len() / 2);
        let wide: [&mut [StripRow]; 2] = [even, odd];
        let mut there = [None; 2];
        for y in rows.clone() {
            let row = self.strips.along(0, y);
            for at in [row.first, row.second] {
                if there[at % 2] != Some(at) {
                    widen(at, &self.columns[..self.count], wide[at % 2]);
                    there[at % 2] = Some(at);
                }
            }
            finish(&RowOfStrip {
                first: (y - rows.start) * size[1] + self.left,
                count: self.count,
                rows: [row.first, row.second].map(|at| &*wide[at % 2]),
                share: row.share,
            });
        }
    }
}
