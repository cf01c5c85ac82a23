use super::layers::{Numbers, assert_close, assert_map, lanes, pack, unwritten};
use super::{any_act, cpus};
use crate::kernels;
use crate::layer::{Dense, Panels};
use crate::naive;
use mnv3_ir::padded;
use ndarray::Axis;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pointwise_multiplies_every_pixel_by_the_matrix(
        h in 1usize..5, w in 1usize..46, input in 1usize..70, output in 1usize..70, act in any_act(), seed: u64,
    ) {
        let mut numbers = Numbers(seed);
        let map = numbers.map([h, w], input);
        let dense = numbers.dense([1, 1], input, output, act);
        let want = dense.naive(&map);
        for cpu in cpus() {
            let mut found = unwritten(&want);
            kernels::pointwise_map(cpu, &dense.layer(), [h, w], &pack(&map), &mut found);
            assert_map(&found, &want, act, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn linear_multiplies_a_vector_by_the_matrix(
        input in 1usize..200, output in 1usize..400, act in any_act(), seed: u64,
    ) {
        let mut numbers = Numbers(seed);
        let vector = numbers.vector(input);
        let dense = numbers.dense([1, 1], input, output, act);
        let want = dense.naive(&vector.clone().insert_axis(Axis(0)).insert_axis(Axis(0)));
        for cpu in cpus() {
            let mut found = unwritten(&want);
            kernels::linear(cpu, &dense.layer(), &lanes(&vector), &mut found);
            assert_map(&found, &want, act, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn a_matrix_in_half_precision_gives_what_the_same_numbers_give_in_f32(
        input in 1usize..100, output in 1usize..150, act in any_act(), seed: u64,
    ) {
        let mut numbers = Numbers(seed);
        let (vector, bias) = (numbers.vector(input), numbers.vector(output));
        // Bits of numbers in -1..1, in half precision.
        let half = |number: f64| ((number.abs() * f64::from(0x3c00)) as u16) | if number < 0.0 { 0x8000 } else { 0 };
        let halves: Vec<u16> = numbers.vector(input * padded(output)).iter().map(|n| half(*n)).collect();
        let whole: Vec<f32> = halves.iter().map(|bits| kernels::half::from_half(u32::from(*bits))).collect();
        let (halves, whole) = (Panels::F16(halves.as_chunks().0), Panels::F32(whole.as_chunks().0));
        let bias = lanes(&bias);
        let layer = |weights| Dense { input, output, weights, bias: &bias, act, lift: 0.0, later: &[] };
        for cpu in cpus() {
            let run = |dense: &Dense<'_>| {
                let mut found = vec![f32::NAN; padded(output)];
                kernels::linear(cpu, dense, &lanes(&vector), &mut found);
                found
            };
            prop_assert_eq!(run(&layer(halves)), run(&layer(whole)), "{:?}", cpu);
        }
    }

    #[test]
    fn a_matrix_in_int8_gives_what_its_numbers_times_scales_give(
        input in 1usize..100, output in 1usize..150, act in any_act(), seed: u64,
    ) {
        let mut numbers = Numbers(seed);
        let vector = numbers.vector(input);
        let mut dense = numbers.dense([1, 1], input, output, act);
        let scales: Vec<f32> = numbers.vector(padded(output)).iter().map(|n| n.abs() as f32 / 127.0).collect();
        let mut steps = vec![0i8; padded(output) * input];
        for o in 0..output {
            for i in 0..input {
                let step = (dense.weights[(0, 0, i, o)] * 127.0) as i8;
                steps[(o / 16 * input + i) * 16 + o % 16] = step;
                dense.weights[(0, 0, i, o)] = f64::from(step) * f64::from(scales[o]);
            }
        }
        let want = dense.naive(&vector.clone().insert_axis(Axis(0)).insert_axis(Axis(0)));
        let weights = Panels::I8(steps.as_chunks().0, &scales);
        for cpu in cpus() {
            let mut found = unwritten(&want);
            kernels::linear(cpu, &Dense { weights, ..dense.layer() }, &lanes(&vector), &mut found);
            assert_map(&found, &want, act, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn softmax_sums_to_one_and_keeps_ratios(scores in prop::collection::vec(-30.0f32..30.0, 1..50)) {
        let want = naive::softmax(&scores.iter().map(|&s| f64::from(s)).collect::<Vec<_>>());
        let mut found = scores;
        kernels::softmax(&mut found);
        for (found, want) in found.iter().zip(want) {
            assert_close(*found, want, "softmax");
        }
    }

    #[test]
    fn sigmoid_is_of_each_score_by_itself(scores in prop::collection::vec(-80.0f32..80.0, 1..50)) {
        let want = naive::sigmoid(&scores.iter().map(|&s| f64::from(s)).collect::<Vec<_>>());
        let mut found = scores;
        kernels::sigmoid(&mut found);
        for (found, want) in found.iter().zip(want) {
            prop_assert!((f64::from(*found) - want).abs() <= want * 1e-7, "{found}, not {want}");
        }
    }
}

#[test]
fn softmax_of_huge_scores_does_not_overflow() {
    let mut scores = [1e30, 1e30, -1e30];
    kernels::softmax(&mut scores);
    assert_eq!(scores, [0.5, 0.5, 0.0]);
}

#[test]
fn sigmoid_of_huge_scores_is_a_limit_and_of_nan_nan() {
    let mut scores = [
        f32::MAX,
        f32::MIN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        0.0,
        -88.0,
        f32::NAN,
    ];
    kernels::sigmoid(&mut scores);
    // exp(-88) is under the smallest normal number.
    assert_eq!(scores[..6], [1.0, 0.0, 1.0, 0.0, 0.5, 0.0]);
    assert!(scores[6].is_nan());
}

#[test]
fn idle_lanes_of_the_source_are_never_read() {
    let mut numbers = Numbers(1);
    let map = numbers.map([1, 20], 5);
    let dense = numbers.dense([1, 1], 5, 20, crate::Act::Identity);
    let want = dense.naive(&map);
    let mut src = pack(&map);
    for pixel in src.as_chunks_mut::<16>().0 {
        pixel[5..].fill(f32::NAN);
    }
    for cpu in cpus() {
        let mut found = unwritten(&want);
        kernels::pointwise_map(cpu, &dense.layer(), [1, 20], &src, &mut found);
        assert_map(&found, &want, crate::Act::Identity, &format!("{cpu:?}"));
    }
}
