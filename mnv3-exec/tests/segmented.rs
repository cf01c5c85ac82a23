//! Networks that segment, compiled and by value: the same masks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, RgbImage};
use mnv3_codegen::Plan;
use mnv3_exec::{Exec, NotSegmenter, Segmenter};
use mnv3_segment::{Mask, MaskWorkspace};
use mnv3_testing::formula;

mnv3::mobilenet!("mnv3:mediapipe/selfie");
mnv3::mobilenet!("../tests/specs/segment.yaml");

macro_rules! same {
    ($network:ident, $spec:literal) => {
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        let weights = formula::weights(tensors, 4.0).unwrap();
        let compiled = $network::from_safetensors(&weights).unwrap();
        let network = mnv3_spec::load($spec, $spec.as_ref()).unwrap().network;
        let plan = Plan::new(&network);
        let exec = Exec::new(&plan, &weights).unwrap();
        let mut segmenter = Segmenter::new(&exec).unwrap();
        let noise = mnv3_testing::pictures::noise(90, 70);
        let picture = DynamicImage::from(RgbImage::from_raw(70, 90, noise).unwrap());
        segmenter.look(&picture).unwrap();
        assert_eq!(segmenter.mask(), compiled.segment(&picture).unwrap());
        assert_eq!(segmenter.alpha(1).unwrap(), compiled.alpha(&picture, 1).unwrap());
        let input = $network::preprocess(&picture).unwrap();
        let mut workspace = exec.workspace();
        exec.forward_into(&mut workspace, input.as_slice().unwrap(), &mut [])
            .unwrap();
        let logits = exec.map(&workspace, "logits").unwrap();
        let mut mask = Mask::new([90, 70]);
        mask.fill(
            logits,
            &mut MaskWorkspace::new([network.input.h, network.input.w], $network::CLASSES),
        );
        assert_eq!(segmenter.mask(), mask, "made of the map before, to the same bits");
        let logits = logits.to_array();
        assert_eq!(logits, compiled.forward(input.view()).unwrap());
        let spread = logits
            .iter()
            .fold([f32::MAX, f32::MIN], |[least, most], x| [least.min(*x), most.max(*x)]);
        assert!(spread[1] - spread[0] > 0.1, "{spread:?}");
        assert!(segmenter.look(&DynamicImage::new_rgb8(0, 3)).is_err());
    };
}

#[test]
fn a_decoder_gives_the_same_compiled_and_by_value() {
    same!(MediapipeSelfie, "mnv3:mediapipe/selfie");
}

#[test]
fn lraspp_gives_the_same_compiled_and_by_value() {
    same!(SmallSegment, "../tests/specs/segment.yaml");
}

#[test]
fn a_network_that_classifies_is_refused() {
    let network = mnv3_spec::load("mnv3:torchvision/small-0.35", "".as_ref())
        .unwrap()
        .network;
    let plan = Plan::new(&network);
    let weights = mnv3_testing::Weights::of(&network, 4.0).file().unwrap();
    let exec = Exec::new(&plan, &weights).unwrap();
    assert_eq!(Segmenter::new(&exec).err(), Some(NotSegmenter::NoHead));
}
