//! How text looks.

use anstyle::Style;

/// For whom text is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// With escape sequences for bold and dimmed text, and the file and line of every row.
    Terminal,
    /// Letters only, and no line numbers: the same wherever rows stand in their file.
    Snapshot,
}

impl Look {
    pub(crate) fn heading(self, text: &str) -> String {
        match self {
            Self::Terminal => heading(text),
            Self::Snapshot => text.to_owned(),
        }
    }
}

/// In bold, for a terminal.
#[must_use]
pub fn heading(text: &str) -> String {
    styled(Style::new().bold(), text)
}

/// Dimmed, for a terminal.
#[must_use]
pub fn quiet(text: &str) -> String {
    styled(Style::new().dimmed(), text)
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// 1234567 as 1,234,567.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_separated_from_the_right() {
        let written = [0, 12, 999, 1000, 123_456, 1_234_567, u64::MAX].map(thousands);
        let expected = [
            "0",
            "12",
            "999",
            "1,000",
            "123,456",
            "1,234,567",
            "18,446,744,073,709,551,615",
        ];
        assert_eq!(written, expected);
    }
}
