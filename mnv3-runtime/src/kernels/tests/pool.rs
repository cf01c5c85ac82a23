use super::layers::{Numbers, assert_close, assert_map, pack, unwritten};
use crate::kernels;
use crate::naive;
use mnv3_ir::{Act, padded};
use mnv3_testing::levels;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pools_give_the_mean_and_the_maximum_of_every_channel(
        h in 1usize..9, w in 1usize..20, channels in 1usize..70, seed: u64,
    ) {
        let map = Numbers(seed).map([h, w], channels);
        let packed = pack(&map);
        for level in levels::of_this_machine() {
            let mut found = vec![f32::NAN; padded(channels)];
            kernels::pool_avg(level, [h, w], channels, &packed, &mut found);
            for (c, &want) in naive::mean(&map).iter().enumerate() {
                assert_close(found[c], want, &format!("{level:?}: mean of channel {c}"));
            }
            found.fill(f32::NAN);
            kernels::pool_max(level, [h, w], channels, &packed, &mut found);
            for (c, &want) in naive::max(&map).iter().enumerate() {
                prop_assert_eq!(f64::from(found[c]), want, "{:?}: maximum of channel {}", level, c);
            }
            prop_assert!(found[channels..].iter().all(|&lane| lane == 0.0));
        }
    }

    #[test]
    fn window_pools_do_so_for_every_window(
        out in (1usize..5, 1usize..9), kernel in (1usize..5, 1usize..5), stride in (1usize..4, 1usize..4),
        rest in (0usize..3, 0usize..3), channels in 1usize..40, max: bool, seed: u64,
    ) {
        // A rest shorter than the stride fills no window, and is left out.
        let size = |out: usize, kernel: usize, stride: usize, rest: usize| (out - 1) * stride + kernel + rest.min(stride - 1);
        let input = [size(out.0, kernel.0, stride.0, rest.0), size(out.1, kernel.1, stride.1, rest.1)];
        let map = Numbers(seed).map(input, channels);
        let want = naive::pool(&map, [kernel.0, kernel.1], [stride.0, stride.1], max);
        let pool = kernels::WindowPool {
            input,
            output: [out.0, out.1],
            channels,
            kernel: [kernel.0, kernel.1],
            stride: [stride.0, stride.1],
            max,
        };
        for level in levels::of_this_machine() {
            let mut found = unwritten(&want);
            kernels::window_pool(level, &pool, &pack(&map), &mut found);
            assert_map(&found, &want, Act::Identity, &format!("{level:?}"));
        }
    }
}
