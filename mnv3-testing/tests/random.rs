//! Generated specs are legal, and cover the whole spec language: what `docs/spec.md` and the pages beside it list, and what networks can have.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_spec::network::ScoreFunction;
use mnv3_spec::{Act, ComputedIn, Layout, Matrices, Naming, Network, OutputActivation, Pool, Tapped, Window};
use mnv3_testing::random::{Legal, PaddingConvention, WindowAxis, legal};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

/// As many as are run in tests of networks.
fn all() -> &'static [Legal] {
    static ALL: LazyLock<Vec<Legal>> = LazyLock::new(|| legal().take(500).collect());
    &ALL
}

#[test]
fn nearly_all_seeds_give_a_legal_and_small_network() {
    let last = all().last().unwrap();
    assert!(last.seed < 540, "500 of {} seeds", last.seed + 1);
}

/// Every key and every word of the specs.
fn written() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for Legal { random, .. } in all() {
        random.tree.visit(&mut |key, word| {
            let word = word.unwrap_or(key);
            words.insert(word.to_owned());
            // Placeholders of templates.
            words.extend(
                word.split('{')
                    .skip(1)
                    .filter_map(|rest| rest.split_once('}'))
                    .map(|(name, _)| format!("{{{name}}}")),
            );
        });
    }
    words
}

/// What stands between backquotes in the rows of the pages' tables, as far as it is one word of the language.
fn documented() -> Vec<String> {
    let pages = ["spec.md", "heads.md", "preprocess.md", "conventions.md"].map(|page| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
        std::fs::read_to_string(path).unwrap()
    });
    let rows = pages
        .iter()
        .flat_map(|page| page.lines())
        .filter(|line| line.starts_with('|'));
    let quoted = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    // `yes` stands there as a word that is no flag; `_1` is what a placeholder becomes.
    let is_word = |text: &&str| {
        let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '{');
        first && *text != "yes" && text.chars().all(|c| c.is_ascii_alphanumeric() || "{}_-.".contains(c))
    };
    quoted.filter(is_word).map(str::to_owned).collect()
}

#[test]
fn every_word_of_the_language_is_written() {
    let documented = documented();
    for word in ["depth", "tf2", "residual", "from-0.75", "{_block0}", "keras-automatic"] {
        assert!(
            documented.iter().any(|found| found == word),
            "{word} is read from the pages"
        );
    }
    let written = written();
    let missing: Vec<_> = documented.into_iter().filter(|word| !written.contains(word)).collect();
    assert!(
        missing.is_empty(),
        "the pages have {missing:?}, no generated spec has: teach mnv3-testing/src/random"
    );
}

/// The bottleneck whose expand output is tapped.
fn expanded(tapped: Tapped) -> Option<usize> {
    match tapped {
        Tapped::Expand(number) => Some(number),
        Tapped::Stem | Tapped::Bottleneck(_) | Tapped::Last => None,
    }
}

