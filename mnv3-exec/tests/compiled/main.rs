//! A plan run by value gives what the compiled network gives, to the bit: scores, every map that is shown, and taps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

mod by_value;
mod generated;

use by_value::{network, weights};
use mnv3_codegen::Plan;
use mnv3_exec::{Exec, LengthError};

/// Compares a network that the macro compiles with the same run by value, at every level. `with` its maps: taps in the
/// order of the blocks, and of one without a head `features`, after which its calls take no scores.
macro_rules! agrees {
    ($($test:ident: $name:ident of $spec:literal, with [$($map:ident),*] $(, $head:ident)?;)*) => {$(
        #[test]
        fn $test() {
            mnv3::mobilenet!($spec);
            let network = $crate::by_value::network($spec);
            let weights = $crate::by_value::weights(&network);
            let [h, w, c] = $name::INPUT_SIZE;
            let image = mnv3_testing::formula::image(h, w, c);
            for level in mnv3::Level::available() {
                let compiled = $name::from_safetensors(&weights).unwrap().with_level(level).unwrap();
                let mut workspace = $name::workspace();
                let mut shown = $crate::by_value::Shown::new();
                let mut observer =
                    |name: &'static str, map: mnv3::MapView<'_>| shown.push((name.to_owned(), $crate::by_value::bits(&map)));
                let image = image.as_slice().try_into().unwrap();
                let (_maps, scores) = $crate::run!(compiled, &mut workspace, image, &mut observer, $name $(, $head)?);
                $(shown.push((stringify!($map).to_owned(), $crate::by_value::bits(&_maps.$map.view())));)*
                shown.push(("scores".to_owned(), scores));
                assert_eq!($crate::by_value::by_value(&network, &weights, level), shown, "{level:?}");
            }
        }
    )*};
}

/// Maps and scores or embedding of a compiled network; of one without a head no scores.
macro_rules! run {
    ($network:expr, $workspace:expr, $image:expr, $observer:expr, $name:ident) => {{
        let mut scores = [f32::NAN; $name::OUTPUT_LEN];
        let maps = $network.forward_observed($workspace, $image, &mut scores, $observer);
        (maps, scores.iter().map(|score| score.to_bits()).collect())
    }};
    ($network:expr, $workspace:expr, $image:expr, $observer:expr, $name:ident, headless) => {
        ($network.forward_observed($workspace, $image, $observer), Vec::new())
    };
}

pub(crate) use {agrees, run};

agrees! {
    a_published_network: MobileNetV3Small of "mnv3:small", with [];
    one_with_an_expansion_in_every_block_and_biases: Tf2MobileNetV3Small of "mnv3:tf2-small", with [];
    narrow_maps_of_grey_images: TextDirection of "mnv3:text-direction", with [];
    matrices_in_half_precision: SmallF16 of "../tests/specs/small-f16.yaml", with [];
    matrices_in_int8: SmallI8 of "../tests/specs/small-i8.yaml", with [];
    eight_bits: SmallInt8 of "../tests/specs/small-int8.yaml", with [];
    tapped_blocks: LargeWithTaps of "../tests/specs/taps.yaml", with [c3, c4];
    windows_before_the_global_pool: PaddleOcrDirection of "mnv3:paddle/ocr-direction", with [];
    a_backbone_gives_its_taps_and_its_last_map: Backbone of "../tests/specs/backbone.yaml", with [c2, c3, again, features], headless;
    a_head_that_segments: SmallSegment of "../tests/specs/segment.yaml", with [low, late, logits], headless;
}

#[test]
fn slices_of_another_length_are_refused() {
    let network = network("mnv3:text-direction");
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &weights(&network)).unwrap();
    let (mut workspace, image) = (exec.workspace(), vec![0.0; exec.image_len()]);
    let mut scores = vec![0.0; exec.output_len()];
    assert_eq!(
        exec.forward_into(&mut workspace, &image[1..], &mut scores),
        Err(LengthError::Image {
            want: exec.image_len(),
            found: exec.image_len() - 1
        })
    );
    scores.push(0.0);
    let refused = exec.forward_into(&mut workspace, &image, &mut scores).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there is room for an answer of 3 numbers, the network gives 2"
    );
}
