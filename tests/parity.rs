//! Every network against the library that it comes from: tensor names and shapes, parameters, the output of every
//! block at a few positions, and the scores. `tests/fixtures` holds what the libraries said, in float64.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3::{Level, MapView, Tensor};
use mnv3_testing::{formula, levels};
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest difference allowed, as a share of the largest value: right float32 implementations stay under 2e-5, the
/// smallest plausible mistake is at 1e-2.
const TOLERANCE: f64 = 1e-4;

/// What a run showed: values of taps by name, then scores.
struct Run {
    taps: BTreeMap<String, Vec<f64>>,
    scores: Vec<f64>,
}

/// Collects the fixture's positions of every map.
struct Taps<'f> {
    fixture: &'f Value,
    seen: BTreeMap<String, Vec<f64>>,
}

impl Taps<'_> {
    fn look(&mut self, name: &str, map: MapView<'_>) {
        let Some(positions) = self.fixture["taps"][name].as_array() else {
            return;
        };
        let index = |v: &Value| usize::try_from(v.as_u64().unwrap()).unwrap();
        let value = |p: &Value| f64::from(map.get(index(&p[0]), index(&p[1]), index(&p[2])).unwrap());
        self.seen.insert(name.to_owned(), positions.iter().map(value).collect());
    }
}

fn floats(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Panics with the first place where two lists differ by more than the tolerance.
fn compare(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}: number of values");
    let largest = theirs.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let difference = (a - b).abs();
        assert!(
            difference <= TOLERANCE * largest,
            "{what}: value {i} is {a}, the library's {b}, largest {largest}"
        );
    }
}

fn check(
    fixture: &Value,
    tensors: &[Tensor],
    parameters: u64,
    run: impl Fn(&[u8], &[f32], Level, &mut Taps<'_>) -> Vec<f32>,
) {
    let mut ours: Vec<(String, Vec<usize>)> = tensors.iter().map(|t| (t.name.to_owned(), t.shape.to_vec())).collect();
    let mut theirs: Vec<(String, Vec<usize>)> = serde_json::from_value(fixture["tensors"].clone()).unwrap();
    let image: Vec<usize> = serde_json::from_value(fixture["input"].clone()).unwrap();
    let wanted = theirs.iter().map(|(name, shape)| (name.as_str(), shape.as_slice()));
    let bytes = formula::weights(wanted, fixture["gain"].as_f64().unwrap()).unwrap();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs, "names and shapes of tensors");
    let counted = match fixture["parameters_counted"].as_str().unwrap() {
        "trainable" => parameters,
        "all" => tensors.iter().map(|t| t.shape.iter().product::<usize>() as u64).sum(),
        other => panic!("parameters counted as {other}"),
    };
    assert_eq!(Some(counted), fixture["parameters"].as_u64(), "parameters");
    for level in levels_of(fixture) {
        let mut taps = Taps {
            fixture,
            seen: BTreeMap::new(),
        };
        let scores = run(&bytes, &formula::image(image[0], image[1], image[2]), level, &mut taps);
        let scores = scores.into_iter().map(f64::from).collect();
        verify(
            fixture,
            &Run {
                taps: taps.seen,
                scores,
            },
        );
    }
}

fn verify(fixture: &Value, run: &Run) {
    for (name, positions) in fixture["taps"].as_object().unwrap() {
        let theirs: Vec<f64> = positions
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p[3].as_f64().unwrap())
            .collect();
        compare(
            name,
            run.taps.get(name).unwrap_or_else(|| panic!("no map is called {name}")),
            &theirs,
        );
    }
    let every = usize::try_from(fixture["logits_every"].as_u64().unwrap()).unwrap();
    let scores: Vec<f64> = run.scores.iter().copied().step_by(every).collect();
    if fixture["softmax"].as_bool().unwrap() {
        let logs: Vec<f64> = scores.iter().map(|p| p.ln()).collect();
        compare(
            "logarithms of probabilities",
            &logs,
            &floats(&fixture["log_probabilities"]),
        );
        let sum: f64 = run.scores.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "probabilities sum to {sum}");
    } else {
        compare("logits", &scores, &floats(&fixture["logits"]));
    }
}

/// Every level of this machine; for variants of a network, the best one.
fn levels_of(fixture: &Value) -> Vec<Level> {
    match fixture["network"].as_str() {
        Some("tv-large" | "tv-small" | "tf2-large" | "tf2-small" | "ocr") => levels::all(),
        _ => vec![Level::new()],
    }
}

