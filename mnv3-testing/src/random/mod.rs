//! Specs by chance: legal ones over the whole spec language, the same one for the same seed.
//!
//! Networks are small, but of every kind: dialects and conventions, even and odd kernels, dilation, strides, maps of one
//! pixel and rows wider than any tile, channels that fill no lane, heads of every form. `docs/spec.md` is what they must
//! cover, and a test compares them with it.
//!
//! ```
//! let tree = mnv3_testing::random::spec(7).tree;
//! let text = mnv3_testing::random::Spec(&tree).to_string();
//! assert!(text.starts_with("name: Random7\n"));
//! ```

mod conventions;
mod dice;
mod names;
mod rows;
mod shrink;
mod tree;
mod variant;
mod window;

pub use shrink::smallest;
pub use tree::{Spec, Tree};
pub use window::{PaddingConvention, WindowAxis};

use dice::Dice;
use mnv3_spec::Network;
use rows::MapSizes;
use tree::word;

/// A generated spec.
#[derive(Clone, Debug)]
pub struct Random {
    /// What is written.
    pub tree: Tree,
    /// The padding that its windows have.
    pub padding: PaddingConvention,
}

/// A generated spec that is legal and small, read.
#[derive(Clone, Debug)]
pub struct Legal {
    /// Its seed.
    pub seed: u64,
    /// What is written.
    pub random: Random,
    /// What it says.
    pub network: Network,
}

/// Multiply-adds that a network may have at most: more than nearly all have.
const MULTIPLY_ADDS: u64 = 3_000_000;

/// The specs of all seeds from 0 on, but for the few that are not legal or turn out large.
pub fn legal() -> impl Iterator<Item = Legal> {
    (0..).filter_map(|seed| {
        let random = spec(seed);
        let network = mnv3_spec::parse("random.yaml", &Spec(&random.tree).to_string()).ok()?;
        (network.multiply_adds() <= MULTIPLY_ADDS).then_some(Legal { seed, random, network })
    })
}

/// The spec of a seed. Nearly all are legal: where multipliers round channels, one may rarely not fit the next.
#[must_use]
pub fn spec(seed: u64) -> Random {
    let dice = &mut Dice::new(seed);
    let name = ("name", word(format_args!("Random{seed}")));
    if dice.percent(8) {
        let (keys, padding) = variant::variant(dice);
        let tree = tree::table(std::iter::once(name).chain(keys));
        return Random { tree, padding };
    }
    let dialect = dice.one(&[
        "torchvision",
        "timm",
        "timm-tf",
        "keras",
        "tf2",
        "paddle",
        "paddle-ocr",
        "d-li14",
        "xiaolai",
    ]);
    let conventions = conventions::conventions(dice, dialect);
    let mut keys = vec![name, ("dialect", word(dialect))];
    keys.extend(conventions.tree.map(|tree| ("conventions", tree)));
    let padding = conventions.padding;
    let mut maps = MapSizes::new(dice, padding);
    maps.shortcuts = conventions.shortcuts;
    maps.many_hidden = conventions.many_hidden;
    keys.push(("input", maps.input()));
    let channels = maps.channels;
    keys.push(("stem", maps.stem()));
    let rows = maps.dice.within(1..=5);
    keys.push(("bottlenecks", Tree::List((0..rows).map(|_| maps.row()).collect())));
    let last = maps.last(conventions.many_last);
    let has_last = last != word("none");
    keys.push(("last", last));
    let deepened = conventions.depth && maps.dice.percent(40);
    // A depth below 1 takes rows away.
    let most = if deepened { 1 } else { rows };
    let detects = conventions.detects && maps.dice.percent(12);
    let (head, gives_maps) = match (detects, maps.dice.percent(20)) {
        (true, _) => (maps.detector(has_last), true),
        (false, true) => (maps.segment(most, conventions.detects), true),
        (false, false) => (maps.head(), false),
    };
    // What a pool is followed by has no integer arithmetic.
    let op_by_op = matches!(&head, Tree::Table(keys) if keys.iter().any(|(key, _)| key == "after_pool"));
    keys.push(("head", head));
    // Widths may make equal what was not, and depth moves rows.
    let mut expanding = std::mem::take(&mut maps.expanding);
    if dice.percent(25) {
        expanding.clear();
        let width = dice.one(&["0.05", "0.35", "0.5", "2/3", "0.75", "1", "1.3", "1.5"]);
        keys.push(("width", word(width)));
    }
    if deepened {
        expanding.clear();
        keys.push(("depth", word(dice.one(&["0.5", "1.2", "1.5", "2"]))));
    }
    if dice.percent(30) {
        let taps = ["c1", "late", "x_2"].map(|name| {
            let row = match dice.within(0..=9) {
                0 | 1 => word("stem"),
                2 | 3 if has_last => word("last"),
                4..=6 if !expanding.is_empty() => word(format_args!("{}.expand", dice.one(&expanding))),
                _ => word(dice.within(1..=most)),
            };
            (name, row)
        });
        let count = dice.within(1..=3);
        keys.push(("taps", tree::table(taps.into_iter().take(count))));
    }
    if dice.percent(50) {
        keys.push(("matrices", word(dice.one(&["f16", "i8", "f32"]))));
    }
    if dice.percent(15) {
        keys.push(("preprocess", conventions::preprocess(dice, channels, gives_maps)));
    }
    if dice.percent(20) {
        let precisions: &[&str] = match gives_maps || conventions.op_by_op || op_by_op {
            true => &["f32"],
            false => &["f32", "int8", "int8"],
        };
        keys.push(("precision", word(dice.one(precisions))));
    }
    let tree = tree::table(keys);
    Random { tree, padding }
}
