//! Non-maximum suppression: of boxes that overlap, the one with the best score stays.

use crate::bounds::Bounds;

/// Calls `stays` for every box, best first, that no box before it that stays overlaps by more than `overlap`; `kept` has room for
/// as many as there are.
pub(crate) fn suppress<T: Copy>(
    best_first: &[T],
    bounds: impl Fn(T) -> Bounds,
    overlap: f32,
    kept: &mut Vec<Bounds>,
    mut stays: impl FnMut(T),
) {
    kept.clear();
    for &item in best_first {
        let this = bounds(item);
        if !kept.iter().any(|other| other.overlap(&this) > overlap) {
            kept.push(this);
            stays(item);
        }
    }
}
