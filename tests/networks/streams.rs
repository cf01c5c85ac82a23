//! Streams of pictures: what each is answered by itself, whatever the head.

use crate::compiled::{Pets, SmallSegment, SsdLite320Small};
use mnv3::Detector;
use mnv3::image::{DynamicImage, PictureSource, StreamError, StreamOptions};
use mnv3_testing::formula;
use std::path::PathBuf;

macro_rules! network {
    ($network:ident) => {{
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        $network::from_safetensors(&formula::weights(tensors, 5.0).unwrap()).unwrap()
    }};
}

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", name].iter().collect()
}

/// A file, its bytes, what is no picture, pixels, and no file; over and over.
fn sources(rounds: usize) -> Vec<PictureSource> {
    let coffee = fixture("fixtures/coffee.png");
    let bytes = std::fs::read(&coffee).unwrap();
    let line = mnv3::image::open(fixture("images/line-upright.png")).unwrap();
    let round: [PictureSource; 5] = [
        coffee.into(),
        bytes.clone().into(),
        bytes[..1000].into(),
        line.into(),
        "absent.png".into(),
    ];
    round.iter().cycle().take(5 * rounds).cloned().collect()
}

fn picture(source: &PictureSource) -> Option<DynamicImage> {
    match source {
        PictureSource::Path(path) => mnv3::image::open(path).ok(),
        PictureSource::Bytes(bytes) => mnv3::image::decode(bytes).ok(),
        PictureSource::Picture(picture) => Some(picture.clone()),
        other => panic!("{other:?}"),
    }
}

fn options() -> StreamOptions {
    StreamOptions::default().threads(3)
}

#[test]
fn classes_come_in_order_and_a_broken_picture_is_one_error() {
    let network = network!(Pets);
    let sources = sources(4);
    let answers: Vec<_> = network.classify_stream(sources.clone(), 2, options()).collect();
    assert_eq!(answers.len(), 20);
    for (place, (source, answer)) in sources.iter().zip(answers).enumerate() {
        match (place % 5, picture(source)) {
            (2 | 4, None) => assert!(matches!(answer, Err(StreamError::Decode(_))), "{answer:?}"),
            (0 | 1 | 3, Some(picture)) => assert_eq!(answer.unwrap(), network.classify(&picture, 2).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn boxes_and_masks_are_those_of_each_picture_alone() {
    let (detector, segmenter) = (network!(SsdLite320Small), network!(SmallSegment));
    let sources = sources(2);
    let found = detector.detect_stream(sources.clone(), options());
    let masks = segmenter.segment_stream(sources.clone(), options().ahead(3));
    for (source, (found, mask)) in sources.iter().zip(found.zip(masks)) {
        match picture(source) {
            Some(picture) => {
                let want = detector.detect(&picture).unwrap();
                assert!(!want.is_empty());
                assert_eq!(found.unwrap(), want);
                assert_eq!(mask.unwrap(), segmenter.segment(&picture).unwrap());
            }
            None => assert!(found.is_err() && mask.is_err()),
        }
    }
    // Code of yours can be generic over the network.
    fn all<M: Detector + mnv3::image::Prepares>(
        network: &mnv3::Compiled<M, mnv3::head::Maps<mnv3::head::Boxes>>,
        sources: Vec<PictureSource>,
    ) -> usize {
        network.detect_stream(sources, options()).filter(Result::is_ok).count()
    }
    assert_eq!(all(&detector, sources), 6);
}

#[test]
fn a_picture_without_pixels_is_one_error() {
    let network = network!(Pets);
    let empty = DynamicImage::new_rgb8(0, 4);
    let mut answers = network.classify_stream([empty, DynamicImage::new_rgb8(4, 4)], 1, options());
    assert!(matches!(answers.next(), Some(Err(StreamError::Image(_)))));
    assert!(matches!(answers.next(), Some(Ok(classes)) if classes.len() == 1));
    assert!(answers.next().is_none());
}
