//! What is resized of a picture, and where it comes to lie in the network's input.

use super::line::{scaled, squeezed, starts};
use super::size::{centre, covering};
use mnv3_ir::Placing;

/// To the network's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Whatever becomes of the aspect ratio.
    Stretch,
    /// The aspect ratio kept, to cover so many rows and columns; of which the centre is taken.
    Crop([usize; 2]),
    /// The whole picture, beside which the input is filled up.
    Pad(Placing),
    /// To the network's rows, the aspect ratio kept, as for lines of text. A narrow picture is filled up on the right; a wide one is
    /// seen through at most so many windows, evenly spaced from its first to its last column.
    Line(usize),
    /// To the network's rows, the aspect ratio kept, and filled up on the right; a wide picture is squeezed into the input.
    SqueezedLine,
}

/// What is resized of a picture: a window of what it becomes.
pub(crate) struct PictureWindow {
    /// Rows and columns that the whole picture becomes.
    pub(crate) to: [u64; 2],
    /// First row and column of the window.
    pub(crate) start: [u64; 2],
    /// Rows and columns of the window, at most those of the input.
    pub(crate) size: [usize; 2],
    /// Row and column of the input where it begins.
    pub(crate) at: [usize; 2],
}

impl PictureWindow {
    /// A whole picture.
    fn whole(size: [usize; 2], at: [usize; 2]) -> Self {
        Self {
            to: size.map(|n| n as u64),
            start: [0, 0],
            size,
            at,
        }
    }
}

impl Fit {
    /// Of a picture of so many rows and columns, for an input of `size`.
    pub(crate) fn windows(self, from: [u32; 2], size: [usize; 2]) -> Vec<PictureWindow> {
        let [h, w] = size;
        match self {
            Self::Stretch => vec![PictureWindow::whole(size, [0, 0])],
            Self::Crop(cover) => {
                let to = covering(from, cover);
                let start = [centre(to[0], h), centre(to[1], w)];
                let at = [0, 0];
                vec![PictureWindow { to, start, size, at }]
            }
            Self::Pad(placing) => {
                let placed = placing.of(from.map(|n| n as usize), size);
                vec![PictureWindow::whole(placed.size, placed.start)]
            }
            Self::Line(most) => {
                let columns = scaled(from, h);
                let shown = usize::try_from(columns).map_or(w, |columns| columns.min(w));
                let window = |start| PictureWindow {
                    to: [h as u64, columns],
                    start: [0, start],
                    size: [h, shown],
                    at: [0, 0],
                };
                starts(columns, w, most).into_iter().map(window).collect()
            }
            Self::SqueezedLine => vec![PictureWindow::whole([h, squeezed(from, size)], [0, 0])],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::starts;
    use super::Fit;
    use crate::Recipe;

    /// What `models/tests/scaled/make.py` made with Pillow, of the same samples: one is enlarged, the other shrunk.
    #[test]
    fn lines_are_scaled_to_the_bytes_of_pillow_and_filled_up_with_zeros() {
        let open = |path: &str| ::image::open(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let recipe = Recipe {
            fit: Fit::Line(usize::MAX),
            ..Recipe::PLAIN
        };
        for name in ["line-upright.png", "drawn-upside-down.png"] {
            let pillow = open(&format!("models/tests/scaled/{name}")).into_rgb8();
            let columns = pillow.width() as usize;
            let sample = open(&format!("tests/images/{name}"));
            for width in [64, columns - 1, columns, columns + 7] {
                let windows = recipe.windows(&sample, [48, width, 3]).unwrap();
                assert_eq!(windows.len(), columns.div_ceil(width));
                let starts = starts(columns as u64, width, usize::MAX);
                for (window, start) in windows.iter().zip(starts) {
                    for ((y, x, c), value) in window.indexed_iter() {
                        let want = pillow.get_pixel_checked(start as u32 + x as u32, y as u32);
                        let want = want.map_or(0.0, |pixel| f32::from(pixel.0[c]) / 255.0);
                        assert_eq!(*value, want, "{name} at {y}, {x}, {c} of the window from {start}");
                    }
                }
                assert_eq!(windows[0], recipe.prepare(&sample, [48, width, 3]).unwrap());
            }
        }
    }
}
