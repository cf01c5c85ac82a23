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
    let all = "b{block}z{block0}u{_block0}p{part}s{stage}i{index}n{stages}a{after}c{_n}";
    let network = with(&format!("tensors: {{ project: {{ conv: '{all}' }} }}"));
    let names: Vec<_> = network
        .bottlenecks
        .iter()
        .map(|b| b.project.tensors.weight.name.as_str())
        .collect();
    assert_eq!(names, ["b1z0up1s0i0n2a3c.weight", "b2z1u_1p3s1i0n2a3c_1.weight"]);
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
       |                   ^^^^^^^^^^ write one of {block} {block0} {_block0} {part} {stage} {index} {stages} {after} {_n}

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
       |     ^^ the keys are stem, expand, depthwise, reduce, excite, project, without_expand, last, hidden, classes, classes_alone, suffix
    ");
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
