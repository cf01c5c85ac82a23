//! Logits of a network, some columns of a row at a time.

use crate::planes::RowOfLogits;
use mnv3_ir::{LANES, Shape, groups, mask_scratch};
use mnv3_runtime::by_value::{ResizedRows, resized_row, resized_rows};
use mnv3_runtime::{Cpu, MapView};
use std::ops::Range;

/// Logits of each pixel of a network's input: a map of them, or a smaller one, which is enlarged (bilinear) on the way, so that the map
/// of the input's size is never written.
#[derive(Clone, Copy, Debug)]
pub struct LogitMap<'l> {
    map: MapView<'l>,
    size: [usize; 2],
}

impl<'l> From<MapView<'l>> for LogitMap<'l> {
    fn from(map: MapView<'l>) -> Self {
        let [h, w, _] = map.shape;
        Self { map, size: [h, w] }
    }
}

impl<'l> LogitMap<'l> {
    /// Of the input's height and width, which `map` is enlarged to.
    #[must_use]
    pub fn enlarged(map: MapView<'l>, size: [usize; 2]) -> Self {
        Self { map, size }
    }

    /// Height and width of the network's input.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.size
    }

    pub(crate) fn classes(&self) -> usize {
        self.map.shape[2]
    }

    /// Whether there is no number.
    pub(crate) fn is_empty(&self) -> bool {
        let [h, w, c] = self.map.shape;
        let floats = h * w * groups(c) * LANES;
        self.size.contains(&0) || floats == 0 || self.map.floats().len() != floats
    }

    /// Some columns of it, of which there is at least one number.
    pub(crate) fn columns<'s>(&'s self, columns: Range<usize>, scratch: &'s mut [f32]) -> LogitColumns<'s> {
        let [h, w, c] = self.map.shape;
        let [from, to] = [[h, w], self.size].map(|[h, w]| Shape { h, w, c });
        if from == to {
            return LogitColumns::There { map: self.map };
        }
        let (row, wide) = scratch.split_at_mut(groups(c) * columns.len() * LANES);
        let rows = resized_rows([from, to], columns.clone(), self.map.floats(), wide);
        LogitColumns::Enlarged { rows, row, columns }
    }
}

/// Memory on the way from logits of a size to a picture.
#[derive(Clone, Debug)]
pub(crate) struct Scratch(Vec<f32>);

impl Scratch {
    pub(crate) fn new([h, w]: [usize; 2], c: usize) -> Self {
        Self(vec![0.0; mask_scratch(Shape { h, w, c })])
    }

    /// As much as these need, for which it grows if it must.
    pub(crate) fn of(&mut self, logits: &LogitMap<'_>) -> &mut [f32] {
        let ([h, w], c) = (logits.size, logits.classes());
        let floats = mask_scratch(Shape { h, w, c });
        if self.0.len() < floats {
            self.0.resize(floats, 0.0);
        }
        &mut self.0[..floats]
    }
}

/// Some columns of logits, read from the top down.
pub(crate) enum LogitColumns<'l> {
    There {
        map: MapView<'l>,
    },
    Enlarged {
        rows: ResizedRows<'l>,
        row: &'l mut [f32],
        columns: Range<usize>,
    },
}

impl LogitColumns<'_> {
    pub(crate) fn row(&mut self, cpu: Cpu<'_>, y: usize) -> RowOfLogits<'_> {
        match self {
            Self::There { map } => {
                let [_, w, c] = map.shape;
                let pixels = map.floats().as_chunks().0;
                RowOfLogits {
                    pixels: &pixels[y * groups(c) * w..][..groups(c) * w],
                    first: 0,
                    columns: w,
                }
            }
            Self::Enlarged { rows, row, columns } => {
                resized_row(cpu, rows, y, row);
                RowOfLogits {
                    pixels: row.as_chunks().0,
                    first: columns.start,
                    columns: columns.len(),
                }
            }
        }
    }
}
