//! Words of a user in messages.

/// A user's word, cut to what fits a message and free of what a terminal would obey.
pub(crate) fn short(text: &str) -> String {
    let mut short = String::new();
    for (i, c) in text.trim_end().chars().enumerate() {
        if i == 40 {
            short.push_str("...");
            break;
        }
        if mnv3_ir::is_plain(c) {
            short.push(c);
        } else {
            short.extend(c.escape_default());
        }
    }
    short
}
