//! Weights of colour images for grey ones, and scores of other classes.

use crate::network::{HEAD, ROWS};
use mnv3_codegen::Plan;
use mnv3_convert::{Checkpoint, ConvertError, ConvertOptions, check, read};
use mnv3_exec::Exec;
use mnv3_spec::Network;

fn spec(dialect: &str, channels: usize, classes: usize) -> Network {
    let text = format!("dialect: {dialect}{ROWS}{HEAD}")
        .replace("channels: 3", &format!("channels: {channels}"))
        .replace("classes: 10", &format!("classes: {classes}"));
    mnv3_spec::parse("tiny.yaml", &text).unwrap()
}

/// A file of the network for colours and ten classes.
fn colour(dialect: &str) -> Vec<u8> {
    let network = spec(dialect, 3, 10);
    let layers = network.layers();
    let tensors = layers.iter().flat_map(|layer| layer.iter());
    mnv3_testing::formula::weights(tensors.map(|t| (t.name.as_str(), t.shape.as_slice())), 4.0).unwrap()
}

fn scores(network: &Network, checkpoint: &Checkpoint<'_>, image: &[f32]) -> Vec<f32> {
    let report = check(network, checkpoint).unwrap();
    assert!(report.fits() && report.extra.is_empty(), "{report}");
    let plan = Plan::new(network);
    let exec = Exec::new(&plan, &checkpoint.to_safetensors(None).unwrap()).unwrap();
    let mut scores = vec![f32::NAN; exec.output_len()];
    exec.forward_into(&mut exec.workspace(), image, &mut scores).unwrap();
    scores
}

fn options(spec: &Network, grey: bool, fresh_classes: bool) -> ConvertOptions<'_> {
    ConvertOptions {
        spec: Some(spec),
        grey,
        fresh_classes,
        ..ConvertOptions::default()
    }
}

#[test]
fn a_grey_image_is_answered_as_the_colour_image_that_shows_the_same() {
    for dialect in ["torchvision", "keras"] {
        let file = colour(dialect);
        let image = mnv3_testing::formula::image(32, 32, 1);
        let same: Vec<f32> = image.iter().flat_map(|x| [*x; 3]).collect();
        let (three, one) = (spec(dialect, 3, 10), spec(dialect, 1, 10));
        let want = scores(&three, &read(&file, &ConvertOptions::default()).unwrap(), &same);
        let checkpoint = read(&file, &options(&one, true, false)).unwrap();
        assert_eq!(checkpoint.summed, Some(3));
        let found = scores(&one, &checkpoint, &image);
        let largest = want.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        for (found, want) in found.iter().zip(&want) {
            assert!((found - want).abs() < 1e-5 * largest, "{dialect}: {found} {want}");
        }
    }
}

#[test]
fn scores_of_other_classes_are_left_fresh_and_named() {
    let other = spec("torchvision", 3, 7);
    let file = colour("torchvision");
    let image = mnv3_testing::formula::image(32, 32, 3);
    let checkpoint = read(&file, &options(&other, false, true)).unwrap();
    assert_eq!(checkpoint.fresh, ["classifier.3.weight", "classifier.3.bias"]);
    assert_eq!(scores(&other, &checkpoint, &image), [0.0; 7]);
    // What fits stays.
    let same = spec("torchvision", 3, 10);
    let checkpoint = read(&file, &options(&same, false, true)).unwrap();
    assert!(checkpoint.fresh.is_empty());
    assert_eq!(checkpoint, read(&file, &options(&same, false, false)).unwrap());
    // Both at once.
    let both = spec("torchvision", 1, 7);
    let checkpoint = read(&file, &options(&both, true, true)).unwrap();
    assert!(check(&both, &checkpoint).unwrap().fits());
}

#[test]
fn what_cannot_be_adapted_says_why() {
    let file = colour("torchvision");
    let told = |spec: &Network, grey| read(&file, &options(spec, grey, !grey)).unwrap_err().to_string();
    assert_eq!(
        told(&spec("torchvision", 3, 10), true),
        "features.0.0.weight cannot be summed to grey: it is for images of 3 channels, and the spec's images have 3"
    );
    assert_eq!(
        told(&spec("keras", 1, 10), true),
        "conv/kernel cannot be summed to grey: it is not in the file, and the spec's images have 1"
    );
    let by_order = read(&file, &options(&spec("tf2", 1, 10), false, true)).unwrap_err();
    assert!(matches!(by_order, ConvertError::NoNames), "{by_order}");
}

#[test]
fn the_report_names_the_options() {
    let file = colour("torchvision");
    let told = |spec: &Network| {
        check(spec, &read(&file, &ConvertOptions::default()).unwrap())
            .unwrap()
            .to_string()
    };
    let grey = told(&spec("torchvision", 1, 10));
    assert!(grey.contains("or sum the colours with `mnv3 convert --grey`"), "{grey}");
    let classes = told(&spec("torchvision", 3, 7));
    assert!(classes.contains("`mnv3 convert --fresh-classes`"), "{classes}");
}
