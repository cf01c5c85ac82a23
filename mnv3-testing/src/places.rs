//! Places in a map.

/// Row, column and channel of every number of a map of height, width and channels: pixel after pixel, row after row.
///
/// ```
/// let places: Vec<_> = mnv3_testing::places([1, 2, 2]).collect();
/// assert_eq!(places, [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]);
/// ```
pub fn places([h, w, c]: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..h).flat_map(move |y| (0..w).flat_map(move |x| (0..c).map(move |c| (y, x, c))))
}
