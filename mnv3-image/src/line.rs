//! Lines of text: scaled to the network's rows, and cut into windows.

/// Columns of a picture of so many rows and columns that is scaled to `rows`, its aspect ratio kept; rounded, a half up.
pub(super) fn scaled([height, width]: [u32; 2], rows: usize) -> u64 {
    let columns = f64::from(width) * rows as f64 / f64::from(height) + 0.5;
    (columns as u64).max(1)
}

/// Columns of one that is squeezed into an input where it is too long: rounded up, as PaddleOCR has it.
pub(super) fn squeezed([height, width]: [u32; 2], [rows, columns]: [usize; 2]) -> usize {
    let ratio = f64::from(width) / f64::from(height);
    ((rows as f64 * ratio).ceil() as usize).clamp(1, columns.max(1))
}

/// First columns of the windows of `window` columns: one, or as many as the line is long and at most `most`, evenly
/// spaced from its first to its last column.
pub(super) fn starts(columns: u64, window: usize, most: usize) -> Vec<u64> {
    let window = window as u64;
    let windows = columns.div_ceil(window).min(most as u64);
    if windows <= 1 {
        return vec![0];
    }
    let step = (columns - window) as f64 / (windows - 1) as f64;
    (0..windows).map(|i| (i as f64 * step + 0.5) as u64).collect()
}

#[cfg(test)]
mod tests {
    use super::{scaled, squeezed, starts};

    #[test]
    fn windows_cover_a_line_from_its_first_to_its_last_column() {
        let starts = |columns| starts(columns, 192, 8);
        assert_eq!(starts(1), [0]);
        assert_eq!(starts(192), [0]);
        assert_eq!(starts(193), [0, 1]);
        assert_eq!(starts(500), [0, 154, 308]);
        let long = starts(10_000);
        assert_eq!((long.len(), long[0], long[7]), (8, 0, 10_000 - 192));
    }

    #[test]
    fn one_window_at_most_is_the_first() {
        assert_eq!([starts(500, 192, 1), starts(500, 192, 0)], [[0], [0]]);
    }

    #[test]
    fn a_line_is_scaled_to_48_rows_and_is_never_narrower_than_a_pixel() {
        assert_eq!(scaled([24, 100], 48), 200);
        assert_eq!(scaled([1000, 1], 48), 1);
        assert_eq!(scaled([96, 25], 48), 13);
        assert_eq!(scaled([1, u32::MAX], 48), 206_158_430_160);
    }

    #[test]
    fn a_line_is_squeezed_into_an_input_that_is_too_short_for_it() {
        assert_eq!(squeezed([24, 33], [48, 192]), 66);
        assert_eq!(squeezed([31, 100], [48, 192]), 155);
        assert_eq!(squeezed([48, 193], [48, 192]), 192);
        assert_eq!(
            [squeezed([1000, 1], [48, 192]), squeezed([1, u32::MAX], [48, 192])],
            [1, 192]
        );
    }
}
