use super::layers::{Numbers, assert_map, unwritten};
use super::{any_act, any_window, common_window, cpus};
use crate::kernels;
use crate::naive;
use mnv3_ir::{Act, Window, stem_scratch};
use proptest::prelude::*;

fn check(size: [usize; 2], window: Window, channels: usize, output: usize, act: Act, seed: u64) {
    let mut numbers = Numbers(seed);
    let image = numbers.map(size, channels);
    let dense = numbers.dense(window.kernel, channels, output, act);
    let want = naive::conv(&image, &dense.weights, &dense.bias, &window).mapv(|x| naive::act(act, x));
    let output_size = naive::output_size(size, &window);
    let packed: Vec<f32> = image.iter().map(|&x| x as f32).collect();
    for cpu in cpus() {
        let mut found = unwritten(&want);
        let mut scratch = vec![f32::NAN; stem_scratch(output_size[1], &window, channels)];
        let stem = kernels::Stem {
            dense: &dense.layer(),
            window,
            input: size,
            channels,
            output: output_size,
        };
        kernels::stem(cpu, &stem, &packed, &mut found, &mut scratch);
        assert_map(&found, &want, act, &format!("{cpu:?}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_stem_convolves_an_image_by_any_window(
        (size, window) in any_window(), channels in 1usize..5, output in 1usize..40, act in any_act(), seed: u64,
    ) {
        check(size, window, channels, output, act, seed);
    }

    #[test]
    fn the_stem_convolves_an_image_by_the_published_windows(
        (size, window) in common_window(), gray: bool, output in 1usize..40, act in any_act(), seed: u64,
    ) {
        check(size, window, if gray { 1 } else { 3 }, output, act, seed);
    }
}
