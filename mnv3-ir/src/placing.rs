//! Where a picture lies in a network's input.

/// How a picture that is resized as a whole comes to lie in an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placing {
    /// It fills it, whatever becomes of its aspect ratio.
    #[default]
    Stretched,
    /// Its aspect ratio kept, in the middle.
    Centred,
    /// Its aspect ratio kept, in the upper left corner.
    UpperLeft,
}

/// The part of an input that the whole picture takes up: rows and columns, at least one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// First row and column.
    pub start: [usize; 2],
    /// How many of them.
    pub size: [usize; 2],
}

impl Placing {
    /// Of a picture of so many rows and columns in an input of so many. Sizes are those of Pillow's `ImageOps.contain`, places those
    /// of its `ImageOps.pad`: a half goes to the even neighbour.
    #[must_use]
    pub fn of(self, picture: [usize; 2], input: [usize; 2]) -> Placement {
        let size = match self {
            Self::Stretched => input,
            Self::Centred | Self::UpperLeft => contained(picture, input),
        };
        let start = match self {
            Self::Stretched | Self::UpperLeft => [0, 0],
            Self::Centred => [0, 1].map(|axis| half(input[axis] - size[axis])),
        };
        Placement { start, size }
    }
}

/// The largest size of the picture's aspect ratio within the input.
fn contained([rows, columns]: [usize; 2], [h, w]: [usize; 2]) -> [usize; 2] {
    // In the order of Pillow's own operations, so that roundings are its own.
    let across = columns as f64 / rows as f64;
    let wanted = w as f64 / h as f64;
    if across > wanted {
        [rounded(rows as f64 / columns as f64 * w as f64, h), w]
    } else if across < wanted {
        [h, rounded(columns as f64 / rows as f64 * h as f64, w)]
    } else {
        [h, w]
    }
}

/// To a whole number from 1 to `most`.
fn rounded(x: f64, most: usize) -> usize {
    let whole = x as usize;
    let rest = x - whole as f64;
    let up = rest > 0.5 || (rest == 0.5 && whole % 2 == 1);
    (whole + usize::from(up)).max(1).min(most.max(1))
}

/// Half of it, to the even neighbour.
fn half(whole: usize) -> usize {
    let half = whole / 2;
    if whole % 2 == 1 && half % 2 == 1 {
        half + 1
    } else {
        half
    }
}

#[cfg(test)]
mod tests {
    use super::{Placement, Placing};

    /// By Pillow 13: `ImageOps.contain` and the offsets of `ImageOps.pad`.
    #[test]
    fn sizes_and_places_are_those_of_pillow() {
        for (picture, input, size, start) in [
            ([400, 600], [224, 224], [149, 224], [38, 0]),
            ([600, 400], [224, 224], [224, 149], [0, 38]),
            ([224, 224], [224, 224], [224, 224], [0, 0]),
            ([1, 3], [48, 192], [48, 144], [0, 24]),
            ([145, 147], [224, 224], [221, 224], [2, 0]),
            ([7, 9], [5, 5], [4, 5], [0, 0]),
            ([3, 200], [64, 64], [1, 64], [32, 0]),
        ] {
            assert_eq!(
                Placing::Centred.of(picture, input),
                Placement { start, size },
                "{picture:?}"
            );
            let start = [0, 0];
            assert_eq!(Placing::UpperLeft.of(picture, input), Placement { start, size });
            assert_eq!(Placing::Stretched.of(picture, input), Placement { start, size: input });
        }
    }

    #[test]
    fn of_a_picture_however_thin_there_is_a_pixel() {
        assert_eq!(Placing::Centred.of([1, 100_000], [32, 64]).size, [1, 64]);
        assert_eq!(Placing::Centred.of([100_000, 1], [32, 64]).size, [32, 1]);
    }
}
