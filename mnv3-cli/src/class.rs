//! A class of a network's answers, as the command speaks of it.

use mnv3_exec::class_name;
use mnv3_spec::Network;
use serde::Serialize;

/// Its number, and what the spec calls it.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct NamedClass<'n> {
    class: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'n str>,
}

impl<'n> NamedClass<'n> {
    pub(crate) fn new(network: &'n Network, class: usize) -> Self {
        let label = class_name(network, class);
        Self { class, label }
    }

    /// For people.
    pub(crate) fn called(&self) -> String {
        let label = self.label.map_or_else(String::new, |label| format!(", {label}"));
        format!("class {}{label}", self.class)
    }
}

/// The class of a network of so many classes that a person means, by its number or its name.
pub(crate) fn meant(network: &Network, classes: usize, text: &str) -> Option<usize> {
    let number = text.parse().ok().filter(|class| *class < classes);
    number.or_else(|| (0..classes).find(|class| class_name(network, *class) == Some(text)))
}
