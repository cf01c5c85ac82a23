//! A message and its words.

/// A message and a fix.
pub(crate) type Explained = (String, String);

/// A number of things.
pub(crate) fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
