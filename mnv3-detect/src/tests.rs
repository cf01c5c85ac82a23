//! Post-processing against the plainest words for it, and against numbers that nobody expects.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use crate::bounds::Bounds;
use crate::{
    Anchor, AnchorGrid, CountError, Detection, Placing, Postprocessing, ScoreFunction, TORCHVISION_OFFSET_WEIGHTS,
    anchors,
};
use proptest::prelude::*;

const SIZES: [[f32; 2]; 3] = [[0.5, 0.5], [0.4, 0.9], [1.0, 0.3]];
const GRIDS: [AnchorGrid<'static>; 2] = [
    AnchorGrid {
        rows: 3,
        columns: 2,
        sizes: &SIZES,
    },
    AnchorGrid {
        rows: 1,
        columns: 2,
        sizes: &SIZES,
    },
];
const ANCHORS: usize = 24;

fn postprocessing(scores: ScoreFunction, columns: usize) -> Postprocessing<'static> {
    Postprocessing {
        grids: &GRIDS,
        input: [40, 60],
        columns,
        scores,
        offset_weights: TORCHVISION_OFFSET_WEIGHTS,
        threshold: 0.2,
        candidates: 9,
        overlap: 0.4,
        most: 7,
    }
}

fn hides(better: &Bounds, other: &Bounds, most: f32) -> bool {
    better.overlap(other) > most
}

/// The same: every list whole and sorted, every pair compared.
fn plain(this: &Postprocessing<'_>, logits: &[f32], offsets: &[f32], image: [usize; 2]) -> Vec<Detection> {
    let anchors: [Anchor; ANCHORS] = anchors(this.grids, this.input);
    let bounds: Vec<Bounds> = anchors
        .iter()
        .zip(offsets.as_chunks::<4>().0)
        .map(|(anchor, offsets)| Bounds::decode(anchor, offsets, &this.offset_weights).clipped(this.input))
        .collect();
    let mut scores = vec![0.0; logits.len()];
    for (logits, scores) in logits.chunks(this.columns).zip(scores.chunks_mut(this.columns)) {
        this.scores.of(logits, scores);
    }
    let mut all = Vec::new();
    for class in this.scores.first_class()..this.columns {
        let score = |anchor: usize| scores[anchor * this.columns + class];
        let mut found: Vec<usize> = (0..ANCHORS)
            .filter(|&anchor| score(anchor) > this.threshold && bounds[anchor].is_number())
            .collect();
        // Stable: of equal scores, the earlier anchor stays before the later.
        found.sort_by(|&a, &b| score(b).partial_cmp(&score(a)).unwrap());
        found.truncate(this.candidates);
        let mut stays: Vec<usize> = Vec::new();
        for anchor in found {
            if stays
                .iter()
                .all(|&other| !hides(&bounds[other], &bounds[anchor], this.overlap))
            {
                stays.push(anchor);
            }
        }
        all.extend(stays.into_iter().map(|anchor| (class, score(anchor), anchor)));
    }
    all.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap());
    all.truncate(this.most);
    let scale = [
        image[0] as f32 / this.input[0] as f32,
        image[1] as f32 / this.input[1] as f32,
    ];
    let detection = |(class, score, anchor): (usize, f32, usize)| {
        let found = bounds[anchor];
        let bounds = Bounds {
            left: found.left * scale[1],
            top: found.top * scale[0],
            right: found.right * scale[1],
            bottom: found.bottom * scale[0],
        };
        Detection { bounds, class, score }
    };
    all.into_iter().map(detection).collect()
}

fn any_function() -> impl Strategy<Value = ScoreFunction> {
    prop_oneof![Just(ScoreFunction::SoftmaxWithBackground), Just(ScoreFunction::Sigmoid)]
}

/// Few different numbers, so that many scores are equal; or any.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![3 => (-6..=6_i8).prop_map(f32::from), 1 => -8.0..8.0_f32]
}

