//! Means of maps of any size and probabilities of many classes, to a millionth.

use super::block::{Case, Form};
use super::cpus;
use super::layers::Numbers;
use crate::kernels;
use crate::naive;
use fearless_simd::Level;
use mnv3_ir::{Act, LANES, Window, padded};
use mnv3_testing::levels;
use ndarray::Array3;
use proptest::prelude::*;

/// Numbers in 0..2 for 16 channels, row after row: nothing cancels, so that errors of a mean are shares of it.
fn rows(seed: u64, w: usize) -> Vec<f32> {
    let map = Numbers(seed).map([1, w], LANES);
    map.iter().map(|x| (x + 1.0) as f32).collect()
}

/// A map of one such row, each row times another number, and the mean of every channel.
fn tall(seed: u64, [h, w]: [usize; 2]) -> (Vec<f32>, Vec<f64>) {
    let row = rows(seed, w);
    let mut map = Vec::with_capacity(h * row.len());
    let mut means = vec![0.0; LANES];
    for y in 0..h {
        let share = (y * 37 % 101 + 1) as f32 / 64.0;
        for (i, x) in row.iter().enumerate() {
            let x = x * share;
            map.push(x);
            means[i % LANES] += f64::from(x) / (h * w) as f64;
        }
    }
    (map, means)
}

fn assert_millionth(found: &[f32], want: &[f64], label: &str) {
    for (found, want) in found.iter().zip(want) {
        let off = (f64::from(*found) / want - 1.0).abs();
        assert!(off <= 1e-6, "{label}: {found}, not {want}: off by {off:e}");
    }
}

fn check(level: Level, seed: u64, size: [usize; 2]) {
    let (map, want) = tall(seed, size);
    let mut found = [f32::NAN; LANES];
    kernels::pool_avg(level, size, LANES, &map, &mut found);
    assert_millionth(&found, &want, &format!("{level:?}: mean over {size:?}"));
    let pool = kernels::WindowPool {
        input: size,
        output: [1, 1],
        channels: LANES,
        kernel: size,
        stride: [1, 1],
        max: false,
    };
    let mut found = [f32::NAN; LANES];
    kernels::window_pool(level, &pool, &map, &mut found);
    assert_millionth(&found, &want, &format!("{level:?}: mean of a window of {size:?}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn means_of_any_size_are_right_to_a_millionth(h in 1usize..300, w in 1usize..300, seed: u64) {
        levels::of_this_machine().into_iter().for_each(|level| check(level, seed, [h, w]));
    }

    #[test]
    fn means_of_one_row_or_column_are_too(long in 1usize..60_000, upright: bool, seed: u64) {
        check(Level::new(), seed, if upright { [long, 1] } else { [1, long] });
    }

    #[test]
    fn probabilities_of_many_classes_are_right_to_a_millionth(classes in 1usize..100_000, spread in 0.0f64..40.0, seed: u64) {
        let scores: Vec<f32> = Numbers(seed).vector(classes).iter().map(|x| (x * spread) as f32).collect();
        let want = naive::softmax(&scores.iter().map(|&s| f64::from(s)).collect::<Vec<_>>());
        let mut found = scores;
        kernels::softmax(&mut found);
        assert_millionth(&found, &want, "softmax");
        prop_assert!((found.iter().map(|&p| f64::from(p)).sum::<f64>() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn means_of_maps_of_millions_of_pixels_are_right_to_a_millionth() {
    check(Level::new(), 1, [2048, 2048]);
    check(Level::new(), 2, [4096, 4096]);
}

/// Squeeze-excite of a tall map, its sums taken row by row: the gate is the mean itself (less than 1), so that the output
/// shows it.
#[test]
fn means_of_squeeze_excite_are_right_on_large_maps_whatever_the_threads() {
    let window = Window {
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        pad_h: [1, 1],
        pad_w: [1, 1],
    };
    let form = Form {
        input: 3,
        exp: 3,
        output: 3,
        expand: false,
        squeeze: Some(4),
        act: Act::Relu,
        gate_act: Act::Relu,
    };
    let mut case = Case::new([513, 300], window, form, 5);
    case.input = Array3::from_shape_fn(case.input.dim(), |(y, x, c)| {
        f64::from((f64::from((y * 7 + x * 3 + c) as u32 % 97) / 97.0 + 0.5) as f32)
    });
    let want = case.want();
    let largest = want.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let first = case.run(cpus()[0]);
    for cpu in cpus() {
        let found = case.run(cpu);
        for ((y, x, c), want) in want.indexed_iter() {
            let found = f64::from(found[(y * 300 + x) * padded(3) + c]);
            assert!(
                (found - want).abs() <= 2e-6 * largest,
                "{cpu:?} at {y}, {x}, {c}: {found}, not {want}"
            );
        }
        if cpu.parts > 1 {
            assert!(found == first, "threads change no bit");
        }
    }
}
