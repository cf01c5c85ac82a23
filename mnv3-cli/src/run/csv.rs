//! Answers as CSV (RFC 4180).

use super::cells::{Cell, RowKind};
use super::row::RunRow;
use std::fmt::Write as _;

/// The first line.
pub(super) fn head(kind: RowKind) -> String {
    let names: Vec<&str> = kind.columns().iter().map(|(name, _)| *name).collect();
    names.join(",") + "\n"
}

/// The lines of a picture.
pub(super) fn lines(kind: RowKind, row: &RunRow) -> String {
    let mut text = String::new();
    row.lines(kind, &mut |cells| {
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            push(&mut text, *cell);
        }
        text.push('\n');
    });
    text
}

fn push(text: &mut String, cell: Cell<'_>) {
    // Writing to a String does not fail.
    let _ = match cell {
        Cell::Empty => Ok(()),
        Cell::Text(field) if field.contains([',', '"', '\n', '\r']) => {
            write!(text, "\"{}\"", field.replace('"', "\"\""))
        }
        Cell::Text(field) => text.write_str(field),
        Cell::Whole(number) => write!(text, "{number}"),
        Cell::Single(number) => write!(text, "{number}"),
        Cell::Double(number) => write!(text, "{number}"),
        Cell::Vector(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
            text.write_str(&numbers.join(" "))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::row::{BoxRow, ClassRow, Said};

    fn row(image: &str, said: Said) -> RunRow {
        let image = image.to_owned();
        RunRow { image, said }
    }

    #[test]
    fn every_picture_has_a_line_and_every_line_all_columns() {
        let class = |index, probability, label: Option<&str>| ClassRow {
            index,
            probability,
            label: label.map(str::to_owned),
        };
        let classes = vec![class(3, 0.5, Some("a \"b\", c")), class(1, 0.25, None)];
        let text = lines(RowKind::Classes, &row("x,y.png", Said::Classes { classes }));
        assert_eq!(
            text,
            "\"x,y.png\",1,3,\"a \"\"b\"\", c\",0.5,\n\"x,y.png\",2,1,,0.25,\n"
        );
        let none = row("a.png", Said::Boxes { boxes: Vec::new() });
        assert_eq!(lines(RowKind::Boxes, &none), "a.png,,,,,,,,,\n");
        let (class, label, score) = (2, None, 0.75);
        let [left, top, right, bottom] = [0.0, 1.5, 2.0, 3.0];
        let found = BoxRow {
            class,
            label,
            score,
            left,
            top,
            right,
            bottom,
        };
        let found = row("a.png", Said::Boxes { boxes: vec![found] });
        assert_eq!(lines(RowKind::Boxes, &found), "a.png,1,2,,0.75,0,1.5,2,3,\n");
        let embedding = vec![0.5, -1.0];
        let vector = row("a.png", Said::Embedding { embedding });
        assert_eq!(lines(RowKind::Embedding, &vector), "a.png,0.5 -1,\n");
        let (error, help) = ("broken,\nit is".to_owned(), String::new());
        let problem = row("a.png", Said::Problem { error, help });
        assert_eq!(lines(RowKind::Shares, &problem), "a.png,,,,,\"broken,\nit is\"\n");
        for kind in [RowKind::Classes, RowKind::Boxes, RowKind::Shares, RowKind::Embedding] {
            let commas = |text: &str| text.matches(',').count();
            let problem = Said::Problem {
                error: "no".to_owned(),
                help: String::new(),
            };
            assert_eq!(commas(&head(kind)), commas(&lines(kind, &row("a", problem))));
        }
    }
}