/// What a broken network gives.
fn broken() -> impl Strategy<Value = f32> {
    let special = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        -0.0,
    ];
    prop_oneof![2 => number(), 1 => prop::sample::select(special.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn it_finds_what_plain_words_find(
        function in any_function(),
        logits in prop::collection::vec(number(), ANCHORS * 3),
        offsets in prop::collection::vec(number(), ANCHORS * 4),
        [candidates, most] in [0..ANCHORS, 0..2 * ANCHORS],
        image in [1..900_usize, 1..900_usize],
    ) {
        let this = Postprocessing { candidates, most, ..postprocessing(function, 3) };
        let mut workspace = this.workspace();
        let found = this.run(&mut workspace, &logits, &offsets, image).unwrap();
        prop_assert_eq!(found, plain(&this, &logits, &offsets, image));
    }

    #[test]
    fn whatever_the_numbers_boxes_lie_in_the_image_best_first_and_do_not_overlap(
        function in any_function(),
        logits in prop::collection::vec(broken(), ANCHORS * 3),
        offsets in prop::collection::vec(broken(), ANCHORS * 4),
    ) {
        let this = postprocessing(function, 3);
        let mut workspace = this.workspace();
        let found = this.run(&mut workspace, &logits, &offsets, this.input).unwrap().to_vec();
        prop_assert!(found.len() <= this.most);
        prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        for (i, one) in found.iter().enumerate() {
            let Bounds { left, top, right, bottom } = one.bounds;
            prop_assert!(0.0 <= left && left <= right && right <= 60.0, "{one:?}");
            prop_assert!(0.0 <= top && top <= bottom && bottom <= 40.0, "{one:?}");
            prop_assert!(one.score > this.threshold && one.score <= 1.0 + 1e-6, "{one:?}");
            prop_assert!((function.first_class()..3).contains(&one.class));
            let same = found[i + 1..].iter().filter(|other| other.class == one.class);
            for other in same {
                prop_assert!(!hides(&one.bounds, &other.bounds, this.overlap), "{one:?} {other:?}");
            }
        }
        // A second run in the same memory: the same bits.
        let again = this.run(&mut workspace, &logits, &offsets, this.input).unwrap();
        prop_assert_eq!(again, &found[..]);
    }

    #[test]
    fn scores_are_those_of_double_precision(logits in prop::collection::vec(-40.0..40.0_f32, 1..120)) {
        let mut scores = vec![0.0; logits.len()];
        let wide: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
        ScoreFunction::SoftmaxWithBackground.of(&logits, &mut scores);
        let most = wide.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = wide.iter().map(|logit| (logit - most).exp()).sum();
        for (score, logit) in scores.iter().zip(&wide) {
            prop_assert!((f64::from(*score) - (logit - most).exp() / sum).abs() < 1e-6);
        }
        ScoreFunction::Sigmoid.of(&logits, &mut scores);
        for (score, logit) in scores.iter().zip(&wide) {
            prop_assert!((f64::from(*score) - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-6);
        }
    }
}

#[test]
fn of_equal_scores_the_earlier_class_and_the_earlier_anchor_come_first() {
    let this = Postprocessing {
        overlap: 1.0,
        most: 4,
        ..postprocessing(ScoreFunction::Sigmoid, 2)
    };
    let mut workspace = this.workspace();
    let found = this
        .run(&mut workspace, &[3.0; 2 * ANCHORS], &[0.0; 4 * ANCHORS], this.input)
        .unwrap();
    let all: [Anchor; ANCHORS] = anchors(&GRIDS, this.input);
    assert_eq!(found.len(), 4);
    for (found, anchor) in found.iter().zip(&all) {
        assert_eq!(found.class, 0);
        let clipped = Bounds::decode(anchor, &[0.0; 4], &this.offset_weights).clipped(this.input);
        assert_eq!(found.bounds, clipped);
    }
}

#[test]
fn boxes_without_area_neither_suppress_nor_are_suppressed() {
    let point = Bounds {
        left: 3.0,
        top: 3.0,
        right: 3.0,
        bottom: 3.0,
    };
    assert!(point.overlap(&point).is_nan());
    let this = Postprocessing {
        most: ANCHORS,
        candidates: ANCHORS,
        ..postprocessing(ScoreFunction::Sigmoid, 1)
    };
    let mut offsets = [0.0; 4 * ANCHORS];
    offsets
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .for_each(|offsets| offsets[2..].fill(f32::NEG_INFINITY));
    let mut workspace = this.workspace();
    let found = this.run(&mut workspace, &[3.0; ANCHORS], &offsets, this.input).unwrap();
    assert_eq!(found.len(), ANCHORS);
    assert!(found.iter().all(|found| found.bounds.area() == 0.0));
}

#[test]
fn overlap_is_what_both_cover_of_what_either_does() {
    let square = |left: f32| Bounds {
        left,
        top: 0.0,
        right: left + 2.0,
        bottom: 2.0,
    };
    assert_eq!(square(0.0).overlap(&square(1.0)), 1.0 / 3.0);
    assert_eq!(square(0.0).overlap(&square(0.0)), 1.0);
    assert_eq!(square(0.0).overlap(&square(2.0)), 0.0);
}

#[test]
fn an_anchor_grows_62_5_times_at_most() {
    let anchor = Anchor {
        centre: [0.0; 2],
        size: [1.0, 2.0],
    };
    for offset in [5.0, 80.0, f32::INFINITY] {
        let bounds = Bounds::decode(&anchor, &[0.0, 0.0, offset, offset], &[1.0; 4]);
        for (edge, want) in [(bounds.right, 62.5), (bounds.bottom, 31.25)] {
            assert!((edge / want - 1.0).abs() < 1e-6, "{edge}, not {want}");
        }
    }
}

#[test]
fn a_score_that_is_just_the_threshold_is_no_detection() {
    // The sigmoid of 0 is a half, to the bit.
    for (threshold, count) in [(0.5, 0), (0.499, 7)] {
        let this = Postprocessing {
            threshold,
            overlap: 1.0,
            ..postprocessing(ScoreFunction::Sigmoid, 1)
        };
        let mut workspace = this.workspace();
        let found = this
            .run(&mut workspace, &[0.0; ANCHORS], &[0.0; 4 * ANCHORS], this.input)
            .unwrap();
        assert_eq!(found.len(), count, "{threshold}");
    }
}

/// Pictures of 40 x 40 in an input of 100 x 200: 100 x 100 pixels of it, in the middle from column 50 on.
#[test]
fn boxes_of_a_picture_that_lies_in_a_part_of_the_input_are_cut_off_at_its_edges() {
    let this = Postprocessing {
        grids: &[AnchorGrid {
            rows: 1,
            columns: 4,
            sizes: &[[0.5, 0.125]],
        }],
        input: [100, 200],
        ..postprocessing(ScoreFunction::Sigmoid, 1)
    };
    let mut workspace = this.workspace();
    // Centres at columns 25, 75, 125 and 175, each box 25 columns wide; the second is moved to 50.
    let mut offsets = [0.0; 16];
    offsets[4] = -this.offset_weights[0];
    let mut found = |placing| {
        let found = this.run_placed(&mut workspace, &[4.0, 3.0, 2.0, 1.0], &offsets, [40, 40], placing);
        found
            .unwrap()
            .iter()
            .map(|found| found.bounds.corners())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(Placing::Centred),
        [[0.0, 10.0, 5.0, 30.0], [25.0, 10.0, 35.0, 30.0]]
    );
    let upper_left = found(Placing::UpperLeft);
    assert_eq!(upper_left[..2], [[5.0, 10.0, 15.0, 30.0], [15.0, 10.0, 25.0, 30.0]]);
    assert_eq!(upper_left.len(), 2, "the others lie beside the picture");
    assert_eq!(found(Placing::Stretched).len(), 4);
}

#[test]
fn slices_of_other_lengths_are_refused() {
    let this = postprocessing(ScoreFunction::Sigmoid, 3);
    let mut workspace = this.workspace();
    let wrong = this.run(&mut workspace, &[0.0; 5], &[0.0; 96], [1, 1]).unwrap_err();
    assert_eq!(wrong, CountError::Logits { want: 72, found: 5 });
    assert_eq!(
        wrong.to_string(),
        "5 logits, not 72: give as many for each anchor as there are columns"
    );
    let wrong = this.run(&mut workspace, &[0.0; 72], &[0.0; 95], [1, 1]).unwrap_err();
    assert_eq!(wrong.to_string(), "95 offsets, not 96: give four for each anchor");
}

#[test]
fn nothing_is_allocated_after_the_workspace() {
    let this = postprocessing(ScoreFunction::SoftmaxWithBackground, 3);
    let mut workspace = this.workspace();
    let logits: Vec<f32> = (0..3 * ANCHORS).map(|i| (i % 7) as f32).collect();
    let offsets: Vec<f32> = (0..4 * ANCHORS).map(|i| (i % 5) as f32).collect();
    let mut found = 0;
    let allocated = allocation_counter::measure(|| {
        for _ in 0..3 {
            found += this.run(&mut workspace, &logits, &offsets, [400, 300]).unwrap().len();
        }
    });
    assert!(found > 0);
    assert_eq!(allocated.count_total, 0);
}
