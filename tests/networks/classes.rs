//! Networks with the fewest classes, with the most, with many at once, and with none.

use crate::compiled::{Embedding, Features, ManyClasses, ManyLabels, ManyLabelsModel, OneClass, Pets};
use image::{DynamicImage, Rgb, RgbImage};
use mnv3::ndarray;
use mnv3_testing::{Fixture, formula};

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

#[test]
fn labels_that_hold_at_once_have_a_probability_each() {
    let network = network!(ManyLabels);
    let picture = picture(3);
    let scores = network
        .forward(ManyLabels::preprocess(&picture).unwrap().view())
        .unwrap();
    let found = network.classify(&picture, 7).unwrap();
    assert_eq!(found.len(), ManyLabels::CLASSES);
    assert!(found.iter().all(|class| class.probability == scores[class.index]));
    let sum: f32 = scores.iter().sum();
    assert!((sum - 1.0).abs() > 0.1, "{scores}: these would be a softmax");
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    assert_eq!(
        <ManyLabelsModel as mnv3::Classifier>::ACTIVATION,
        mnv3::OutputActivation::Sigmoid
    );
}

#[test]
fn names_are_those_of_the_file_that_the_spec_names() {
    let network = network!(Pets);
    let found = network.classify(&picture(3), 3).unwrap();
    for class in found {
        assert_eq!(class.label, Some(["cat", "dog", "no animal"][class.index]));
        assert_eq!(class.label, Pets::label(class.index));
    }
    assert_eq!((Pets::label(3), ManyLabels::label(0)), (None, None));
}

/// The compiled network against the library's own numbers: mnv3-exec has the other levels.
macro_rules! embeds {
    ($network:ident, $fixture:literal) => {{
        let fixture = Fixture::read($fixture).unwrap();
        let network = $network::from_safetensors(&fixture.weights().unwrap()).unwrap();
        let (image, mut workspace) = (fixture.image(), $network::workspace());
        let mut embedding = [f32::NAN; $network::OUTPUT_LEN];
        network.forward_into(&mut workspace, image.as_slice().try_into().unwrap(), &mut embedding);
        let want = fixture.logits.unwrap();
        assert_eq!(embedding.len(), want.len());
        let largest = want.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        for (found, want) in embedding.iter().zip(&want) {
            assert!(
                (f64::from(*found) - want).abs() <= 1e-4 * largest,
                "{found}, not {want}"
            );
        }
        let image = ndarray::Array3::from_shape_vec($network::INPUT_SIZE, image).unwrap();
        assert_eq!(network.forward(image.view()).unwrap().as_slice().unwrap(), embedding);
        let short = network
            .forward_slice(&mut workspace, image.as_slice().unwrap(), &mut embedding[1..])
            .map(drop);
        let (want, found) = ($network::OUTPUT_LEN, $network::OUTPUT_LEN - 1);
        assert_eq!(short, Err(mnv3::LengthError::Output { want, found }));
    }};
}

#[test]
fn without_classes_the_answer_is_the_embedding_of_the_library() {
    embeds!(Embedding, "timm-small-050-embedding");
    embeds!(Features, "tv-small-035-pooled");
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
