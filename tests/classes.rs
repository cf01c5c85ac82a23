//! Networks with the fewest and with the most classes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, Rgb, RgbImage};
use mnv3_testing::formula;

mnv3::mobilenet!("tests/specs/one-class.yaml");
mnv3::mobilenet!("tests/specs/many-classes.yaml");

macro_rules! network {
    ($network:ident) => {{
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        $network::from_safetensors(&formula::weights(tensors, 4.75).unwrap()).unwrap()
    }};
}

fn picture(step: u32) -> DynamicImage {
    RgbImage::from_fn(32, 32, |x, y| Rgb([(x * step) as u8, (y * step) as u8, (x * y) as u8])).into()
}

#[test]
fn the_probability_of_a_lone_class_is_the_sigmoid_of_its_score() {
    let network = network!(OneClass);
    let mut seen = Vec::new();
    for step in 1..8 {
        let picture = picture(step);
        let score = network.forward(OneClass::preprocess(&picture).unwrap().view()).unwrap()[0];
        let classes = network.classify(&picture, 5).unwrap();
        assert_eq!(classes.len(), 1);
        let want = 1.0 / (1.0 + (-f64::from(score)).exp());
        assert!((f64::from(classes[0].probability) - want).abs() < 1e-6);
        seen.push(classes[0].probability);
    }
    assert!(seen.windows(2).any(|two| two[0] != two[1]), "{seen:?}");
}

/// 64 kB hold a sixth of the scores.
const STACK: usize = 64 * 1024;

#[test]
fn a_hundred_thousand_scores_do_not_lie_on_the_stack() {
    assert!(ManyClasses::CLASSES * size_of::<f32>() > 6 * STACK);
    let network = network!(ManyClasses);
    let run = move || {
        let image = ManyClasses::preprocess(&picture(5)).unwrap();
        let scores = network.forward(image.view()).unwrap();
        assert_eq!(scores.len(), 100_000);
        assert!((scores.iter().map(|s| f64::from(*s)).sum::<f64>() - 1.0).abs() < 1e-3);
        let images = image.broadcast((3, 32, 32, 3)).unwrap();
        let batch = network.forward_batch(images).unwrap();
        assert!(batch.rows().into_iter().all(|row| row == scores));
        let best = network.classify(&picture(5), 2).unwrap();
        assert_eq!(best[0].probability, scores.iter().copied().fold(0.0, f32::max));
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    thread.unwrap().join().unwrap();
}
