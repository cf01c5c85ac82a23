//! Matrices in half precision: close to what the library computes in double precision.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_testing::{Fixture, levels};

mnv3::mobilenet!("specs/large.yaml");
mnv3::mobilenet!("tests/specs/large-f16.yaml");

/// Largest difference allowed, as a share of the largest logit. Halves have eleven bits: a weight is off by 1/4096 of
/// itself at most, and errors of many weights mostly cancel.
const TOLERANCE: f64 = 1e-3;

#[test]
fn scores_stay_within_a_thousandth_of_the_library_s_at_every_level() {
    // What torchvision's network answers, with a logit for every class.
    let fixture = Fixture::read("tv-large").unwrap();
    let (logits, bytes) = (fixture.logits.clone().unwrap(), fixture.weights().unwrap());
    assert_eq!(logits.len(), LargeF16::CLASSES);
    let largest = logits.iter().fold(0.0f64, |most, logit| most.max(logit.abs()));

    assert_eq!(LargeF16::TENSORS, MobileNetV3Large::TENSORS, "the same file");
    let image = fixture.image();
    let image = image.as_slice().try_into().unwrap();
    for level in levels::all() {
        let mut scores = [f32::NAN; LargeF16::CLASSES];
        LargeF16::from_safetensors(&bytes)
            .unwrap()
            .with_level(level)
            .forward_into(&mut LargeF16::workspace(), image, &mut scores);
        assert!(scores.iter().all(|score| score.is_finite()), "{level:?}");
        let difference = logits.iter().zip(scores).map(|(a, b)| (a - f64::from(b)).abs());
        let most = difference.fold(0.0, f64::max);
        assert!(most <= TOLERANCE * largest, "{level:?}: {most} of {largest}");
        assert!(most > 1e-5 * largest, "{level:?}: the matrices are in half precision");
    }
}
