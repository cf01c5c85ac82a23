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
