//! Conventions laid over a dialect: each key takes hold, and each refuses what it cannot mean.

use crate::tiny::{TINY, errors, tiny_and};
use insta::assert_snapshot;
use mnv3_spec::{Act, Layout, Network};

fn with(conventions: &str) -> Network {
    let text = tiny_and(&format!("conventions: {{ {conventions} }}"));
    mnv3_spec::parse("tiny.yaml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is wrong with conventions of which each stands on a line of its own.
fn wrong(lines: &str) -> String {
    errors(&format!("{TINY}conventions:\n{lines}\n"))
}

#[test]
fn padding_moves_the_zeros() {
    let pads = |network: &Network| network.bottlenecks[1].depthwise.window.pad_h;
    assert_eq!(pads(&with("padding: symmetric")), [2, 2]);
    assert_eq!(pads(&with("padding: same")), [1, 2]);
}

#[test]
fn bn_epsilon_is_that_of_every_norm() {
    let network = with("bn_epsilon: 0.00002");
    let epsilons = network
        .layers()
        .into_iter()
        .filter_map(|layer| layer.norm.as_ref().map(|n| n.epsilon));
    assert!(epsilons.into_iter().all(|epsilon| epsilon == 0.00002));
}

#[test]
fn conv_bias_adds_a_bias_beside_each_norm() {
    let with_bias = |network: &Network| {
        network
            .layers()
            .iter()
            .filter(|l| l.bias.is_some() && l.norm.is_some())
            .count()
    };
    assert_eq!(with_bias(&with("conv_bias: false")), 0);
    assert_eq!(with_bias(&with("conv_bias: true")), 7);
}

#[test]
fn re_and_the_hard_forms_are_what_the_conventions_say() {
    let network = with("RE: relu6, hard_sigmoid: { slope: 0.2 }, hard_swish: { slope: 1/8, offset: 0.25 }");
    assert_eq!(network.bottlenecks[0].depthwise.act, Act::Relu6);
    let gate = network.bottlenecks[1].squeeze_excite.as_ref().map(|se| se.expand.act);
    assert_eq!(
        gate,
        Some(Act::HardSigmoid {
            slope: 0.2,
            offset: 0.5
        })
    );
    assert_eq!(
        network.stem.act,
        Act::HardSwish {
            slope: 0.125,
            offset: 0.25
        }
    );
}

#[test]
fn the_squeeze_width_follows_ratio_and_rounding() {
    let width = |conventions: &str| {
        with(conventions).bottlenecks[1]
            .squeeze_excite
            .as_ref()
            .map(|se| se.reduce.output)
    };
    assert_eq!(width("squeeze: { ratio: 1/4, round: 8 }"), Some(16));
    assert_eq!(width("squeeze: { ratio: 1/3, round: floor }"), Some(21));
    assert_eq!(width("squeeze: { ratio: 1/3, round: 1 }"), Some(21));
    assert_eq!(width("squeeze: { ratio: 0.01, round: floor }"), Some(1));
}

#[test]
fn between_the_squeeze_layers_stands_relu_or_the_rows_own() {
    let act = |conventions: &str| {
        with(conventions).bottlenecks[1]
            .squeeze_excite
            .as_ref()
            .map(|se| se.reduce.act)
    };
    assert_eq!(act("RE: relu6"), Some(Act::Relu));
    assert_eq!(act("squeeze: { nl: row }"), Some(with("padding: same").stem.act));
}

#[test]
fn the_hidden_layer_may_have_no_bias() {
    let bias = |conventions: &str| {
        with(conventions)
            .classify()
            .and_then(|h| h.hidden.first())
            .map(|h| h.tensors.bias.is_some())
    };
    assert_eq!(bias("hidden_bias: true"), Some(true));
    assert_eq!(bias("hidden_bias: false"), Some(false));
}

#[test]
fn the_output_of_the_hidden_layer_may_be_scaled_which_is_the_kernel_of_the_scores() {
    let factor = |conventions: &str| with(conventions).classes().map(|h| h.layer.tensors.factor);
    assert_eq!(factor("hidden_bias: true"), Some(1.0));
    assert_eq!(factor("hidden_scale: 4/5"), Some(0.8));
    let alone = tiny_and("conventions: { hidden_scale: 0.8 }").replace("hidden: 32", "hidden: none");
    let alone = mnv3_spec::parse("tiny.yaml", &alone).unwrap();
    assert_eq!(alone.classes().map(|h| h.layer.tensors.factor), Some(1.0));
}

#[test]
fn matrices_may_lie_the_other_way_beside_kernels() {
    let lies = |conventions: &str| {
        let network = with(conventions);
        assert_eq!(network.stem.tensors.layout, Layout::Oihw);
        network
            .classes()
            .map(|h| (h.layer.tensors.layout, h.layer.tensors.weight.shape.clone()))
    };
    let linear = |more: &str| format!("layout: oihw, classes_layer: linear{more}");
    assert_eq!(lies(&linear("")), Some((Layout::Oihw, vec![10, 32])));
    assert_eq!(lies(&linear(", matrix_layout: io")), Some((Layout::Hwio, vec![32, 10])));
    assert_eq!(
        lies("layout: oihw, classes_layer: conv, matrix_layout: io"),
        Some((Layout::Oihw, vec![10, 32, 1, 1]))
    );
}

#[test]
fn expand_when_equal_adds_the_expansion_that_changes_nothing() {
    assert!(with("expand_when_equal: false").bottlenecks[0].expand.is_none());
    assert!(with("expand_when_equal: true").bottlenecks[0].expand.is_some());
}

#[test]
fn layout_and_form_shape_the_tensors() {
    let shape = |network: &Network| {
        network
            .classes()
            .map(|classes| classes.layer.tensors.weight.shape.clone())
    };
    assert_eq!(shape(&with("layout: oihw, classes_layer: linear")), Some(vec![10, 32]));
    assert_eq!(
        shape(&with("layout: oihw, classes_layer: conv")),
        Some(vec![10, 32, 1, 1])
    );
    assert_eq!(shape(&with("layout: hwio, classes_layer: linear")), Some(vec![32, 10]));
    assert_eq!(
        shape(&with("layout: hwio, classes_layer: conv")),
        Some(vec![1, 1, 32, 10])
    );
    let network = with("layout: hwio, hidden_layer: conv, squeeze_layers: linear");
    assert_eq!(network.bottlenecks[1].depthwise.tensors.weight.shape, [5, 5, 64, 1]);
    let reduce = network.bottlenecks[1]
        .squeeze_excite
        .as_ref()
        .map(|se| se.reduce.tensors.weight.shape.clone());
    assert_eq!(reduce, Some(vec![64, 16]));
    assert_eq!(network.stem.tensors.layout, Layout::Hwio);
}

#[test]
fn conventions_that_are_no_table_are_refused() {
    assert_snapshot!(errors(&tiny_and("conventions: same")), @"
    tiny.yaml:10:14: conventions is `same`, not a table
       |
    10 | conventions: same
       |              ^^^^ write { padding: ..., bn_epsilon: ..., conv_bias: ..., RE: ..., hard_sigmoid: ..., hard_swish: ..., squeeze: ..., shortcut: ..., block_nl: ..., expand_when_equal: ..., layout: ..., matrix_layout: ..., naming: ..., squeeze_layers: ..., hidden_layer: ..., hidden_bias: ..., hidden_scale: ..., classes_layer: ..., width: ..., depth: ..., tensors: ..., preprocess: ... }
    ");
}

#[test]
fn an_unknown_convention_is_answered_with_the_nearest() {
    assert_snapshot!(wrong("  bn_eps: 0.001"), @"
    tiny.yaml:11:3: conventions has no key `bn_eps`
       |
    11 |   bn_eps: 0.001
       |   ^^^^^^ did you mean `bn_epsilon`?
    ");
}

#[test]
fn every_convention_says_what_it_can_be() {
    let lines = "  padding: valid
  bn_epsilon: 2
  conv_bias: 1
  RE: gelu
  hard_sigmoid: { slope: 7, offset: no }
  hard_swish: 1/6
  squeeze: { ratio: 1/0, round: ceil, nl: HS }
  expand_when_equal: maybe
  layout: nchw
  matrix_layout: hwio
  naming: torch
  squeeze_layers: dense
  hidden_layer: 3
  hidden_bias: [no]
  hidden_scale: 2
  classes_layer: []
  width: { divisor: 0, stem: half, exp: no, last: 1, hidden: }
  depth: deep";
    assert_snapshot!(wrong(lines), @"
    tiny.yaml:11:12: padding of conventions is `valid`
       |
    11 |   padding: valid
       |            ^^^^^ write symmetric or same

    tiny.yaml:12:15: bn_epsilon of conventions is `2`
       |
    12 |   bn_epsilon: 2
       |               ^ write a number from 0 to 1, or a fraction such as 3/4

    tiny.yaml:13:14: conv_bias of conventions is `1`
       |
    13 |   conv_bias: 1
       |              ^ write true or false

    tiny.yaml:14:7: RE of conventions is `gelu`
       |
    14 |   RE: gelu
       |       ^^^^ write relu or relu6

    tiny.yaml:15:26: slope of hard_sigmoid is `7`
       |
    15 |   hard_sigmoid: { slope: 7, offset: no }
       |                          ^ write a number from 0 to 1, or a fraction such as 3/4

    tiny.yaml:15:37: offset of hard_sigmoid is `no`
       |
    15 |   hard_sigmoid: { slope: 7, offset: no }
       |                                     ^^ write a number from 0 to 1, or a fraction such as 3/4

    tiny.yaml:16:15: hard_swish is `1/6`, not a table
       |
    16 |   hard_swish: 1/6
       |               ^^^ write { slope: ..., offset: ... }

    tiny.yaml:17:21: ratio of squeeze is `1/0`
       |
    17 |   squeeze: { ratio: 1/0, round: ceil, nl: HS }
       |                     ^^^ write a number from 0.001 to 1, or a fraction such as 3/4

    tiny.yaml:17:33: round of squeeze is `ceil`
       |
    17 |   squeeze: { ratio: 1/0, round: ceil, nl: HS }
       |                                 ^^^^ write floor, or a whole number from 1 to 256

    tiny.yaml:17:43: nl of squeeze is `HS`
       |
    17 |   squeeze: { ratio: 1/0, round: ceil, nl: HS }
       |                                           ^^ write relu or row

    tiny.yaml:18:22: expand_when_equal of conventions is `maybe`
       |
    18 |   expand_when_equal: maybe
       |                      ^^^^^ write true or false

    tiny.yaml:19:11: layout of conventions is `nchw`
       |
    19 |   layout: nchw
       |           ^^^^ write oihw or hwio

    tiny.yaml:20:18: matrix_layout of conventions is `hwio`
       |
    20 |   matrix_layout: hwio
       |                  ^^^^ write oi or io

    tiny.yaml:21:11: naming of conventions is `torch`
       |
    21 |   naming: torch
       |           ^^^^^ write exact or keras-automatic

    tiny.yaml:22:19: squeeze_layers of conventions is `dense`
       |
    22 |   squeeze_layers: dense
       |                   ^^^^^ write conv or linear

    tiny.yaml:23:17: hidden_layer of conventions is `3`
       |
    23 |   hidden_layer: 3
       |                 ^ write conv or linear

    tiny.yaml:24:16: hidden_bias of conventions is a list
       |
    24 |   hidden_bias: [no]
       |                ^^^^ write true or false

    tiny.yaml:25:17: hidden_scale of conventions is `2`
       |
    25 |   hidden_scale: 2
       |                 ^ write a number from 0 to 1, or a fraction such as 3/4

    tiny.yaml:26:18: classes_layer of conventions is a list
       |
    26 |   classes_layer: []
       |                  ^^ write conv or linear

    tiny.yaml:27:21: divisor of width is `0`
       |
    27 |   width: { divisor: 0, stem: half, exp: no, last: 1, hidden: }
       |                     ^ write a whole number from 1 to 256

    tiny.yaml:27:30: stem of width is `half`
       |
    27 |   width: { divisor: 0, stem: half, exp: no, last: 1, hidden: }
       |                              ^^^^ write own, ratio, fixed, above-1 or from-0.75

    tiny.yaml:27:41: exp of width is `no`
       |
    27 |   width: { divisor: 0, stem: half, exp: no, last: 1, hidden: }
       |                                         ^^ write own, ratio, fixed, above-1 or from-0.75

    tiny.yaml:27:51: last of width is `1`
       |
    27 |   width: { divisor: 0, stem: half, exp: no, last: 1, hidden: }
       |                                                   ^ write own, ratio, fixed, above-1 or from-0.75

    tiny.yaml:27:60: hidden of width is empty
       |
    27 |   width: { divisor: 0, stem: half, exp: no, last: 1, hidden: }
       |                                                            ^ write own, ratio, fixed, above-1 or from-0.75

    tiny.yaml:28:10: depth of conventions is `deep`
       |
    28 |   depth: deep
       |          ^^^^ write none or stages
    ");
}
