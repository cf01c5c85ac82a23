//! NaN and infinity go through every kernel as IEEE 754 has it, which is what the naive ones compute.

use super::block::{self, Case};
use super::layers::{Numbers, assert_channels, assert_close, lanes, pack, unwritten};
use super::{any_act, common_window, cpus};
use crate::kernels::epilogue::Epilogue;
use crate::kernels::pool::maximum;
use crate::kernels::{self, softmax};
use crate::naive;
use fearless_simd::{Level, dispatch, f32x16, prelude::*};
use mnv3_ir::{Act, Window, padded, stem_scratch};
use mnv3_testing::levels;
use ndarray::{Array3, Axis};
use proptest::prelude::*;

/// Numbers that are not finite, each with its place.
fn strangers() -> impl Strategy<Value = Vec<(f64, prop::sample::Index)>> {
    let number = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    prop::collection::vec((number, any::<prop::sample::Index>()), 1..4)
}

fn put(map: &mut Array3<f64>, strangers: &[(f64, prop::sample::Index)]) {
    let len = map.len();
    if let Some(numbers) = map.as_slice_mut() {
        for (number, at) in strangers {
            numbers[at.index(len)] = *number;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn through_the_stem(
        (size, window) in common_window(), gray: bool, output in 1usize..40, act in any_act(), seed: u64,
        strangers in strangers(),
    ) {
        let mut numbers = Numbers(seed);
        let channels = if gray { 1 } else { 3 };
        let mut image = numbers.map(size, channels);
        put(&mut image, &strangers);
        let dense = numbers.dense(window.kernel, channels, output, act);
        let want = naive::conv(&image, &dense.weights, &dense.bias, &window).mapv(|x| naive::act(act, x));
        let image: Vec<f32> = image.iter().map(|&x| x as f32).collect();
        let output = naive::output_size(size, &window);
        for cpu in cpus() {
            let mut found = unwritten(&want);
            let mut scratch = vec![f32::NAN; stem_scratch(output[1], &window, channels)];
            let stem = kernels::Stem { dense: &dense.layer(), window, input: size, channels, output };
            kernels::stem(cpu, &stem, &image, &mut found, &mut scratch);
            assert_channels(&found, &want, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn through_blocks((size, window) in common_window(), form in block::any_form(), seed: u64, strangers in strangers()) {
        let mut case = Case::new(size, window, form, seed);
        put(&mut case.input, &strangers);
        let want = case.want();
        for cpu in cpus() {
            assert_channels(&case.run(cpu), &want, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn through_pointwise_layers_and_linear_ones(
        h in 1usize..4, w in 1usize..30, input in 1usize..70, output in 1usize..70, act in any_act(), seed: u64,
        strangers in strangers(),
    ) {
        let mut numbers = Numbers(seed);
        let mut map = numbers.map([h, w], input);
        put(&mut map, &strangers);
        let dense = numbers.dense([1, 1], input, output, act);
        let want = dense.naive(&map);
        let mut vector = numbers.map([1, 1], input);
        put(&mut vector, &strangers);
        let want_vector = dense.naive(&vector);
        for cpu in cpus() {
            let mut found = unwritten(&want);
            kernels::pointwise_map(cpu, &dense.layer(), [h, w], &pack(&map), &mut found);
            assert_channels(&found, &want, &format!("{cpu:?}"));
            let mut found = unwritten(&want_vector);
            let vector = lanes(&vector.clone().remove_axis(Axis(0)).remove_axis(Axis(0)));
            kernels::linear(cpu, &dense.layer(), &vector, &mut found);
            assert_channels(&found, &want_vector, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn through_pools(
        h in 2usize..20, w in 2usize..40, channels in 1usize..40, max: bool, seed: u64, strangers in strangers(),
    ) {
        let mut map = Numbers(seed).map([h, w], channels);
        put(&mut map, &strangers);
        let whole = if max { naive::max(&map) } else { naive::mean(&map) };
        let (kernel, stride) = ([2, 2], [1, 2]);
        let want = naive::pool(&map, kernel, stride, max);
        let output = [h - 1, (w - 2) / 2 + 1];
        let pool = kernels::WindowPool { input: [h, w], output, channels, kernel, stride, max };
        let packed = pack(&map);
        for level in levels::of_this_machine() {
            let mut found = vec![f32::NAN; padded(channels)];
            let run = if max { kernels::pool_max } else { kernels::pool_avg };
            run(level, [h, w], channels, &packed, &mut found);
            for (found, want) in found.iter().zip(&whole) {
                assert_close(*found, *want, &format!("{level:?}"));
            }
            let mut found = unwritten(&want);
            kernels::window_pool(level, &pool, &packed, &mut found);
            assert_channels(&found, &want, &format!("{level:?}"));
        }
    }
}

/// The steps that a level's own instructions decide, for the scalar level too.
#[test]
fn through_every_non_linearity_and_maximum() {
    let numbers: [f32; 16] = std::array::from_fn(|i| {
        [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            -f32::NAN,
            -4.0,
            0.5,
            8.0,
            0.0,
        ][i % 8]
    });
    let scalar = Level::Fallback(fearless_simd::Fallback::new());
    let (slope, offset) = (1.0 / 6.0, 0.5);
    let acts = [
        Act::Identity,
        Act::Relu,
        Act::Relu6,
        Act::HardSigmoid { slope, offset },
        Act::HardSwish { slope, offset },
    ];
    for level in levels::of_this_machine().into_iter().chain([scalar]) {
        for act in acts {
            let found: [f32; 16] = dispatch!(level, simd => {
                let mut tile = [[f32x16::from_slice(simd, &numbers)]];
                Epilogue::new(act, 0.0).apply(simd, &mut tile);
                tile[0][0].into()
            });
            for (x, found) in numbers.into_iter().zip(found) {
                assert_close(
                    found,
                    naive::act(act, f64::from(x)),
                    &format!("{level:?}: {act:?} of {x}"),
                );
            }
        }
        for other in numbers {
            let found: [f32; 16] = dispatch!(level, simd => {
                maximum(f32x16::from_slice(simd, &numbers), f32x16::splat(simd, other)).into()
            });
            for (x, found) in numbers.into_iter().zip(found) {
                let want = if x.is_nan() || other.is_nan() {
                    f32::NAN
                } else {
                    x.max(other)
                };
                assert_close(
                    found,
                    f64::from(want),
                    &format!("{level:?}: maximum of {x} and {other}"),
                );
            }
        }
    }
}

#[test]
fn a_score_without_number_leaves_no_probability() {
    for stranger in [f32::NAN, f32::INFINITY] {
        let mut scores = [0.5, stranger, -3.0];
        softmax(&mut scores);
        assert!(scores.iter().all(|score| score.is_nan()), "{scores:?}");
    }
    let mut scores = [0.5, f32::NEG_INFINITY, 0.5];
    softmax(&mut scores);
    assert_eq!(scores, [0.5, 0.0, 0.5]);
}

#[test]
fn sums_beyond_single_precision_are_infinite() {
    let window = Window {
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        pad_h: [1, 1],
        pad_w: [1, 1],
    };
    let dense = Numbers(3).dense(
        [3, 3],
        3,
        20,
        Act::HardSwish {
            slope: 1.0 / 6.0,
            offset: 0.5,
        },
    );
    let image = vec![f32::MAX; 9 * 30 * 3];
    for cpu in cpus() {
        let mut found = vec![0.0; 9 * 30 * padded(20)];
        let mut scratch = vec![f32::NAN; stem_scratch(30, &window, 3)];
        let (input, output) = ([9, 30], [9, 30]);
        let stem = kernels::Stem {
            dense: &dense.layer(),
            window,
            input,
            channels: 3,
            output,
        };
        kernels::stem(cpu, &stem, &image, &mut found, &mut scratch);
        let wanted: Vec<f64> = (0..20)
            .map(|out| dense.weights.index_axis(Axis(3), out).sum() * f64::from(f32::MAX))
            .collect();
        // A pixel inside, where the whole kernel lies on the image.
        for (c, want) in wanted.iter().enumerate() {
            let found = found[((4 * 2 + c / 16) * 30 + 14) * 16 + c % 16];
            match want {
                want if *want > f64::from(f32::MAX) => assert_eq!(found, f32::INFINITY, "{cpu:?}: channel {c}"),
                // Minus infinity times a gate of zero.
                want if *want < -f64::from(f32::MAX) => assert!(found.is_nan(), "{cpu:?}: channel {c}: {found}"),
                _ => {}
            }
        }
        assert!(
            wanted.iter().any(|x| x.abs() > f64::from(f32::MAX)),
            "some sums are beyond f32"
        );
    }
}