/// Things that a network can have, and whether this one has them.
fn having(network: &Network) -> Vec<(&'static str, bool)> {
    let blocks = || network.bottlenecks.iter();
    let windows = || blocks().map(|block| block.depthwise.window);
    let kernels = || {
        windows()
            .map(|window| window.kernel)
            .chain([network.stem.window.kernel])
    };
    let strides = || {
        windows()
            .map(|window| window.stride)
            .chain([network.stem.window.stride])
    };
    let outputs = || blocks().map(|block| block.output).chain([network.stem.output]);
    let shortcuts = || blocks().filter_map(|b| b.shortcut.as_ref());
    let hidden = || network.classify().into_iter().flat_map(|h| &h.hidden);
    let gates = || blocks().filter_map(|block| block.squeeze_excite.as_ref());
    let (head, classes) = (network.classify(), network.classes());
    let steep =
        |act: Act| matches!(act, Act::HardSwish { slope, .. } | Act::HardSigmoid { slope, .. } if slope != 1.0 / 6.0);
    let (input, layers) = (network.input, network.layers());
    vec![
        ("images of one pixel", input.pixels() == 1),
        ("images that are not square", input.h != input.w),
        ("grey images", input.c == 1),
        ("images of more channels than a line of memory", input.c > 16),
        (
            "rows of a map as wide as several tiles",
            outputs().any(|map| map.w > 28),
        ),
        (
            "rows of a map under a tile",
            outputs().any(|map| (2..7).contains(&map.w)),
        ),
        (
            "maps that three threads divide by rows under a gate",
            blocks().any(|b| b.squeeze_excite.is_some() && b.input.h >= 42),
        ),
        ("maps of one pixel", outputs().any(|map| map.pixels() == 1)),
        ("one channel", outputs().any(|map| map.c == 1)),
        ("channels that fill lanes", outputs().any(|map| map.c % 16 == 0)),
        (
            "odd channels up to 70",
            outputs().any(|map| map.c % 2 == 1 && map.c > 60),
        ),
        ("even kernels", kernels().any(|k| k[0] % 2 == 0 && k[1] % 2 == 0)),
        ("kernels of 15", kernels().any(|k| k[0] == 15)),
        ("kernels that differ by axis", kernels().any(|k| k[0] != k[1])),
        ("kernels of one pixel", kernels().any(|k| k == [1, 1])),
        (
            "kernels wider than their map",
            blocks().any(|b| b.depthwise.window.reach()[1] > b.input.w),
        ),
        ("strides that differ by axis", strides().any(|s| s[0] != s[1])),
        (
            "strides beyond the kernel",
            windows().any(|w| w.stride[0] > w.kernel[0]),
        ),
        ("dilation", windows().any(|w| w.dilation == [2, 2])),
        (
            "far dilation",
            windows().any(|w| w.dilation[0] == 17 && w.kernel[0] > 1),
        ),
        (
            "dilation with stride",
            windows().any(|w| w.dilation[0] > 1 && w.stride[0] > 1),
        ),
        ("padding on one side only", windows().any(|w| w.pad_h[0] != w.pad_h[1])),
        ("expansion", blocks().any(|b| b.expand.is_some())),
        (
            "expansion to as many",
            blocks().any(|b| b.expand.as_ref().is_some_and(|e| e.input == e.output)),
        ),
        ("no expansion", blocks().any(|b| b.expand.is_none())),
        (
            "squeeze-excite without expansion",
            blocks().any(|b| b.expand.is_none() && b.squeeze_excite.is_some()),
        ),
        ("squeeze-excite of one channel", gates().any(|se| se.reduce.output == 1)),
        (
            "a gate after the row's own non-linearity",
            gates().any(|se| matches!(se.reduce.act, Act::HardSwish { .. })),
        ),
        ("steeper gates", gates().any(|se| steep(se.expand.act))),
        (
            "steeper hard-swish",
            layers.len() > 1
                && blocks().any(|b| matches!(b.depthwise.act, Act::HardSwish { .. }) && steep(b.depthwise.act)),
        ),
        (
            "a gate before the non-linearity",
            gates().any(|se| se.then != Act::Identity),
        ),
        ("a gate after the projection", gates().any(|se| se.after_project)),
        (
            "a gate of layers with norms, without biases",
            gates().any(|se| se.reduce.tensors.norm.is_some() && se.expand.tensors.bias.is_none()),
        ),
        (
            "an input that is convolved at a stride",
            shortcuts().any(|s| s.depthwise.is_some()),
        ),
        (
            "an input that is convolved to other channels",
            shortcuts().any(|s| s.depthwise.is_none() && s.project.is_some()),
        ),
        (
            "a block that ends in a non-linearity",
            blocks().any(|b| b.act != Act::Identity),
        ),
        (
            "a non-linearity after the pool",
            head.is_some_and(|h| h.after_pool != Act::Identity),
        ),
        ("several hidden layers", head.is_some_and(|h| h.hidden.len() > 1)),
        ("a hidden layer with a norm", hidden().any(|h| h.tensors.norm.is_some())),
        ("relu6", blocks().any(|b| b.depthwise.act == Act::Relu6)),
        ("a residual", blocks().any(|b| b.residual)),
        (
            "a residual that is switched off",
            blocks().any(|b| !b.residual && b.input == b.output),
        ),
        (
            "a residual around an even kernel",
            blocks().any(|b| b.residual && b.depthwise.window.kernel[0] % 2 == 0),
        ),
        ("no last", network.last.is_empty()),
        ("several last", network.last.len() > 1),
        ("no head", head.is_none()),
        ("no head and no last", head.is_none() && network.last.is_empty()),
        ("a mean over the map", head.is_some_and(|h| h.pool == Pool::Avg)),
        ("a maximum over the map", head.is_some_and(|h| h.pool == Pool::Max)),
        ("three pools over windows", head.is_some_and(|h| h.windows.len() == 3)),
        (
            "pools that leave out a rest",
            head.is_some_and(|h| h.windows.iter().any(|w| (w.input.h - w.kernel[0]) % w.stride[0] > 0)),
        ),
        ("a head that detects", network.detect().is_some()),
        (
            "a head that detects with extras",
            network.detect().is_some_and(|head| !head.extras.is_empty()),
        ),
        (
            "a head that detects by sigmoids",
            network
                .detect()
                .is_some_and(|head| head.scores == ScoreFunction::Sigmoid),
        ),
        ("no hidden layer", head.is_some_and(|h| h.hidden.is_empty())),
        (
            "a hidden layer without bias",
            hidden().any(|h| h.tensors.bias.is_none()),
        ),
        (
            "a softmax",
            classes.is_some_and(|c| c.activation == OutputActivation::Softmax),
        ),
        (
            "sigmoids",
            classes.is_some_and(|c| c.activation == OutputActivation::Sigmoid),
        ),
        (
            "a pooled embedding",
            head.is_some_and(|h| h.classes.is_none() && h.hidden.is_empty()),
        ),
        (
            "an embedding of a hidden layer",
            head.is_some_and(|h| h.classes.is_none() && !h.hidden.is_empty()),
        ),
        ("one class", classes.is_some_and(|c| c.layer.output == 1)),
        (
            "more classes than a panel",
            classes.is_some_and(|c| c.layer.output > 64),
        ),
        ("taps", network.taps.len() > 1),
        (
            "two taps of one block",
            network
                .taps
                .iter()
                .any(|a| network.taps.iter().any(|b| a.name != b.name && a.of == b.of)),
        ),
        (
            "a tap of the stem",
            network.taps.iter().any(|tap| tap.of == Tapped::Stem),
        ),
        (
            "a tap of an expand output",
            network.taps.iter().any(|tap| expanded(tap.of).is_some()),
        ),
        (
            "a tap of an expand output beside a residual",
            network
                .taps
                .iter()
                .any(|tap| expanded(tap.of).is_some_and(|number| network.bottlenecks[number - 1].residual)),
        ),
        (
            "a tap of an expand output before a gate",
            network
                .taps
                .iter()
                .filter_map(|tap| expanded(tap.of))
                .any(|number| network.bottlenecks[number - 1].squeeze_excite.is_some()),
        ),
        (
            "a tap of last before a head",
            head.is_some() && network.taps.iter().any(|tap| tap.of == Tapped::Last),
        ),
        (
            "a tap of the last map",
            head.is_none()
                && network
                    .taps
                    .iter()
                    .any(|tap| tap.of == Tapped::Bottleneck(network.bottlenecks.len())),
        ),
        (
            "matrices of squeeze-excite in half precision",
            network.matrices == Matrices::F16 && gates().count() > 0,
        ),
        (
            "a head in half precision",
            network.matrices == Matrices::F16 && head.is_some(),
        ),
        (
            "matrices of squeeze-excite in int8",
            network.matrices == Matrices::I8 && gates().count() > 0,
        ),
        ("a head in int8", network.matrices == Matrices::I8 && head.is_some()),
        ("eight bits", network.precision == ComputedIn::Int8 && head.is_some()),
        (
            "eight bits without a head, or with taps",
            network.precision == ComputedIn::Int8 && (head.is_none() || !network.taps.is_empty()),
        ),
        ("biases beside batch norms", network.stem.tensors.bias.is_some()),
        (
            "an epsilon of 0",
            network.stem.tensors.norm.as_ref().is_some_and(|n| n.epsilon == 0.0),
        ),
        ("kernels as Keras has them", network.stem.tensors.layout == Layout::Hwio),
        (
            "kernels as PyTorch has them",
            network.stem.tensors.layout == Layout::Oihw,
        ),
        (
            "matrices the other way than kernels",
            network
                .layers()
                .iter()
                .any(|t| t.weight.shape.len() == 2 && t.layout != network.stem.tensors.layout),
        ),
        (
            "a hidden layer whose output is scaled",
            classes.is_some_and(|classes| classes.layer.tensors.factor != 1.0),
        ),
        ("names by order", network.naming == Naming::KerasAutomatic),
    ]
}

