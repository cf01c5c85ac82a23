//! What stands before every name of a file.

use std::collections::HashMap;

/// What training tools and modules around a network put before its names, where that is all that is known of them.
pub const PREFIXES: [&str; 14] = [
    "module.",
    "model.",
    "_orig_mod.",
    "state_dict.",
    "model_state_dict.",
    "net.",
    "network.",
    "backbone.",
    "base_model.",
    "ema_model.",
    "model_ema.",
    "student.",
    "generator.",
    "_model.",
];

/// Parts of a name that may belong to its prefix.
const MAX_PARTS: usize = 8;
/// Characters of names that are compared.
const MAX_NAME: usize = 300;

/// A prefix under which a file has tensors that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix<'f> {
    /// The prefix with its dot or slash; empty where names are wanted as they are.
    pub text: &'f str,
    /// How many tensors are wanted of those that have it.
    pub tensors: usize,
    /// Prefixes under which at least half as many are.
    pub others: Vec<&'f str>,
}

/// The prefix without which most of a file's names are wanted: averaged weights before others, none before any.
pub fn shared<'f>(names: &[&'f str], is_wanted: impl Fn(&str) -> bool) -> Option<Prefix<'f>> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in names.iter().filter(|name| name.len() <= MAX_NAME) {
        let ends = name
            .match_indices(['.', '/'])
            .map(|(at, separator)| at + separator.len());
        for end in [0].into_iter().chain(ends).take(MAX_PARTS) {
            let (prefix, rest) = name.split_at(end);
            if is_wanted(rest) {
                *counts.entry(prefix).or_default() += 1;
            }
        }
    }
    let rank = |prefix: &str| (!prefix.is_empty(), !is_averaged(prefix), prefix.len());
    let mut found: Vec<_> = counts.into_iter().collect();
    found.sort_by_key(|&(prefix, count)| (usize::MAX - count, rank(prefix), prefix));
    let (&(text, tensors), others) = found.split_first()?;
    let others = others
        .iter()
        .filter(|(_, count)| 2 * count >= tensors)
        .map(|(prefix, _)| *prefix)
        .collect();
    Some(Prefix { text, tensors, others })
}

/// Whether tensors under a prefix are averages over training: the ones to deploy.
fn is_averaged(prefix: &str) -> bool {
    prefix
        .split(['.', '_', '/'])
        .any(|part| part == "ema" || part == "averaged")
}

/// The known prefix that at least `share` of the names have, which is above a half.
#[must_use]
pub fn known(names: &[&str], share: f64) -> Option<&'static str> {
    let has = |prefix: &str, name: &&str| name.len() > prefix.len() && name.starts_with(prefix);
    let count = |prefix: &str| names.iter().filter(|name| has(prefix, name)).count();
    let enough = |prefix: &&str| !names.is_empty() && count(prefix) as f64 >= share * names.len() as f64;
    PREFIXES.into_iter().find(|prefix| enough(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: [&str; 4] = ["a.weight", "a.bias", "b.0.weight", "b.0.bias"];

    fn found(names: &[String]) -> Option<(String, usize, Vec<String>)> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let prefix = shared(&names, |name| WANTED.contains(&name))?;
        let others = prefix.others.iter().map(|&other| other.to_owned()).collect();
        Some((prefix.text.to_owned(), prefix.tensors, others))
    }

    fn under(prefixes: &[&str]) -> Vec<String> {
        let all = |prefix: &&str| WANTED.map(|name| format!("{prefix}{name}"));
        prefixes.iter().flat_map(all).collect()
    }

    #[test]
    fn any_prefix_is_found_by_what_is_wanted() {
        let mut names = under(&["any.thing/at.all."]);
        names.push("criterion.weight".to_owned());
        assert_eq!(found(&names), Some(("any.thing/at.all.".to_owned(), 4, vec![])));
        assert_eq!(found(&under(&[""])), Some((String::new(), 4, vec![])));
        assert_eq!(found(&["other".to_owned()]), None);
    }

    #[test]
    fn names_as_they_are_come_first_then_averages_then_the_shortest() {
        let first = |prefixes: &[&str]| found(&under(prefixes)).map(|(text, _, others)| (text, others));
        let told =
            |text: &str, others: &[&str]| Some((text.to_owned(), others.iter().map(|&o| o.to_owned()).collect()));
        assert_eq!(first(&["model.", ""]), told("", &["model."]));
        assert_eq!(
            first(&["model.", "model_ema.module."]),
            told("model_ema.module.", &["model."])
        );
        assert_eq!(
            first(&["teacher.", "student.", "x."]),
            told("x.", &["student.", "teacher."])
        );
    }

    #[test]
    fn names_of_a_hostile_file_are_compared_in_no_time() {
        let names: Vec<String> = (0..2000).map(|i| format!("{i}{}", ".a".repeat(5000))).collect();
        assert_eq!(found(&names), None);
    }

    #[test]
    fn known_prefixes_are_those_that_a_share_of_the_names_has() {
        let names = ["model.a", "model.b", "c"];
        assert_eq!(known(&names, 0.5), Some("model."));
        assert_eq!(known(&names, 1.0), None);
        assert_eq!(known(&["model."], 0.5), None);
        assert_eq!(known(&[], 0.5), None);
    }
}
