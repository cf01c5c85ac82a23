//! Heads that detect: what is wrong with them, and what comes of them.

use crate::tiny::{errors, tiny_with};
use insta::assert_snapshot;

const HEAD: &str = "head: { pool: avg, hidden: 32, nl: HS, classes: 10 }";
const DETECT: &str = "head: { kind: detect, classes: 5, maps: [2.expand, last], extras: [{ k: 3, exp: 8, out: 16, s: 2 }], \
                      nl: relu6, k: 3, ratios: [2, 3], scales: [0.2, 0.5, 0.8, 1] }";

fn detect(from: &str, to: &str) -> String {
    assert_eq!(DETECT.matches(from).count(), 1, "{from}");
    tiny_with(HEAD, &DETECT.replace(from, to))
}

#[test]
fn a_head_that_detects_has_logits_and_offsets_for_the_anchors_of_each_map() {
    let network = mnv3_spec::parse("tiny.yaml", &tiny_with(HEAD, DETECT)).unwrap();
    let head = network.detect().unwrap();
    let maps: Vec<_> = head.predictions.iter().map(|p| (p.map.h, p.map.w, p.map.c)).collect();
    assert_eq!(maps, [(16, 16, 64), (8, 8, 96), (4, 4, 16)]);
    // Two squares, and two for each ratio; five classes and the background.
    assert_eq!(head.anchors(), 6 * (16 * 16 + 8 * 8 + 4 * 4));
    assert_eq!((head.columns(), head.predictions[0].logits.project.output), (6, 36));
    let square = head.predictions[1].sizes[1];
    assert!((square[0] - 0.4_f64.sqrt()).abs() < 1e-12 && square[0] == square[1]);
    let graph = network.graph();
    let names: Vec<&str> = graph.outputs.iter().map(|output| output.name).collect();
    let wanted = [
        "logits_1",
        "offsets_1",
        "logits_2",
        "offsets_2",
        "logits_3",
        "offsets_3",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn maps_must_be_there_and_have_as_many_scales_and_one_more() {
    assert_snapshot!(errors(&detect("2.expand, last", "1.expand, 7, last")), @"
    tiny.yaml:9:42: a map of head is the expand output of bottleneck 1, which expands nothing: exp is what comes in
      |
    9 | head: { kind: detect, classes: 5, maps: [1.expand, 7, last], extras: [{ k: 3, exp: 8, out: 16, s: 2 }], nl: relu6, k: 3, ratios: [2, ...
      |                                          ^^^^^^^^ write stem, which is what the block convolves

    tiny.yaml:9:52: a map of head is of bottleneck 7
      |
    9 | head: { kind: detect, classes: 5, maps: [1.expand, 7, last], extras: [{ k: 3, exp: 8, out: 16, s: 2 }], nl: relu6, k: 3, ratios: [2, ...
      |                                                    ^ write a number from 1 to 2
    ");
    assert_snapshot!(errors(&detect("0.8, 1]", "0.8]")), @"
    tiny.yaml:9:143: 3 maps have 3 scales
      |
    9 | ...les: [0.2, 0.5, 0.8] }
      |         ^^^^^^^^^^^^^^^ write 4: one for each of maps and extras, and one more, which the squares of the last map reach towards
    ");
}

#[test]
fn a_kernel_must_keep_the_size_of_maps() {
    assert_snapshot!(errors(&detect("relu6, k: 3", "relu6, k: 2")), @"
    tiny.yaml:9:116: a kernel of 2 x 2 does not keep the size of a map
      |
    9 | ...3, exp: 8, out: 16, s: 2 }], nl: relu6, k: 2, ratios: [2, 3], scales: [0.2, 0.5, 0.8, 1] }
      |                                               ^ write an odd kernel, which keeps the size
    ");
}

#[test]
fn what_is_written_of_boxes_is_in_its_range() {
    let wrong = "0.8, 1], threshold: 2, most: 0, offset_weights: [10, 10], scores: soft ";
    assert_snapshot!(errors(&detect("0.8, 1] ", wrong)), @"
    tiny.yaml:9:174: threshold of head is `2`
      |
    9 | ...ales: [0.2, 0.5, 0.8, 1], threshold: 2, most: 0, offset_weights: [10, 10], scores: soft }
      |                                         ^ write a number from 0 to 1, or a fraction such as 3/4

    tiny.yaml:9:183: most of head is `0`
      |
    9 | ...ales: [0.2, 0.5, 0.8, 1], threshold: 2, most: 0, offset_weights: [10, 10], scores: soft }
      |                                                  ^ write a whole number from 1 to 10000

    tiny.yaml:9:202: offset_weights of head are not four numbers
      |
    9 | ... 2, most: 0, offset_weights: [10, 10], scores: soft }
      |                                 ^^^^^^^^ write four: of the centre across and down, of width and height

    tiny.yaml:9:220: scores of head is `soft`
      |
    9 | ...ld: 2, most: 0, offset_weights: [10, 10], scores: soft }
      |                                                      ^^^^ write softmax or sigmoid
    ");
}

#[test]
fn a_tap_is_not_named_like_an_output() {
    let spec = format!("{}taps: {{ logits_1: 2 }}\n", tiny_with(HEAD, DETECT));
    assert_snapshot!(errors(&spec), @"
    tiny.yaml:10:9: `logits_1` is what a head that detects gives, not a tap
       |
    10 | taps: { logits_1: 2 }
       |         ^^^^^^^^ write another name, such as c5
    ");
}

#[test]
fn names_begin_as_renames_say() {
    let renames =
        "conventions: { tensors: { renames: { \"features.2.*\": \"second.*\", \"features.*\": \"net.*\" } } }\n";
    let network = mnv3_spec::parse("tiny.yaml", &format!("{}{renames}", tiny_with(HEAD, DETECT))).unwrap();
    let block = |i: usize| &network.bottlenecks[i].project.tensors.weight.name;
    assert_eq!(
        [block(0), block(1)],
        ["net.1.block.1.0.weight", "second.block.3.0.weight"]
    );
    let wrong = format!("{}{}", tiny_with(HEAD, DETECT), renames.replace("second.*", "second"));
    assert_snapshot!(errors(&wrong), @r#"
    tiny.yaml:10:38: `features.2.*` of renames does not say how names begin
       |
    10 | conventions: { tensors: { renames: { "features.2.*": "second", "features.*": "net.*" } } }
       |                                      ^^^^^^^^^^^^^^ write { "features.*": "backbone.*" }, a star at both ends
    "#);
}