macro_rules! parity {
    ($($test:ident: $spec:literal is $network:ident, by $fixture:literal;)*) => {$(
        mnv3::mobilenet!($spec);

        #[test]
        fn $test() {
            let fixture: Value = serde_json::from_str(include_str!(concat!("fixtures/", $fixture, ".json"))).unwrap();
            check(&fixture, $network::TENSORS, $network::PARAMETERS, |bytes, image, level, taps| {
                let network = $network::from_safetensors(bytes).unwrap().with_level(level);
                let mut scores = [0.0; $network::CLASSES];
                let mut look = |name: &str, map: MapView<'_>| taps.look(name, map);
                let image = image.try_into().unwrap();
                network.forward_observed(&mut $network::workspace(), image, &mut scores, &mut look);
                scores.to_vec()
            });
        }
    )*};
}

parity! {
    torchvision_large: "specs/large.yaml" is MobileNetV3Large, by "tv-large";
    torchvision_small: "specs/small.yaml" is MobileNetV3Small, by "tv-small";
    tf2_large: "specs/tf2-large.yaml" is Tf2MobileNetV3Large, by "tf2-large";
    tf2_small: "specs/tf2-small.yaml" is Tf2MobileNetV3Small, by "tf2-small";
    torchvision_large_075: "specs/torchvision/large-0.75.yaml" is TorchvisionLarge075, by "tv-large-075";
    torchvision_small_075: "specs/torchvision/small-0.75.yaml" is TorchvisionSmall075, by "tv-small-075";
    torchvision_small_050: "specs/torchvision/small-0.5.yaml" is TorchvisionSmall050, by "tv-small-050";
    torchvision_small_035: "specs/torchvision/small-0.35.yaml" is TorchvisionSmall035, by "tv-small-035";
    torchvision_large_reduced_tail: "specs/torchvision/large-reduced-tail.yaml" is TorchvisionLargeReducedTail, by "tv-large-reduced";
    torchvision_small_reduced_tail: "specs/torchvision/small-reduced-tail.yaml" is TorchvisionSmallReducedTail, by "tv-small-reduced";
    torchvision_large_dilated: "specs/torchvision/large-dilated.yaml" is TorchvisionLargeDilated, by "tv-large-dilated";
    torchvision_small_dilated: "specs/torchvision/small-dilated.yaml" is TorchvisionSmallDilated, by "tv-small-dilated";
    timm_large_100: "specs/timm/large-1.0.yaml" is TimmLarge100, by "timm-large-100";
    timm_large_075: "specs/timm/large-0.75.yaml" is TimmLarge075, by "timm-large-075";
    timm_large_150d: "specs/timm/large-1.5-deep.yaml" is TimmLarge150d, by "timm-large-150d";
    timm_rw: "specs/timm/rw.yaml" is TimmRw, by "timm-rw";
    timm_large_21k: "specs/timm/large-21k.yaml" is TimmLarge21k, by "timm-large-100-21k";
    timm_small_100: "specs/timm/small-1.0.yaml" is TimmSmall100, by "timm-small-100";
    timm_small_075: "specs/timm/small-0.75.yaml" is TimmSmall075, by "timm-small-075";
    timm_small_050: "specs/timm/small-0.5.yaml" is TimmSmall050, by "timm-small-050";
    timm_tf_large_100: "specs/timm-tf/large-1.0.yaml" is TimmTfLarge100, by "timm-tf-large-100";
    timm_tf_large_075: "specs/timm-tf/large-0.75.yaml" is TimmTfLarge075, by "timm-tf-large-075";
    timm_tf_large_minimal: "specs/timm-tf/large-minimal.yaml" is TimmTfLargeMinimal, by "timm-tf-large-minimal-100";
    keras_large_100: "specs/keras/large-1.0.yaml" is KerasLarge100, by "keras-large-100";
    keras_large_075: "specs/keras/large-0.75.yaml" is KerasLarge075, by "keras-large-075";
    keras_large_minimalistic: "specs/keras/large-minimalistic.yaml" is KerasLargeMinimalistic, by "keras-large-minimalistic";
    timm_tf_small_100: "specs/timm-tf/small-1.0.yaml" is TimmTfSmall100, by "timm-tf-small-100";
    timm_tf_small_075: "specs/timm-tf/small-0.75.yaml" is TimmTfSmall075, by "timm-tf-small-075";
    timm_tf_small_minimal: "specs/timm-tf/small-minimal.yaml" is TimmTfSmallMinimal, by "timm-tf-small-minimal-100";
    keras_small_100: "specs/keras/small-1.0.yaml" is KerasSmall100, by "keras-small-100";
    keras_small_075: "specs/keras/small-0.75.yaml" is KerasSmall075, by "keras-small-075";
    keras_small_minimalistic: "specs/keras/small-minimalistic.yaml" is KerasSmallMinimalistic, by "keras-small-minimalistic";
    ocr_backbone: "specs/ocr-backbone.yaml" is OcrBackbone, by "ocr";
}
