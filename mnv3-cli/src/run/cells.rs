//! Answers as lines of a table: one for each class, box or share of a picture, and one for a picture that has none.

use super::row::{RunRow, Said};

/// Which table it is, by what the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    Classes,
    Boxes,
    Shares,
    Embedding,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    Text,
    Whole,
    Single,
    Double,
    Vector,
}

/// One field of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'r> {
    Empty,
    Text(&'r str),
    Whole(u64),
    Single(f32),
    Double(f64),
    Vector(&'r [f32]),
}

impl RowKind {
    /// Names of the columns, and what stands in each.
    pub(super) fn columns(self) -> &'static [(&'static str, CellKind)] {
        use CellKind::{Double, Single, Text, Vector, Whole};
        match self {
            Self::Classes => &[
                ("image", Text),
                ("rank", Whole),
                ("class", Whole),
                ("label", Text),
                ("probability", Single),
                ("error", Text),
            ],
            Self::Boxes => &[
                ("image", Text),
                ("rank", Whole),
                ("class", Whole),
                ("label", Text),
                ("score", Single),
                ("left", Single),
                ("top", Single),
                ("right", Single),
                ("bottom", Single),
                ("error", Text),
            ],
            Self::Shares => &[
                ("image", Text),
                ("rank", Whole),
                ("class", Whole),
                ("label", Text),
                ("share", Double),
                ("error", Text),
            ],
            Self::Embedding => &[("image", Text), ("embedding", Vector), ("error", Text)],
        }
    }
}

impl RunRow {
    /// Calls `line` with the fields of each line. Columns that a picture has nothing for are empty.
    pub(super) fn lines<'r>(&'r self, kind: RowKind, line: &mut dyn FnMut(&[Cell<'r>])) {
        let image = Cell::Text(&self.image);
        let label = |label: &'r Option<String>| label.as_deref().map_or(Cell::Empty, Cell::Text);
        let mut any = false;
        let mut say = |rank: usize, class: usize, label, numbers: &[Cell<'r>]| {
            any = true;
            let before = [image, Cell::Whole(rank as u64 + 1), Cell::Whole(class as u64), label];
            line(&[&before, numbers, &[Cell::Empty]].concat());
        };
        match &self.said {
            Said::Classes { classes } => {
                for (rank, class) in classes.iter().enumerate() {
                    say(
                        rank,
                        class.index,
                        label(&class.label),
                        &[Cell::Single(class.probability)],
                    );
                }
            }
            Said::Boxes { boxes } => {
                for (rank, found) in boxes.iter().enumerate() {
                    let numbers = [found.score, found.left, found.top, found.right, found.bottom];
                    say(rank, found.class, label(&found.label), &numbers.map(Cell::Single));
                }
            }
            Said::Shares { shares } => {
                for (rank, shown) in shares.iter().enumerate() {
                    say(rank, shown.class, label(&shown.label), &[Cell::Double(shown.share)]);
                }
            }
            Said::Embedding { embedding } => {
                any = true;
                line(&[image, Cell::Vector(embedding), Cell::Empty]);
            }
            Said::Problem { .. } => {}
        }
        if !any {
            let mut cells = vec![Cell::Empty; kind.columns().len()];
            if let [first, .., last] = &mut cells[..] {
                *first = image;
                *last = self.error().map_or(Cell::Empty, Cell::Text);
            }
            line(&cells);
        }
    }
}
