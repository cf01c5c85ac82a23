//! Resampling without a filter that widens: four pixels around each point, mixed after they were brought to the network's range.

use super::fit::PictureWindow;

/// A window of a picture that is sampled.
pub(crate) struct Sampled<'w> {
    /// Rows and columns of the picture.
    pub(crate) from: [usize; 2],
    pub(crate) window: &'w PictureWindow,
}

/// Two neighbours along an axis, and the share of the second.
#[derive(Clone, Copy)]
struct Corners {
    first: usize,
    second: usize,
    share: f32,
}

impl Sampled<'_> {
    /// Writes the window to the upper left of `input`, which is `columns` wide; `table` has what each byte becomes in each channel.
    pub(crate) fn write<const C: usize>(
        &self,
        bytes: &[u8],
        table: &[[f32; 256]; C],
        input: &mut [f32],
        columns: usize,
    ) {
        let pixels = bytes.as_chunks::<C>().0;
        let [rows, across] = [0, 1].map(|axis| self.axis(axis));
        for (to, row) in input.chunks_mut(columns * C).zip(rows) {
            let [above, below] = [row.first, row.second].map(|y| &pixels[y * self.from[1]..][..self.from[1]]);
            for (to, at) in to.as_chunks_mut::<C>().0.iter_mut().zip(&across) {
                let corners = [above[at.first], above[at.second], below[at.first], below[at.second]];
                for c in 0..C {
                    let [a, b, d, e] = corners.map(|pixel| table[c][usize::from(pixel[c])]);
                    let [above, below] = [[a, b], [d, e]].map(|[a, b]| a * (1.0 - at.share) + b * at.share);
                    to[c] = above * (1.0 - row.share) + below * row.share;
                }
            }
        }
    }

    /// Positions in single precision, as PyTorch computes them: far to the right their rounding shows.
    fn axis(&self, axis: usize) -> Vec<Corners> {
        let (from, window) = (self.from[axis], self.window);
        let scale = from as f32 / window.to[axis] as f32;
        let at = |i: u64| {
            let centre = (scale * (i as f32 + 0.5) - 0.5).max(0.0);
            let first = (centre as usize).min(from - 1);
            Corners {
                first,
                second: (first + 1).min(from - 1),
                share: (centre - first as f32).clamp(0.0, 1.0),
            }
        };
        (window.start[axis]..).take(window.size[axis]).map(at).collect()
    }
}
