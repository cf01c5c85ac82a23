//! The sizes that the libraries' transforms choose, and where they crop.

/// The size of an image that just covers a box of rows and columns, its aspect ratio kept.
///
/// A square box is torchvision's `Resize` with one number, which timm uses too: one edge is the box's, the other is cut
/// to whole pixels. For other boxes torchvision has nothing; timm's `ResizeKeepRatio` rounds, a half to the even
/// neighbour.
pub(super) fn covering(from: [u32; 2], cover: [usize; 2]) -> [u64; 2] {
    let [h, w] = from.map(u64::from);
    let [rows, columns] = cover.map(|n| n as u64);
    if rows == columns {
        return if h <= w {
            [rows, rows * w / h]
        } else {
            [columns * h / w, columns]
        };
    }
    let ratio = f64::min(f64::from(from[0]) / rows as f64, f64::from(from[1]) / columns as f64);
    from.map(|n| (f64::from(n) / ratio).round_ties_even() as u64)
}

/// The first of the middle `size` pixels of `whole`: torchvision's `CenterCrop`, which rounds a half to the even
/// neighbour.
pub(super) fn centre(whole: u64, size: usize) -> u64 {
    let rest = whole.saturating_sub(size as u64);
    let half = rest / 2;
    if rest % 2 == 1 && half % 2 == 1 { half + 1 } else { half }
}

#[cfg(test)]
mod tests {
    use super::{centre, covering};

    /// By torchvision 0.29 (`_compute_resized_output_size`) and, for the last four, timm 1.0 (`ResizeKeepRatio`).
    #[test]
    fn sizes_are_those_of_the_libraries() {
        for (from, cover, want) in [
            ([480, 640], [256, 256], [256, 341]),
            ([640, 480], [256, 256], [341, 256]),
            ([147, 145], [256, 256], [259, 256]),
            ([1, 3], [235, 235], [235, 705]),
            ([100, 100], [64, 256], [256, 256]),
            ([33, 100], [54, 219], [72, 219]),
            ([100, 33], [54, 219], [664, 219]),
            ([7, 1000], [54, 219], [54, 7714]),
        ] {
            assert_eq!(covering(from, cover), want, "{from:?} to {cover:?}");
        }
    }

    #[test]
    fn a_half_pixel_of_the_centre_goes_to_the_even_side() {
        // Python's int(round((whole - 224) / 2.0)).
        let starts = [224, 225, 226, 227, 341, 343].map(|whole| centre(whole, 224));
        assert_eq!(starts, [0, 0, 1, 2, 58, 60]);
    }
}
