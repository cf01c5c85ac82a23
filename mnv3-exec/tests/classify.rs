//! Pictures put to a network by value: the classes, labels and probabilities of the compiled network, to the bit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, Rgb, RgbImage};
use mnv3_codegen::Plan;
use mnv3_exec::{Classifier, Exec, NotClassifier};
use mnv3_spec::Network;
use mnv3_testing::formula;

mnv3::mobilenet!("mnv3:small");
mnv3::mobilenet!("../tests/specs/grey.yaml");
mnv3::mobilenet!("../tests/specs/one-class.yaml");
mnv3::mobilenet!("../tests/specs/pets.yaml");

fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 3) as u8, (y * 5) as u8, (x * y) as u8])).into()
}

fn published(text: &str) -> Network {
    mnv3_spec::parse("test.yaml", text).unwrap_or_else(|errors| panic!("{errors}"))
}

macro_rules! same {
    ($network:ident, $spec:expr) => {
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        let weights = formula::weights(tensors, 4.75).unwrap();
        let compiled = $network::from_safetensors(&weights).unwrap();
        let network = mnv3_spec::load($spec, std::path::Path::new($spec)).unwrap().network;
        let plan = Plan::new(&network);
        let exec = Exec::new(&plan, &weights).unwrap();
        let mut classifier = Classifier::new(&exec).unwrap();
        for picture in [picture(300, 200), picture(17, 90)] {
            for k in [0, 1, 5, 2000] {
                assert_eq!(
                    classifier.classify(&picture, k).unwrap(),
                    compiled.classify(&picture, k).unwrap()
                );
            }
        }
        assert!(classifier.classify(&DynamicImage::new_rgb8(0, 3), 1).is_err());
    };
}

#[test]
fn classes_are_those_of_the_compiled_network() {
    same!(MobileNetV3Small, "mnv3:small");
    same!(Grey, "../tests/specs/grey.yaml");
    same!(OneClass, "../tests/specs/one-class.yaml");
    same!(Pets, "../tests/specs/pets.yaml");
}

#[test]
fn a_network_that_is_no_classifier_of_pictures_says_why() {
    let cases = [
        ("last: none\nhead: none", NotClassifier::NoHead),
        ("preprocess: none", NotClassifier::NoPreprocess),
        ("input: { channels: 4 }", NotClassifier::Channels(4)),
    ];
    for (line, why) in cases {
        let network = published(&format!("extends: mnv3:text-direction\nname: Other\n{line}\n"));
        let plan = Plan::new(&network);
        let tensors = network.layers();
        let tensors = tensors.iter().flat_map(|layer| layer.iter());
        let tensors = tensors.map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice()));
        let exec = Exec::new(&plan, &formula::weights(tensors, 1.0).unwrap()).unwrap();
        assert_eq!(Classifier::new(&exec).unwrap_err(), why);
    }
}
