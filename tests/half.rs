//! Matrices in half precision: the same network, close to the one in single precision, in less memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod formula;
mod levels;

mnv3::mobilenet!("specs/large.yaml");
mnv3::mobilenet!("tests/specs/large-f16.yaml");

/// Largest difference allowed, as a share of the largest logit. Halves have eleven bits: a weight is off by 1/4096 of
/// itself at most, and errors of many weights mostly cancel.
const TOLERANCE: f32 = 1e-3;

#[test]
fn scores_stay_within_a_thousandth_at_every_level() {
    let tensors: Vec<_> = MobileNetV3Large::TENSORS
        .iter()
        .map(|t| (t.name.to_owned(), t.shape.to_vec()))
        .collect();
    let bytes = formula::weights(&tensors, 4.75).unwrap();
    let image = formula::image(224, 224, 3);
    let image = image.as_slice().try_into().unwrap();
    let mut whole = [0.0; MobileNetV3Large::CLASSES];
    MobileNetV3Large::from_safetensors(&bytes).unwrap().forward_into(
        &mut MobileNetV3Large::workspace(),
        image,
        &mut whole,
    );
    let largest = whole.iter().fold(0.0f32, |most, score| most.max(score.abs()));
    assert_eq!(LargeF16::TENSORS, MobileNetV3Large::TENSORS, "the same file");
    for level in levels::all() {
        let mut half = [f32::NAN; LargeF16::CLASSES];
        LargeF16::from_safetensors(&bytes)
            .unwrap()
            .with_level(level)
            .forward_into(&mut LargeF16::workspace(), image, &mut half);
        let difference = whole.iter().zip(half).map(|(a, b)| (a - b).abs());
        let most = difference.fold(0.0, f32::max);
        assert!(most <= TOLERANCE * largest, "{level:?}: {most} of {largest}");
        assert!(most > 1e-5 * largest, "{level:?}: the matrices are in half precision");
    }
}