#[test]
fn networks_are_of_every_kind() {
    let all: Vec<_> = all().iter().map(|legal| having(&legal.network)).collect();
    let kinds = all[0].iter().map(|(kind, _)| *kind).enumerate();
    let rare: Vec<_> = kinds
        .filter(|(i, _)| all.iter().filter(|having| having[*i].1).count() < 3)
        .collect();
    assert!(rare.is_empty(), "fewer than three networks have {rare:?}");
}

/// The pads of a window over a map of `size`, and its output, are those of the definition.
fn lies_as_defined(padding: PaddingConvention, window: &Window, size: [usize; 2], output: [usize; 2]) {
    for (axis, pads) in [window.pad_h, window.pad_w].into_iter().enumerate() {
        let along = WindowAxis {
            kernel: window.kernel[axis],
            stride: window.stride[axis],
            dilation: window.dilation[axis],
        };
        assert_eq!(
            pads,
            along.pads(padding, size[axis]),
            "{padding:?} {window:?} over {size:?}"
        );
        assert_eq!(
            output[axis],
            along.outputs(padding, size[axis]),
            "{padding:?} {window:?} over {size:?}"
        );
    }
}

#[test]
fn windows_lie_as_the_padding_says() {
    for Legal { random, network, .. } in all() {
        let (stem, padding) = (&network.stem, random.padding);
        lies_as_defined(
            padding,
            &stem.window,
            [stem.input.h, stem.input.w],
            [stem.output.h, stem.output.w],
        );
        for block in &network.bottlenecks {
            let sizes = [block.input, block.output].map(|map| [map.h, map.w]);
            lies_as_defined(padding, &block.depthwise.window, sizes[0], sizes[1]);
        }
    }
}
