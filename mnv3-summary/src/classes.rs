//! What the classes of a network are called.

use mnv3_spec::{ClassNames, Network};

/// Characters of names that are shown.
const SHOWN: usize = 90;

/// A line for people; nothing where the spec names no classes.
pub(crate) fn classes(network: &Network) -> String {
    let names = match &network.class_names {
        Some(ClassNames::Set(set)) => format!("{} of {}", set.classes(), set.name()),
        Some(ClassNames::Own(names)) => format!("{}: {}", names.len(), shown(names)),
        None => return String::new(),
    };
    format!("classes        {names}\n")
}

/// As many as fit on a line. Names are plain text: the parser sees to that.
fn shown(names: &[String]) -> String {
    let mut text = String::new();
    for (i, name) in names.iter().enumerate() {
        if text.chars().count() + name.chars().count() > SHOWN {
            return format!("{text}, and {} more", names.len() - i);
        }
        text += if i > 0 { ", " } else { "" };
        text += name;
    }
    text
}
