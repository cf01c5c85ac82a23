//! Specs that extend a published one and change rows of it.

use super::dice::Dice;
use super::rows::MapSizes;
use super::tree::{Tree, pair, table, word};
use super::window::PaddingConvention;

/// Name and padding of specs to start from. All have eleven rows.
const BASES: [(&str, PaddingConvention); 6] = [
    ("mnv3:small", PaddingConvention::Symmetric),
    ("mnv3:paddle/ocr-direction", PaddingConvention::Symmetric),
    ("mnv3:timm/small-0.5", PaddingConvention::Symmetric),
    ("mnv3:timm-tf/small-minimal", PaddingConvention::Same),
    ("mnv3:keras/small-0.75", PaddingConvention::Same),
    ("mnv3:tf2-small", PaddingConvention::Same),
];
const ROWS: usize = 11;

/// The keys of a variant, and the padding that it has.
pub(super) fn variant(dice: &mut Dice) -> (Vec<(&'static str, Tree)>, PaddingConvention) {
    let (base, padding) = dice.one(&BASES);
    let mut maps = MapSizes::new(dice, padding);
    let input = maps.input();
    // The rest of a table stays as it is, `softmax` among it.
    let classes = maps.dice.within(2..=40);
    let hidden = word(maps.dice.within(1..=70));
    let head = table([
        ("pool", word(maps.dice.one(&["avg", "max"]))),
        ("hidden", hidden),
        ("nl", maps.nl()),
        ("classes", word(classes)),
    ]);
    let mut keys = vec![("extends", word(base)), ("input", input)];
    keys.push(("width", word(dice.one(&["0.05", "0.1", "0.15", "1/5"]))));
    keys.push(("bottlenecks", changes(dice)));
    keys.push(("head", head));
    (keys, padding)
}

/// Changes by numbers, ranges and for all rows. Odd kernels fit any map.
fn changes(dice: &mut Dice) -> Tree {
    let mut changes = Vec::new();
    if dice.percent(30) {
        changes.push(("all".to_owned(), change(dice)));
    }
    let first = dice.within(1..=ROWS - 1);
    changes.push((first.to_string(), change(dice)));
    if dice.percent(60) {
        let from = dice.within(1..=ROWS - 1);
        changes.push((format!("{from}-{}", dice.within(from + 1..=ROWS)), change(dice)));
    }
    changes.push((ROWS.to_string(), table([("out", word(dice.within(90..=400)))])));
    Tree::Table(changes)
}

fn change(dice: &mut Dice) -> Tree {
    let k = ("k", pair([dice.one(&[1, 3, 5, 7]), dice.one(&[1, 3, 5, 7])]));
    let se = ("se", word(dice.percent(50)));
    let nl = ("nl", word(dice.one(&["RE", "HS"])));
    let s = ("s", pair([dice.within(1..=2), dice.within(1..=2)]));
    let dilation = ("dilation", pair([dice.within(1..=3), dice.within(1..=3)]));
    let residual = ("residual", word(dice.percent(50)));
    let all = [k, se, nl, s, dilation, residual];
    let some = all.into_iter().filter(|_| dice.percent(50)).collect::<Vec<_>>();
    match some.is_empty() {
        true => table([("residual", word(false))]),
        false => table(some),
    }
}
