//! Text from files, safe to show.

use core::fmt::{self, Write};

/// Foreign text, such as a tensor's name, for a person: characters that move the cursor, end the line, turn the direction of
/// writing or cannot be seen are shown as their escapes.
///
/// ```
/// let title = "a\u{1b}]0;owned\u{7}\nb\u{202e}c";
/// assert_eq!(mnv3_ir::Visible(title).to_string(), r"a\u{1b}]0;owned\u{7}\nb\u{202e}c");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Visible<'t>(pub &'t str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match is_plain(c) {
                true => f.write_char(c)?,
                false => write!(f, "{}", c.escape_default())?,
            }
        }
        Ok(())
    }
}

/// The same for text of several lines: ends of lines stay.
#[derive(Clone, Copy, Debug)]
pub struct VisibleLines<'t>(pub &'t str);

impl fmt::Display for VisibleLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.0.split('\n').enumerate() {
            let end = if i > 0 { "\n" } else { "" };
            write!(f, "{end}{}", Visible(line))?;
        }
        Ok(())
    }
}

/// Whether a character does nothing but to show itself. Not: control characters, marks that turn the direction of writing
/// (Unicode's Bidi_Control), separators of lines and paragraphs, and the byte order mark.
#[must_use]
pub const fn is_plain(c: char) -> bool {
    !matches!(
        c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{2028}' | '\u{2029}' | '\u{feff}'
    )
}
