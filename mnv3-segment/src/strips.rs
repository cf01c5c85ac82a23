//! Planes resized to a picture, a strip of columns at a time from the top down, so that nothing of the picture's size lies between.

use crate::between::Mixture;
use mnv3_ir::Placement;
use std::array;

/// Columns of a strip: rows of it stay in the first cache.
pub(crate) const STRIP: usize = 64;

/// A row of a plane, at the width of a strip.
pub(crate) type StripRow = [f32; STRIP];

/// Two neighbouring rows of each plane at the width of a strip: even ones in the first.
#[derive(Clone, Debug)]
pub(crate) struct WideRows([Vec<StripRow>; 2]);

impl WideRows {
    pub(crate) fn new(planes: usize) -> Self {
        Self([(); 2].map(|()| vec![[0.0; STRIP]; planes]))
    }

    /// Makes room for other planes.
    pub(crate) fn hold(&mut self, planes: usize) {
        self.0.iter_mut().for_each(|rows| rows.resize(planes, [0.0; STRIP]));
    }
}

/// Pixels of a picture that lie side by side, and the rows that they lie between.
pub(crate) struct RowOfStrip<'r> {
    /// Index of the first of them in the picture.
    pub(crate) first: usize,
    /// How many there are.
    pub(crate) count: usize,
    /// The rows above and below, of each plane; what is beyond `count` means nothing.
    pub(crate) rows: [&'r [StripRow]; 2],
    /// The share of the second.
    pub(crate) share: f32,
}

/// A picture, and the part of planes that it is made of, neither without pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strips {
    /// Height and width of the picture.
    pub(crate) size: [usize; 2],
    pub(crate) placed: Placement,
}

impl Strips {
    /// `widen` brings a row of the planes to the columns of a strip; `finish` sees all rows of all strips of the picture.
    pub(crate) fn run(
        self,
        wide: &mut WideRows,
        mut widen: impl FnMut(usize, &[Mixture], &mut [StripRow]),
        mut finish: impl FnMut(&RowOfStrip<'_>),
    ) {
        let [height, width] = self.size;
        let along =
            |axis: usize, at: usize| Mixture::of(at, self.placed.start[axis], self.placed.size[axis], self.size[axis]);
        for left in (0..width).step_by(STRIP) {
            let count = STRIP.min(width - left);
            let columns: [Mixture; STRIP] = array::from_fn(|x| along(1, (left + x).min(width - 1)));
            let mut there = [None; 2];
            for y in 0..height {
                let row = along(0, y);
                for at in [row.first, row.second] {
                    if there[at % 2] != Some(at) {
                        widen(at, &columns[..count], &mut wide.0[at % 2]);
                        there[at % 2] = Some(at);
                    }
                }
                finish(&RowOfStrip {
                    first: y * width + left,
                    count,
                    rows: [row.first, row.second].map(|at| wide.0[at % 2].as_slice()),
                    share: row.share,
                });
            }
        }
    }
}
