//! Matrices in half precision and in int8: close to what the library computes in double precision.

use crate::compiled::{LargeF16, LargeI8, MobileNetV3Large};
use mnv3::Level;
use mnv3_testing::Fixture;

/// Largest difference allowed, as a share of the largest logit. Halves have eleven bits: a weight is off by 1/4096 of
/// itself at most, and errors of many weights mostly cancel.
const OF_F16: f64 = 1e-3;
/// In int8 a weight is off by 1/254 of its output's largest at most. Of these weights, evenly spread, that is an error of 0.4 %
/// (root mean square), 23 times what halves have.
const OF_INT8: f64 = 23.0 * OF_F16;

/// Asks for the scores of each level, and compares them with those that torchvision's network answers.
fn differences(scores: impl Fn(&[u8], &[f32], Level) -> Vec<f32>, most_allowed: f64) {
    let fixture = Fixture::read("tv-large").unwrap();
    let (logits, bytes) = (fixture.logits.clone().unwrap(), fixture.weights().unwrap());
    let largest = logits.iter().fold(0.0f64, |most, logit| most.max(logit.abs()));
    let image = fixture.image();
    for level in Level::available() {
        let scores = scores(&bytes, image.as_slice(), level);
        assert_eq!(scores.len(), logits.len());
        assert!(scores.iter().all(|score| score.is_finite()), "{level:?}");
        let difference = logits.iter().zip(scores).map(|(a, b)| (a - f64::from(b)).abs());
        let most = difference.fold(0.0, f64::max) / largest;
        println!("{level:?}: {most:.1e} of the largest");
        assert!(most <= most_allowed, "{level:?}: {most}");
        assert!(most > 1e-5, "{level:?}: the matrices are stored in fewer bits");
    }
}

/// The scores of a network at a level.
macro_rules! scores {
    ($network:ident) => {
        |bytes: &[u8], image: &[f32], level: Level| {
            assert_eq!($network::TENSORS, MobileNetV3Large::TENSORS, "the same file");
            let mut scores = vec![f32::NAN; $network::CLASSES];
            let network = $network::from_safetensors(bytes).unwrap().with_level(level).unwrap();
            let (image, scores_of) = (image.try_into().unwrap(), scores.as_mut_slice().try_into().unwrap());
            network.forward_into(&mut $network::workspace(), image, scores_of);
            scores
        }
    };
}

#[test]
fn scores_of_f16_stay_within_a_thousandth_of_the_library_s_at_every_level() {
    differences(scores!(LargeF16), OF_F16);
}

#[test]
fn scores_of_int8_stay_within_23_thousandths_of_the_library_s_at_every_level() {
    differences(scores!(LargeI8), OF_INT8);
}
