//! Rows of a narrow map side by side, so that they are multiplied as one and fill a register tile.

use mnv3_ir::LANES;

/// The map `[h][groups][w][16]` in batches of so many rows: `[batch][groups][rows * w][16]`; the last batch has the rows
/// that are left.
pub(super) fn side_by_side(map: &[f32], [h, w]: [usize; 2], groups: usize, rows: usize, batches: &mut [f32]) {
    let row_floats = w * groups * LANES;
    let batch_floats = rows * row_floats;
    for (rows, batch) in map[..h * row_floats]
        .chunks(batch_floats)
        .zip(batches.chunks_mut(batch_floats))
    {
        let count = rows.len() / row_floats;
        for (i, pixels) in rows.chunks_exact(w * LANES).enumerate() {
            let (at, group) = (i / groups, i % groups);
            batch[(group * count + at) * w * LANES..][..w * LANES].copy_from_slice(pixels);
        }
    }
}

/// Row `at` of a batch `[groups][count * w][16]`: its pixels, group by group.
pub(super) fn row(batch: &[f32], at: usize, count: usize, w: usize) -> impl Iterator<Item = &[f32]> {
    let floats = w * LANES;
    batch
        .chunks_exact(count * floats)
        .map(move |group| &group[at * floats..][..floats])
}
