use super::layers::{Numbers, assert_close, pack};
use super::levels;
use crate::kernels;
use crate::layer::padded;
use crate::naive;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pools_give_the_mean_and_the_maximum_of_every_channel(
        h in 1usize..9, w in 1usize..20, channels in 1usize..70, seed: u64,
    ) {
        let map = Numbers(seed).map([h, w], channels);
        let packed = pack(&map);
        for level in levels() {
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
}
