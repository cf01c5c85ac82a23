//! The nearest pixel: no sum, but positions that Pillow adds up, and whose rounding shows.

use crate::Resize;

/// Up to here positions are sums, as Pillow's are. Its pictures are not longer: rows of so many pixels with any height
/// worth the name would take gigabytes.
const SUMMED: u64 = 1 << 24;

pub(crate) fn run<const C: usize>(resize: &Resize, source: &[u8], window: &mut [u8]) {
    let [rows, columns] = [0, 1].map(|axis| positions(resize, axis));
    let (source, _) = source.as_chunks::<C>();
    let (window, _) = window.as_chunks_mut::<C>();
    for (to, y) in window.chunks_exact_mut(resize.size[1]).zip(rows) {
        let from = &source[y * resize.from[1]..][..resize.from[1]];
        for (to, &x) in to.iter_mut().zip(&columns) {
            *to = from[x];
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
