//! The smallest spec that still fails.

use super::tree::{Spec, Tree};

/// Takes from a spec whatever it fails without, one thing after the other: keys, rows, items of lists, and numbers made
/// smaller. `fails` is asked about the text of each; it must also be true of the spec given.
///
/// A spec that is not legal must not count as failing, or what comes out says nothing.
#[must_use]
pub fn smallest(spec: &Tree, fails: &dyn Fn(&str) -> bool) -> Tree {
    let mut spec = spec.clone();
    while let Some(less) = smaller(&spec).into_iter().find(|less| fails(&Spec(less).to_string())) {
        spec = less;
    }
    spec
}

/// Everything that is one step smaller, large steps first.
fn smaller(tree: &Tree) -> Vec<Tree> {
    match tree {
        Tree::Word(word) => match word.parse::<usize>() {
            Ok(number) => numbers(number).map(|n| Tree::Word(n.to_string())).collect(),
            Err(_) if word == "true" => vec![Tree::Word("false".to_owned())],
            Err(_) => Vec::new(),
        },
        Tree::List(items) => {
            let without = (0..items.len()).map(|i| Tree::List(removed(items, i)));
            let single = items.first().filter(|_| items.len() <= 2).cloned();
            let inside = (0..items.len()).flat_map(|i| {
                let with = move |item| Tree::List(replaced(items, i, item));
                smaller(&items[i]).into_iter().map(with)
            });
            single.into_iter().chain(without).chain(inside).collect()
        }
        Tree::Table(entries) => {
            let without = (0..entries.len()).map(|i| Tree::Table(removed(entries, i)));
            let inside = (0..entries.len()).flat_map(|i| {
                let (key, value) = &entries[i];
                let with = move |value| Tree::Table(replaced(entries, i, (key.clone(), value)));
                let none = Tree::Word("none".to_owned());
                let none = Some(none).filter(|none| !matches!(value, Tree::Word(_)) && value != none);
                none.into_iter().chain(smaller(value)).map(with)
            });
            without.chain(inside).collect()
        }
    }
}

/// Numbers under one, the smallest first.
fn numbers(number: usize) -> impl Iterator<Item = usize> {
    let mut less = vec![1, number / 2, number.saturating_sub(1)];
    less.dedup();
    less.into_iter().filter(move |n| *n < number && *n > 0)
}

fn removed<T: Clone>(items: &[T], at: usize) -> Vec<T> {
    let mut items = items.to_vec();
    items.remove(at);
    items
}

fn replaced<T: Clone>(items: &[T], at: usize, with: T) -> Vec<T> {
    let mut items = items.to_vec();
    items[at] = with;
    items
}

#[cfg(test)]
mod tests {
    use super::smallest;
    use crate::random::{Spec, spec};

    /// Whether a legal network has a dilated kernel under a gate.
    fn dilated_and_gated(text: &str) -> bool {
        let of = |b: &mnv3_spec::Bottleneck| b.squeeze_excite.is_some() && b.depthwise.window.dilation[0] == 2;
        mnv3_spec::parse("random.yaml", text).is_ok_and(|network| network.bottlenecks.iter().any(of))
    }

    #[test]
    #[allow(clippy::unwrap_used, reason = "one of so many seeds has it")]
    fn what_a_failure_does_not_need_is_taken_away() {
        let found = (0..200)
            .map(spec)
            .find(|random| dilated_and_gated(&Spec(&random.tree).to_string()));
        let least = smallest(&found.unwrap().tree, &dilated_and_gated);
        insta::assert_snapshot!(Spec(&least), @"
        name: Random1
        dialect: timm
        input: { size: 1, channels: 1 }
        stem: { k: 1, out: 1, nl: RE, s: 1 }
        bottlenecks:
          - { k: 1, exp: 1, out: 1, se: true, nl: RE, s: 1, dilation: 2 }
        last: none
        head: none
        ");
    }
}
