//! The nearest pixel: no sum, but positions that Pillow adds up, and whose rounding shows.

use crate::Resize;

/// Up to here positions are sums, as Pillow's are. Its pictures are not longer: rows of so many pixels with any height
/// worth the name would take gigabytes.
const SUMMED: u64 = 1 << 24;

pub(crate) fn run(resize: &Resize, source: &[u8], window: &mut [u8]) {
    let Resize { channels, size, .. } = *resize;
    let [rows, columns] = [0, 1].map(|axis| positions(resize, axis));
    let source_row = resize.from[1] * channels;
    for (to, y) in window.chunks_exact_mut(size[1] * channels).zip(&rows) {
        let from = &source[y * source_row..][..source_row];
        for (to, x) in to.chunks_exact_mut(channels).zip(&columns) {
            to.copy_from_slice(&from[x * channels..][..channels]);
        }
    }
}

/// Which pixels of the source are those of the window.
fn positions(resize: &Resize, axis: usize) -> Vec<usize> {
    let (from, start) = (resize.from[axis], resize.start[axis]);
    let step = f64::from(from as f32) / resize.to[axis] as f64;
    let mut at = step * 0.5;
    if start < SUMMED {
        for _ in 0..start {
            at += step;
        }
    } else {
        at = (start as f64 + 0.5) * step;
    }
    let mut positions = Vec::with_capacity(resize.size[axis]);
    for _ in 0..resize.size[axis] {
        positions.push((at as usize).min(from - 1));
        at += step;
    }
    positions
}
