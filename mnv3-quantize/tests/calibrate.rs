//! What a calibration finds, and what it refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_quantize::{Agreement, Calibration, CalibrationError, Float, Options, Simulation, Value, calibrate};
use mnv3_spec::graph::Graph;
use mnv3_spec::{Network, Tensor};
use mnv3_testing::{Weights, formula};

fn network() -> Network {
    let spec = "{ name: Tiny, dialect: torchvision, input: { size: [16, 16], channels: 3 },
        stem: { k: 3, out: 16, nl: HS, s: 2 }, bottlenecks: [
            { k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }, { k: 3, exp: 24, out: 16, se: false, nl: HS, s: 1 },
            { k: 5, exp: 32, out: 24, se: true, nl: HS, s: 2 }],
        last: { out: 32, nl: HS }, head: { pool: avg, hidden: none, classes: 5 } }";
    mnv3_spec::parse("tiny.yaml", spec).unwrap()
}

/// Parts of one large image of the formula, so that each is another.
fn images(count: usize) -> Vec<Vec<f32>> {
    let all = formula::image(16 * count, 16, 3);
    all.chunks_exact(16 * 16 * 3).map(<[f32]>::to_vec).collect()
}

fn quiet(_: mnv3_quantize::Pass) {}

fn simulation<'g, 'n>(graph: &'g Graph<'n>, weights: &Weights, found: &Calibration) -> Simulation<'g, 'n> {
    let corrected = |wanted: &Tensor| found.corrected(wanted).unwrap_or_else(|| weights.numbers(wanted));
    Simulation::new(graph, &corrected, found.scales.clone()).unwrap()
}

#[test]
fn the_mean_of_each_score_is_that_of_single_precision_once_biases_are_corrected() {
    let network = network();
    let (graph, weights, images) = (network.graph(), Weights::of(&network, 4.75), images(40));
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let float = Float::new(&graph, &tensor);
    let scores = graph.outputs[0].value;
    let mean = |of: &dyn Fn(&[f32]) -> Vec<f32>| {
        let mut means = [0.0; 5];
        for image in &images {
            of(image)
                .iter()
                .zip(&mut means)
                .for_each(|(x, mean)| *mean += f64::from(*x) / 40.0);
        }
        means
    };
    let wanted = mean(&|image| float.run(image).remove(&scores).unwrap());
    let worst = |correct: bool| {
        let options = Options {
            correct,
            ..Options::default()
        };
        let found = calibrate(&graph, &tensor, &images, options, &quiet).unwrap();
        let simulation = simulation(&graph, &weights, &found);
        let is = mean(&|image| match simulation.run(image).remove(&scores) {
            Some(Value::Floats(floats)) => floats,
            other => panic!("scores are {other:?}"),
        });
        is.iter()
            .zip(&wanted)
            .fold(0.0f64, |most, (a, b)| most.max((a - b).abs()))
    };
    // The last layer is corrected with all before it in eight bits, and nothing comes after it.
    assert!(worst(true) < 1e-6, "{}", worst(true));
    assert!(worst(false) > 1e-4, "{}", worst(false));
}

#[test]
fn eight_bits_are_close_and_the_same_images_give_the_same_bits() {
    let network = network();
    let (graph, weights, images) = (network.graph(), Weights::of(&network, 4.75), images(40));
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let found = calibrate(&graph, &tensor, &images[..30], Options::default(), &quiet).unwrap();
    let again = calibrate(&graph, &tensor, &images[..30], Options::default(), &quiet).unwrap();
    assert_eq!(found.scales.tensors(&graph), again.scales.tensors(&graph));
    assert_eq!(found.corrections, again.corrections);
    let float = Float::new(&graph, &tensor);
    let agreement = Agreement::of(
        &graph,
        &float,
        &simulation(&graph, &weights, &found),
        &images[30..],
        &|| {},
    );
    // 256 steps of each number of each value: an error of some hundredths of the spread.
    assert!(agreement.error < 0.1, "{agreement:?}");
}

#[test]
fn without_images_there_is_nothing_to_find() {
    let network = network();
    let weights = Weights::of(&network, 4.75);
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let refused = calibrate(&network.graph(), &tensor, &[], Options::default(), &quiet);
    assert_eq!(refused.unwrap_err(), CalibrationError::NoImages);
}

#[test]
fn what_is_not_finite_is_named_with_its_image() {
    let network = network();
    let (graph, weights) = (network.graph(), Weights::of(&network, 4.75));
    let mut images = images(3);
    // Finite weights whose sums are not.
    let tensor = |tensor: &Tensor| {
        let huge = if tensor.name == "features.2.block.0.0.weight" {
            1e38
        } else {
            1.0
        };
        weights.numbers(tensor).into_iter().map(|x| x * huge).collect()
    };
    let refused = calibrate(&graph, &tensor, &images, Options::default(), &quiet).unwrap_err();
    let name = "bottleneck 2 expand".to_owned();
    assert_eq!(refused, CalibrationError::NotFinite { name, image: 0 });
    images[2][7] = f32::NAN;
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let refused = calibrate(&graph, &tensor, &images, Options::default(), &quiet).unwrap_err();
    let name = "the image".to_owned();
    assert_eq!(refused, CalibrationError::NotFinite { name, image: 2 });
}

#[test]
fn a_dead_channel_has_the_scale_of_the_widest_and_black_images_are_calibrated_with() {
    let network = network();
    let (graph, weights) = (network.graph(), Weights::of(&network, 4.75));
    // Nothing comes out of channel 3 of the first expansion.
    let tensor = |tensor: &Tensor| {
        let mut numbers = weights.numbers(tensor);
        if ["features.2.block.0.1.weight", "features.2.block.0.1.bias"].contains(&tensor.name.as_str()) {
            numbers[3] = 0.0;
        }
        numbers
    };
    let expand = graph
        .points()
        .into_iter()
        .find(|point| point.name == "bottleneck_2.expand")
        .unwrap()
        .value;
    let options = Options {
        correct: false,
        ..Options::default()
    };
    let found = calibrate(&graph, &tensor, &images(4), options, &quiet).unwrap();
    let scale = &found.scales.of[&expand].scale;
    let widest = scale.iter().copied().fold(0.0, f32::max);
    assert_eq!(scale[3], widest);

    let black = vec![vec![-2.0; 16 * 16 * 3]; 2];
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let found = calibrate(&graph, &tensor, &black, Options::default(), &quiet).unwrap();
    assert_eq!(found.scales.problems(&graph), []);
    let float = Float::new(&graph, &tensor);
    let agreement = Agreement::of(&graph, &float, &simulation(&graph, &weights, &found), &black, &|| {});
    assert_eq!(agreement.same_class, Some(2));
}
