use super::layers::{Numbers, assert_channels, assert_map, lanes, pack, unwritten};
use super::{any_act, cpus};
use crate::kernels::{self, DepthwiseLayer, GateForm, PixelShuffle, ResizePlan};
use crate::naive;
use mnv3_ir::{Act, Shape, Window, depthwise_scratch, resize_scratch};
use ndarray::{Array1, Array3};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_resize_gives_every_pixel_between_its_four_neighbours(
        from in (1usize..9, 1usize..20), to in (1usize..20, 1usize..40), channels in 1usize..40, seed: u64,
    ) {
        let (input, output) = ([from.0, from.1], [to.0, to.1]);
        let map = Numbers(seed).map(input, channels);
        let want = naive::resize(&map, output);
        let resize = ResizePlan { input, output, channels };
        for cpu in cpus() {
            let mut found = unwritten(&want);
            let mut scratch = vec![f32::NAN; resize_scratch(Shape { h: to.0, w: to.1, c: channels })];
            kernels::resize(cpu, &resize, &pack(&map), &mut found, &mut scratch);
            assert_map(&found, &want, Act::Identity, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn a_gate_multiplies_each_channel_by_a_sigmoid_and_a_sum_is_of_two_maps(
        size in (1usize..9, 1usize..20), channels in 1usize..40, steep in prop_oneof![Just(1.0), Just(90.0)], seed: u64,
    ) {
        let size = [size.0, size.1];
        let mut numbers = Numbers(seed);
        let (map, other) = (numbers.map(size, channels), numbers.map(size, channels));
        let vector: Array1<f64> = numbers.vector(channels).mapv(|x| f64::from((x * steep) as f32));
        let gated = naive::gate(&map, &vector);
        let sum = &map + &other;
        for cpu in cpus() {
            let mut found = unwritten(&gated);
            kernels::gate(cpu, GateForm::Sigmoid, size, channels, &pack(&map), &lanes(&vector), &mut found);
            assert_map(&found, &gated, Act::Identity, &format!("{cpu:?}"));
            let mut found = unwritten(&map);
            let scaled = Array3::from_shape_fn(map.dim(), |(y, x, c)| map[(y, x, c)] * vector[c]);
            kernels::gate(cpu, GateForm::Plain, size, channels, &pack(&map), &lanes(&vector), &mut found);
            assert_map(&found, &scaled, Act::Identity, &format!("{cpu:?}"));
            let mut found = unwritten(&sum);
            kernels::add(cpu, size[0], [&pack(&map), &pack(&other)], &mut found);
            assert_map(&found, &sum, Act::Identity, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn a_non_linearity_by_itself_is_that_of_each_number(
        size in (1usize..9, 1usize..20), channels in 1usize..40, act in any_act(), seed: u64,
        stranger in prop_oneof![Just(0.5), Just(f64::NAN), Just(f64::INFINITY)], at: prop::sample::Index,
    ) {
        let mut map = Numbers(seed).map([size.0, size.1], channels).mapv(|x| 8.0 * x);
        let len = map.len();
        map.as_slice_mut().unwrap()[at.index(len)] = stranger;
        let want = map.mapv(|x| naive::act(act, x));
        for cpu in cpus() {
            let mut found = unwritten(&want);
            kernels::activate(cpu, size.0, act, &pack(&map), &mut found);
            assert_channels(&found, &want, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn numbers_that_are_not_finite_go_through(
        from in (1usize..5, 1usize..9), to in (1usize..9, 1usize..9), channels in 1usize..20, seed: u64,
        stranger in prop_oneof![Just(f64::NAN), Just(f64::INFINITY)], at: prop::sample::Index,
    ) {
        let mut numbers = Numbers(seed);
        let mut map = numbers.map([from.0, from.1], channels);
        let len = map.len();
        map.as_slice_mut().unwrap()[at.index(len)] = stranger;
        let want = naive::resize(&map, [to.0, to.1]);
        let vector = numbers.vector(channels);
        let gated = naive::gate(&map, &vector);
        let resize = ResizePlan { input: [from.0, from.1], output: [to.0, to.1], channels };
        for cpu in cpus() {
            let mut found = unwritten(&want);
            let mut scratch = vec![f32::NAN; resize_scratch(Shape { h: to.0, w: to.1, c: channels })];
            kernels::resize(cpu, &resize, &pack(&map), &mut found, &mut scratch);
            assert_channels(&found, &want, &format!("{cpu:?}"));
            let mut found = unwritten(&gated);
            kernels::gate(cpu, GateForm::Sigmoid, [from.0, from.1], channels, &pack(&map), &lanes(&vector), &mut found);
            assert_channels(&found, &gated, &format!("{cpu:?}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_depthwise_convolution_by_itself_is_that_and_no_more(
        size in (1usize..12, 1usize..40), channels in 1usize..40, kernel in (1usize..6, 1usize..6),
        stride in (1usize..4, 1usize..4), dilation in (1usize..3, 1usize..3), act in any_act(), seed: u64,
    ) {
        let (size, kernel) = ([size.0, size.1], [kernel.0, kernel.1]);
        let reach = [dilation.0 * (kernel[0] - 1), dilation.1 * (kernel[1] - 1)];
        let window = Window {
            kernel,
            stride: [stride.0, stride.1],
            dilation: [dilation.0, dilation.1],
            pad_h: [reach[0] / 2, reach[0].div_ceil(2)],
            pad_w: [reach[1].div_ceil(2), reach[1] / 2],
        };
        let mut numbers = Numbers(seed);
        let layer = numbers.depthwise(channels, window, act);
        let map = numbers.map(size, channels);
        let want = layer.naive(&map);
        let output = window.output(size).unwrap();
        let (input, packed) = (pack(&map), layer.layer());
        let map = DepthwiseLayer { layer: &packed, input: size, output, channels };
        for cpu in cpus() {
            let mut found = unwritten(&want);
            let mut scratch = vec![f32::NAN; depthwise_scratch(Shape { h: size[0], w: size[1], c: channels }, &window)];
            kernels::depthwise_map(cpu, &map, &input, &mut found, &mut scratch);
            assert_map(&found, &want, act, &format!("{cpu:?}"));
        }
    }

    #[test]
    fn a_pixel_shuffle_makes_four_pixels_of_one(size in (1usize..6, 1usize..20), channels in 1usize..40, seed: u64) {
        let input = [size.0, size.1];
        let map = Numbers(seed).map(input, 4 * channels);
        let want = Array3::from_shape_fn((2 * size.0, 2 * size.1, channels), |(y, x, c)| {
            map[(y / 2, x / 2, 4 * c + 2 * (y % 2) + x % 2)]
        });
        let shuffle = PixelShuffle { input, channels };
        for cpu in cpus() {
            let mut found = unwritten(&want);
            kernels::pixel_shuffle(cpu, &shuffle, &pack(&map), &mut found);
            assert_map(&found, &want, Act::Identity, &format!("{cpu:?}"));
        }
    }
}

#[test]
fn a_resize_of_a_ramp_is_a_ramp_between_the_centres_of_its_ends() {
    // PyTorch: F.interpolate(torch.tensor([[[[0., 1.]]]]), (1, 4), mode="bilinear", align_corners=False)
    let want = [0.0, 0.25, 0.75, 1.0];
    let resize = ResizePlan {
        input: [1, 2],
        output: [1, 4],
        channels: 1,
    };
    let mut input = vec![0.0; 32];
    input[16] = 1.0;
    for cpu in cpus() {
        let (mut found, mut scratch) = (vec![f32::NAN; 64], vec![f32::NAN; 128]);
        kernels::resize(cpu, &resize, &input, &mut found, &mut scratch);
        assert_eq!([0, 16, 32, 48].map(|at| found[at]), want, "{cpu:?}");
    }
}
