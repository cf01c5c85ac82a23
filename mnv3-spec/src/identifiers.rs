//! Names in a spec that become names in Rust: the network's type and the fields of taps.

use crate::at::At;
use crate::error::Errors;
use crate::short::short;

/// Reports a network's name that cannot be a type's.
pub(crate) fn check_type(name: &At<String>, errors: &mut Errors) {
    let text = &name.value;
    if !is_type_name(text) {
        let message = format!("`{}` cannot be the name of a Rust type", short(text));
        let help = format!(
            "write letters and digits with a capital first, such as {}",
            type_name(text)
        );
        errors.push(name.span, message, help);
    }
}

/// Whether a text can be the name of a network's type: letters and digits, a capital first, 100 at most.
///
/// ```
/// assert!(mnv3_spec::is_type_name("Net2") && !mnv3_spec::is_type_name("net"));
/// ```
#[must_use]
pub fn is_type_name(text: &str) -> bool {
    let first = text.chars().next();
    let fits = first.is_some_and(|c| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric());
    fits && text != "Self" && text.len() <= 100
}

/// Names of outputs that are maps, which no tap may have.
pub(crate) const OUTPUTS: &[&str] = &["features", "logits"];

/// Reports a tap's name that cannot be a field's, or that the network's own field has.
pub(crate) fn check_field(name: &At<String>, errors: &mut Errors) {
    let text = &name.value;
    let mut letters = text.chars();
    let fits = letters.next().is_some_and(|c| c.is_ascii_lowercase())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && text.len() <= 60;
    let (why, help) = if !fits {
        (
            "cannot be the name of a tap",
            "write small letters, digits and _, such as c3",
        )
    } else if is_output(text) {
        (
            "is what a head that detects gives, not a tap",
            "write another name, such as c5",
        )
    } else if OUTPUTS.contains(&text.as_str()) {
        (
            "is an output of the network, not a tap",
            "write another name, such as c5",
        )
    } else if is_keyword(text) {
        (
            "is a word of Rust and cannot be the name of a tap",
            "write another name, such as c3",
        )
    } else {
        return;
    };
    errors.push(name.span, format!("`{}` {why}", short(text)), help);
}

/// Whether a name is that of an output of a head: `logits_1`, `offsets_2`.
fn is_output(text: &str) -> bool {
    let number = text.strip_prefix("logits_").or_else(|| text.strip_prefix("offsets_"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A name that a spec may have, made of other words such as a file's name.
///
/// ```
/// assert_eq!(mnv3_spec::type_name("my-net 2"), "MyNet2");
/// assert_eq!(mnv3_spec::type_name("3"), "MyNet");
/// ```
#[must_use]
pub fn type_name(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let camel: String = words.map(capital).collect::<String>().chars().take(40).collect();
    if camel.starts_with(|c: char| c.is_ascii_uppercase()) && camel != "Self" {
        camel
    } else {
        "MyNet".to_owned()
    }
}

/// Whether a word is one of Rust, or will be.
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

pub(crate) const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum", "extern",
    "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut",
    "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "abstract", "become",
];
