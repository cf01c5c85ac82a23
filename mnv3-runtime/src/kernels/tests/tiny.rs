//! Layers whose numbers are tiny: what they hand on is never subnormal, and right to 2^-120 for each term.

use super::block::{self, Case};
use super::layers::{Dense, Numbers, lanes, pack};
use super::{any_act, common_window, cpus};
use crate::kernels;
use mnv3_ir::{LANES, padded, stem_scratch};
use ndarray::Axis;
use proptest::prelude::*;

fn assert_none_subnormal(found: &[f32], label: &str) {
    let subnormal: Vec<&f32> = found.iter().filter(|x| x.is_subnormal()).collect();
    assert!(
        subnormal.is_empty(),
        "{label}: {} of {}: {:e}",
        subnormal.len(),
        found.len(),
        subnormal[0]
    );
}

/// Powers of ten over all that single precision has, one for a whole layer or map.
fn exponent() -> impl Strategy<Value = i32> {
    -44..1i32
}

/// Every number of a layer times a power of ten, flushed as folding does.
fn shrink(dense: Dense, exponent: i32) -> Dense {
    dense.scaled(10f64.powi(exponent))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn linear_layers_and_pointwise_ones(
        w in 1usize..30, input in 1usize..70, output in 1usize..70, act in any_act(), seed: u64,
        numbers_at in exponent(), weights_at in exponent(),
    ) {
        let mut numbers = Numbers(seed);
        // What kernels are given is normal or zero.
        let map = numbers.map([1, w], input).mapv(|x| f64::from(kernels::underflow::settled_number((x * 10f64.powi(numbers_at)) as f32)));
        let dense = shrink(numbers.dense([1, 1], input, output, act), weights_at);
        let want = dense.naive(&map);
        for cpu in cpus() {
            let mut found = vec![f32::NAN; w * padded(output)];
            kernels::pointwise_map(cpu, &dense.layer(), [1, w], &pack(&map), &mut found);
            assert_none_subnormal(&found, &format!("{cpu:?}"));
            for ((_, x, c), want) in want.indexed_iter() {
                let found = f64::from(found[(c / LANES * w + x) * LANES + c % LANES]);
                let allowed = 1e-5 * want.abs() + input as f64 * (2f64.powi(-119) + 1e-6 * 10f64.powi(weights_at) * (1.0 + 10f64.powi(numbers_at)));
                prop_assert!((found - want).abs() <= allowed, "{:?}: {:e}, not {:e}", cpu, found, want);
            }
            let vector = map.index_axis(Axis(0), 0).index_axis(Axis(0), 0).to_owned();
            let mut found = vec![f32::NAN; padded(output)];
            kernels::linear(cpu, &dense.layer(), &lanes(&vector), &mut found);
            assert_none_subnormal(&found, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn stems_of_any_image(
        (size, window) in common_window(), gray: bool, output in 1usize..40, act in any_act(), seed: u64,
        image_at in exponent(), weights_at in exponent(),
    ) {
        let mut numbers = Numbers(seed);
        let channels = if gray { 1 } else { 3 };
        let image: Vec<f32> = numbers.map(size, channels).iter().map(|x| (x * 10f64.powi(image_at)) as f32).collect();
        let dense = shrink(numbers.dense(window.kernel, channels, output, act), weights_at);
        let to = crate::naive::output_size(size, &window);
        for cpu in cpus() {
            let mut found = vec![f32::NAN; to[0] * to[1] * padded(output)];
            let mut scratch = vec![f32::NAN; stem_scratch(to[1], &window, channels)];
            let stem = kernels::Stem { dense: &dense.layer(), window, input: size, channels, output: to };
            kernels::stem(cpu, &stem, &image, &mut found, &mut scratch);
            assert_none_subnormal(&found, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn blocks((size, window) in common_window(), form in block::any_form(), seed: u64, input_at in exponent(), weights_at in exponent()) {
        let mut case = Case::new(size, window, form, seed);
        case.shrink(10f64.powi(weights_at));
        case.input.mapv_inplace(|x| f64::from(kernels::underflow::settled_number((x * 10f64.powi(input_at)) as f32)));
        for cpu in cpus() {
            // An input added to the output is the one thing that can leave a subnormal number, by chance.
            if case.added.is_none() {
                assert_none_subnormal(&case.run(cpu), &format!("{cpu:?}"));
            }
        }
    }
}
