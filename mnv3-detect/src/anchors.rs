//! Anchors: the boxes that offsets are relative to.

/// The anchors of one map: the same few at every cell of a grid that divides the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnchorGrid<'a> {
    /// Rows of the map.
    pub rows: usize,
    /// Columns of the map.
    pub columns: usize,
    /// Height and width of each anchor of a cell, as shares of the image's.
    pub sizes: &'a [[f32; 2]],
}

/// One anchor, in pixels of the network's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// Its centre: down, across.
    pub centre: [f32; 2],
    /// Its height and width.
    pub size: [f32; 2],
}

impl AnchorGrid<'_> {
    /// How many anchors there are.
    #[must_use]
    pub const fn anchors(&self) -> usize {
        self.rows * self.columns * self.sizes.len()
    }

    /// The anchor at a row, a column, and a place among the sizes, for an input of `[height, width]`.
    ///
    /// # Panics
    /// There is no such size.
    #[must_use]
    pub const fn anchor(&self, row: usize, column: usize, size: usize, [height, width]: [usize; 2]) -> Anchor {
        let [down, across] = self.sizes[size];
        let (y, x) = (
            (row as f32 + 0.5) / self.rows as f32,
            (column as f32 + 0.5) / self.columns as f32,
        );
        let (height, width) = (height as f32, width as f32);
        // By its corners, as torchvision hands them on: to the same bits.
        let [top, bottom] = [(y - 0.5 * down) * height, (y + 0.5 * down) * height];
        let [left, right] = [(x - 0.5 * across) * width, (x + 0.5 * across) * width];
        let size = [bottom - top, right - left];
        Anchor {
            centre: [top + 0.5 * size[0], left + 0.5 * size[1]],
            size,
        }
    }
}

/// All anchors of an input of `[height, width]`, grid after grid, row after row, column after column, in the order in which
/// heads give scores and offsets. A constant, where it is one:
///
/// ```
/// use mnv3_detect::{Anchor, AnchorGrid, anchors};
/// const GRIDS: [AnchorGrid<'static>; 1] = [AnchorGrid { rows: 2, columns: 1, sizes: &[[0.5, 1.0]] }];
/// const ANCHORS: [Anchor; 2] = anchors(&GRIDS, [64, 32]);
/// assert_eq!(ANCHORS[1], Anchor { centre: [48.0, 16.0], size: [32.0, 32.0] });
/// ```
///
/// # Panics
/// The grids have another number of anchors than `N`.
#[must_use]
pub const fn anchors<const N: usize>(grids: &[AnchorGrid<'_>], input: [usize; 2]) -> [Anchor; N] {
    let none = Anchor {
        centre: [0.0; 2],
        size: [0.0; 2],
    };
    let mut all = [none; N];
    let (mut next, mut i) = (0, 0);
    while i < grids.len() {
        let mut cell = 0;
        while cell < grids[i].rows * grids[i].columns {
            let mut size = 0;
            while size < grids[i].sizes.len() {
                all[next] = grids[i].anchor(cell / grids[i].columns, cell % grids[i].columns, size, input);
                (next, size) = (next + 1, size + 1);
            }
            cell += 1;
        }
        i += 1;
    }
    assert!(next == N, "the grids have another number of anchors");
    all
}
