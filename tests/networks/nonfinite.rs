//! An image with a number that is not finite has no plausible scores, and leaves nothing behind in the workspace.

use crate::compiled::{Grey, MobileNetV3Small, PaddleOcrDirection, TextDirection, TimmTfSmallMinimal};
use mnv3::{Level, Threads};
use mnv3_testing::formula;

/// What a network answers to an image, at one level, on one thread or three.
macro_rules! check {
    ($network:ident) => {{
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        let bytes = formula::weights(tensors, 4.75).unwrap();
        let [h, w, c] = $network::INPUT_SIZE;
        let image = formula::image(h, w, c);
        let places = [
            0,
            image.len() / 2 + c * (w / 2),
            image.len() - 1 - c * (w + 1),
            c * (w - 3) + 1,
        ];
        for level in Level::available() {
            let network = $network::from_safetensors(&bytes).unwrap().with_level(level).unwrap();
            let threads = network.clone().with_threads(Threads::new(3).unwrap());
            let mut workspace = $network::workspace();
            let mut run = |network: &$network, image: &[f32]| {
                let mut scores = [0.0; $network::CLASSES];
                network.forward_into(&mut workspace, image.try_into().unwrap(), &mut scores);
                scores
            };
            let ordinary = run(&network, &image);
            assert!(ordinary.iter().all(|score| score.is_finite()));
            for place in places {
                let mut with = |number: f32, network: &$network| {
                    let mut image = image.clone();
                    image[place] = number;
                    run(network, &image)
                };
                for network in [&network, &threads] {
                    let scores = with(f32::NAN, network);
                    assert!(
                        scores.iter().all(|s| s.is_nan()),
                        "{level:?}: NaN at {place}: {:?}",
                        &scores[..2]
                    );
                    for number in [f32::INFINITY, f32::NEG_INFINITY] {
                        let scores = with(number, network);
                        let none = scores.iter().all(|s| !s.is_finite());
                        assert!(none, "{level:?}: {number} at {place}: {:?}", &scores[..2]);
                    }
                }
                assert_eq!(run(&network, &image), ordinary, "{level:?}: the next image");
            }
            let scores = run(&network, &vec![f32::MAX; image.len()]);
            assert!(
                scores.iter().all(|s| !s.is_finite()),
                "{level:?}: overflow: {:?}",
                &scores[..2]
            );
            assert_eq!(run(&network, &image), ordinary, "{level:?}: the next image");
        }
    }};
}

#[test]
fn small_answers_nothing() {
    check!(MobileNetV3Small);
}

#[test]
fn a_network_with_softmax_answers_nothing() {
    check!(TextDirection);
}

#[test]
fn a_network_of_relu_answers_nothing() {
    check!(TimmTfSmallMinimal);
}

#[test]
fn a_network_with_window_pools_answers_nothing() {
    check!(PaddleOcrDirection);
}

#[test]
fn a_grey_network_answers_nothing() {
    check!(Grey);
}
