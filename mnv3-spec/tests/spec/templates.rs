//! Names of tensors: templates, and how files are matched by them.

use crate::tiny::{TINY, errors, tiny_and};
use insta::assert_snapshot;
use mnv3_spec::{Naming, Network};

fn with(conventions: &str) -> Network {
    let text = tiny_and(&format!("conventions: {{ {conventions} }}"));
    mnv3_spec::parse("tiny.yaml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is wrong with conventions of which each stands on a line of its own.
fn wrong(lines: &str) -> String {
    errors(&format!("{TINY}conventions:\n{lines}\n"))
}

#[test]
fn naming_is_handed_on_to_the_reader_of_weights() {
    let keras = tiny_and("dialect: tf2").replace("dialect: torchvision\n", "");
    let network = mnv3_spec::parse("tiny.yaml", &keras).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(network.naming, Naming::KerasAutomatic);
    assert_eq!(with("naming: exact").naming, Naming::Exact);
}

#[test]
fn names_that_keras_never_gives_by_itself_are_matched_by_name_only() {
    assert_snapshot!(wrong("  naming: keras-automatic"), @"
    tiny.yaml:11:11: naming is keras-automatic, but the tensor `features.0.0.weight` has no name of the form layer/variable
       |
    11 |   naming: keras-automatic
       |           ^^^^^^^^^^^^^^^ write naming: exact, or dialect: tf2, whose names are Keras' own
    ");
}

#[test]
fn names_of_its_own_leave_a_spec_of_keras_automatic_names_without_a_file() {
    let keras = tiny_and("dialect: tf2\nconventions: { tensors: { suffix: { kernel: .w } } }");
    let errors = errors(&keras.replace("dialect: torchvision\n", ""));
    assert!(errors.contains("has no name of the form layer/variable"), "{errors}");
}

#[test]
fn one_template_of_a_dialect_can_be_overridden() {
    let network = with("tensors: { classes: fc, suffix: { bias: .b } }");
    let names: Vec<_> = network
        .layers()
        .last()
        .map_or(vec![], |l| l.iter().map(|t| t.name.clone()).collect());
    assert_eq!(names, ["fc.weight", "fc.b"]);
    assert_eq!(network.stem.tensors.weight.name, "features.0.0.weight");
}

#[test]
fn every_placeholder_is_filled() {
    let all = "b{block}z{block0}t{block2}u{_block0}p{part}s{stage}i{index}n{stages}a{after}c{_n}";
    let network = with(&format!("tensors: {{ project: {{ conv: '{all}' }} }}"));
    let names: Vec<_> = network
        .bottlenecks
        .iter()
        .map(|b| b.project.tensors.weight.name.as_str())
        .collect();
    assert_eq!(names, ["b1z0t2up1s0i0n2a3c.weight", "b2z1t3u_1p3s1i0n2a3c_1.weight"]);
}

#[test]
fn templates_of_tensors_are_checked() {
    let lines = "  tensors:
    stem: { conv: 'a.{blok}', norm: 4 }
    expand: conv
    depthwise: { conv: 'a.{block', kernel: b }
    suffix: { kernel: [] }
    fc: b";
    assert_snapshot!(wrong(lines), @"
    tiny.yaml:12:19: {blok} stands for nothing
       |
    12 |     stem: { conv: 'a.{blok}', norm: 4 }
       |                   ^^^^^^^^^^ write one of {block} {block0} {block2} {_block0} {part} {stage} {index} {stages} {after} {_n}

    tiny.yaml:12:37: norm of stem of tensors is `4`, not text
       |
    12 |     stem: { conv: 'a.{blok}', norm: 4 }
       |                                     ^ write a name

    tiny.yaml:13:13: expand of tensors is `conv`, not a table
       |
    13 |     expand: conv
       |             ^^^^ write { conv: ..., norm: ... }

    tiny.yaml:14:24: {block is never closed
       |
    14 |     depthwise: { conv: 'a.{block', kernel: b }
       |                        ^^^^^^^^^^ write the closing brace

    tiny.yaml:14:36: depthwise of tensors has no key `kernel`
       |
    14 |     depthwise: { conv: 'a.{block', kernel: b }
       |                                    ^^^^^^ the keys are conv, norm

    tiny.yaml:15:23: kernel of suffix is a list, not text
       |
    15 |     suffix: { kernel: [] }
       |                       ^^ write a name

    tiny.yaml:16:5: tensors has no key `fc`
       |
    16 |     fc: b
       |     ^^ the keys are stem, expand, depthwise, reduce, excite, project, without_expand, shortcut, last, hidden, classes, classes_alone, segment, detect, renames, suffix
    ");
}

#[test]
fn squeeze_excite_has_names_of_its_own_in_blocks_without_expansion_if_they_are_given() {
    let names = |more: &str| {
        let alone = "depthwise: { conv: dw, norm: dwn }, project: { conv: pw, norm: pwn }";
        let text = tiny_and(&format!(
            "conventions: {{ tensors: {{ without_expand: {{ {alone}{more} }} }} }}"
        ));
        let network = mnv3_spec::parse("tiny.yaml", &text.replacen("se: false", "se: true", 1)).unwrap();
        let gates = network.bottlenecks.iter().filter_map(|b| b.squeeze_excite.as_ref());
        let weights = gates.flat_map(|se| [&se.reduce, &se.expand]);
        weights
            .map(|layer| layer.tensors.weight.name.clone())
            .collect::<Vec<_>>()
    };
    let own = "features.2.block.2.";
    let own = [format!("{own}fc1.weight"), format!("{own}fc2.weight")];
    let first = |a: &str, b: &str| [vec![a.to_owned(), b.to_owned()], own.to_vec()].concat();
    assert_eq!(
        names(""),
        first("features.1.block.1.fc1.weight", "features.1.block.1.fc2.weight")
    );
    assert_eq!(names(", reduce: one, excite: two"), first("one.weight", "two.weight"));
    assert_eq!(
        names(", excite: two"),
        first("features.1.block.1.fc1.weight", "two.weight")
    );
}

/// As Paddle's programs name parameters: the stem is convolution 1, the first block 2.
#[test]
fn names_may_count_the_stem_with_the_blocks() {
    let layer = |name: &str| format!("{{ conv: '{name}', norm: '{name}_bn' }}");
    let block = |name: &str| layer(&format!("conv{{block2}}_{name}"));
    let text = format!(
        "tensors: {{ stem: {}, expand: {}, depthwise: {}, reduce: 'conv{{block2}}_se_1', excite: 'conv{{block2}}_se_2', project: {}, \
         last: {}, classes_alone: fc, classes: fc, hidden: hidden, suffix: {{ kernel: _weights, depthwise: _weights, bias: _offset, \
         gamma: _scale, beta: _offset, mean: _mean, variance: _variance }} }}",
        layer("conv1"),
        block("expand"),
        block("depthwise"),
        block("linear"),
        layer("conv_last"),
    );
    let network = with(&text);
    let names: Vec<&str> = network
        .layers()
        .iter()
        .flat_map(|l| l.iter())
        .map(|t| t.name.as_str())
        .collect();
    for name in [
        "conv1_bn_mean",
        "conv2_depthwise_weights",
        "conv3_expand_weights",
        "conv3_se_2_offset",
        "conv3_linear_bn_variance",
        "conv_last_weights",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}

#[test]
fn names_without_an_expansion_are_given_for_both_layers() {
    assert_snapshot!(wrong("  tensors: { without_expand: { depthwise: { conv: a, norm: b } } }"), @"
    tiny.yaml:11:32: without_expand has no `project`
       |
    11 |   tensors: { without_expand: { depthwise: { conv: a, norm: b } } }
       |                                ^^^^^^^^^ add `project: { conv: ..., norm: ... }`
    ");
}

#[test]
fn templates_must_tell_layers_apart() {
    assert_snapshot!(wrong("  tensors: { project: { conv: 'project' } }"), @"
    tiny.yaml:11:12: two layers want the tensor `project.weight`
       |
    11 |   tensors: { project: { conv: 'project' } }
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tell layers apart, with {block} or {stage} and {index} in names of blocks
    ");
}
