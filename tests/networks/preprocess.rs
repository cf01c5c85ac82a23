//! Images through `preprocess` against what the libraries' own evaluation transforms make of them, images of odd shapes
//! and kinds, and what `classify` answers.

use crate::compiled::{
    Grey, KerasBilinear, KerasSmall100, MobileNetV3Large, PadCentred, PadUpperLeft, PaddleOcrDirection,
    SsdLite320Small, TimmLarge21k, TimmLarge100, TimmLarge150d, TimmLargeRa4, TimmOblong, TimmTfLarge100,
    TorchvisionLargeV2,
};
use image::{DynamicImage, GrayImage, Luma, LumaA, Rgb, RgbImage, Rgba};
use mnv3::detect::Placing;
use mnv3::image::ImageError;
use mnv3::labels::{LabelSet, name};
use mnv3::ndarray::Array3;
use mnv3_testing::formula;
use serde_json::Value;
use std::path::Path;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// The picture as the fixture saw it.
fn photo(view: &str) -> DynamicImage {
    if let Some(size) = view.strip_prefix("noise ") {
        let (height, width) = size.split_once(" x ").unwrap();
        return noise(width.parse().unwrap(), height.parse().unwrap());
    }
    let photo = image::open(Path::new(FIXTURES).join("coffee.png")).unwrap();
    match view {
        "whole" => photo,
        "turned clockwise" => photo.rotate90(),
        "upper left 150 x 100" => photo.crop_imm(0, 0, 150, 100),
        other => panic!("no view is called {other}"),
    }
}

fn noise(width: u32, height: u32) -> DynamicImage {
    let bytes = mnv3_testing::pictures::noise(height, width);
    RgbImage::from_raw(width, height, bytes).unwrap().into()
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> String {
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Every number of every picture of the fixture: to the bit of PyTorch's, and of Keras' to the level and to the rounding
/// of single precision (it multiplies by 1/127.5 where we divide). Of what PyTorch mixes as numbers, with whichever instructions the
/// processor has, the sample: twice rounded where we round four times.
fn check(recipe: &str, preprocess: impl Fn(&DynamicImage) -> Result<Array3<f32>, ImageError>) {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../fixtures/preprocess.json")).unwrap();
    let mut count = 0;
    for case in cases.iter().filter(|case| case["recipe"] == recipe) {
        let view = case["view"].as_str().unwrap();
        let ours = preprocess(&photo(view)).unwrap();
        let size: Vec<u64> = serde_json::from_value(case["size"].clone()).unwrap();
        assert_eq!([ours.dim().0 as u64, ours.dim().1 as u64], size[..], "{recipe}, {view}");
        let keras = case["library"].as_str().unwrap().starts_with("keras");
        let mixed = case["built_by"]
            .as_str()
            .unwrap()
            .starts_with("GeneralizedRCNNTransform");
        let sample: Vec<f32> = serde_json::from_value(case["sample"].clone()).unwrap();
        for (i, (found, want)) in ours.iter().step_by(4001).zip(&sample).enumerate() {
            let near = (found - want).abs() <= if mixed { 2.0 * f32::EPSILON } else { f32::EPSILON };
            let same = found == want;
            assert!(
                same || (keras || mixed) && near,
                "{recipe}, {view}: {found} for {want}, number {}",
                i * 4001
            );
        }
        count += 1;
        if mixed {
            continue;
        }
        let hash = if keras {
            fnv1a(ours.iter().map(|v| ((f64::from(*v) + 1.0) * 127.5).round() as u8))
        } else {
            fnv1a(ours.iter().flat_map(|v| v.to_le_bytes()))
        };
        assert_eq!(hash, case["fnv1a"].as_str().unwrap(), "{recipe}, {view}");
    }
    assert!(count > 20, "{recipe}: {count} views");
}

/// Small pictures of all widths, in three heights each: nothing panics or overflows, and all is filled, which black and
/// white edges would not hide.
fn scan(preprocess: impl Fn(&DynamicImage) -> Result<Array3<f32>, ImageError>) {
    let (low, high) = {
        let one = |value| preprocess(&RgbImage::from_pixel(3, 3, Rgb([value; 3])).into()).unwrap();
        (one(0), one(255))
    };
    let mut picture = RgbImage::new(300, 300);
    for pixel in picture.pixels_mut() {
        *pixel = Rgb([255; 3]);
    }
    let picture = DynamicImage::from(picture);
    for width in 1..=300 {
        let height = [width - width / 70, 300 - width + 1, (width * 7919) % 300 + 1][width as usize % 3];
        let white = preprocess(&picture.crop_imm(0, 0, width, height)).unwrap();
        assert!(white == high, "{width} x {height} white pixels");
    }
    assert!(low != high);
}

macro_rules! transforms {
    ($($network:ident by $test:ident $recipe:literal;)*) => {$(
        mod $test {
            #[test]
            fn gives_the_librarys_own_numbers() {
                super::check($recipe, super::$network::preprocess);
            }

            #[test]
            fn takes_pictures_of_every_size() {
                super::scan(super::$network::preprocess);
            }
        }
    )*};
}

transforms! {
    MobileNetV3Large by torchvision_v1 "tv-large-v1";
    TorchvisionLargeV2 by torchvision_v2 "tv-large-v2";
    SsdLite320Small by torchvision_detector "tv-ssdlite320";
    TimmLarge100 by timm_ra "timm-large-100-ra";
    TimmLargeRa4 by timm_ra4 "timm-large-100-ra4";
    TimmLarge21k by timm_miil "timm-large-100-miil";
    TimmLarge150d by timm_150d_ra4 "timm-large-150d-ra4";
    TimmTfLarge100 by timm_tf "timm-tf-large-100";
    TimmOblong by timm_oblong "timm-oblong";
    KerasSmall100 by keras_nearest "keras-nearest";
    KerasBilinear by keras_bilinear "keras-bilinear";
}

#[test]
fn pictures_that_are_padded_have_pillows_own_numbers_beside_them_too() {
    check("pillow-centred", PadCentred::preprocess);
    check("pillow-upper-left-bgr", PadUpperLeft::preprocess);
}

/// A white picture and grey of 114, whatever the sizes: as many pixels of one as of the other say.
#[test]
fn nothing_is_left_unwritten_beside_pictures_of_any_size() {
    let [white, grey] = [255.0_f32, 114.0].map(|level| (level / 255.0 - 0.456) / 0.224);
    for width in 1..=300_u32 {
        let height = 300 - width + 1;
        let input = PadCentred::preprocess(&RgbImage::from_pixel(width, height, Rgb([255; 3])).into()).unwrap();
        let shown = Placing::Centred.of([height as usize, width as usize], [96, 160]).size;
        let count = |level: f32| input.iter().skip(1).step_by(3).filter(|value| **value == level).count();
        assert_eq!(count(white), shown[0] * shown[1], "{width} x {height}");
        assert_eq!(count(white) + count(grey), 96 * 160, "{width} x {height}");
    }
}

/// PaddleOCR's own numbers of what OpenCV resizes to whole levels, blue first: to a level, where we mix numbers; and to the column where
/// zeros begin.
#[test]
fn lines_are_squeezed_and_filled_up_as_paddle_ocr_does() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../fixtures/preprocess.json")).unwrap();
    let mut count = 0;
    for case in cases.iter().filter(|case| case["recipe"] == "paddle-ocr-direction") {
        let view = case["view"].as_str().unwrap();
        let ours = PaddleOcrDirection::preprocess(&photo(view)).unwrap();
        let sample: Vec<f32> = serde_json::from_value(case["sample"].clone()).unwrap();
        for (found, want) in ours.iter().step_by(4001).zip(&sample) {
            assert!((found - want).abs() < 0.75 * 2.0 / 255.0, "{view}: {found} for {want}");
        }
        let shown = (0..192).map(|x| u8::from((0..48).any(|y| (0..3).any(|c| ours[(y, x, c)] != 0.0))));
        assert_eq!(fnv1a(shown), case["fnv1a"].as_str().unwrap(), "{view}");
        count += 1;
    }
    assert_eq!(count, 23);
}

/// What a byte becomes with `mean: -0.25, std: 0.5`.
fn scaled(byte: u8) -> f32 {
    ((f64::from(byte) / 255.0 + 0.25) / 0.5) as f32
}

#[test]
fn images_of_one_pixel_and_of_extreme_shapes_fill_the_input() {
    for (width, height) in [(1, 1), (1, 100_000), (100_000, 1), (2, 3), (224, 224)] {
        let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb([255, 0, 51])));
        for (way, input, want) in [
            (
                "crop",
                MobileNetV3Large::preprocess(&image),
                [(1.0 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225],
            ),
            ("bicubic", TimmLargeRa4::preprocess(&image), [1.0, -1.0, -0.6]),
            ("stretch", KerasBilinear::preprocess(&image), [1.0, -1.0, -0.6]),
            ("nearest", KerasSmall100::preprocess(&image), [1.0, -1.0, -0.6]),
        ] {
            let input = input.unwrap();
            assert_eq!(input.dim(), (224, 224, 3));
            for ((y, x, c), value) in input.indexed_iter() {
                assert!(
                    (value - want[c]).abs() < 1e-5,
                    "{way} of {width} x {height}: {value} at {y}, {x}, {c}"
                );
            }
        }
    }
}

#[test]
fn an_image_without_pixels_is_an_error_that_says_so() {
    for (width, height) in [(0, 0), (0, 5), (5, 0)] {
        let error = MobileNetV3Large::preprocess(&DynamicImage::new_rgb8(width, height)).unwrap_err();
        assert!(matches!(error, ImageError::Empty { .. }));
        assert_eq!(
            error.to_string(),
            format!("the image has no pixels ({width} x {height})")
        );
    }
}

#[test]
fn images_of_millions_of_pixels_by_two_need_little_memory() {
    // Black on the left or above, white on the other side; as bytes that the network takes, so that nothing is converted.
    for (width, height) in [(4_000_000, 2), (2, 4_000_000)] {
        let image = RgbImage::from_fn(width, height, |x, y| Rgb([if x + y > 2_000_000 { 255 } else { 0 }; 3]));
        let image = DynamicImage::from(image);
        for (way, preprocess) in [
            ("stretch", KerasBilinear::preprocess as fn(&_) -> _),
            ("nearest", KerasSmall100::preprocess),
            ("crop", TimmLarge100::preprocess),
        ] {
            let mut input = None;
            let peak = allocation_counter::measure(|| input = Some(preprocess(&image))).bytes_max;
            assert!(peak < 8 << 20, "{way} of {width} x {height}: {peak} bytes");
            let input = input.unwrap().unwrap();
            if way != "crop" {
                let (first, last) = if width > height {
                    ([9, 20], [9, 210])
                } else {
                    ([20, 9], [210, 9])
                };
                assert_eq!(
                    (input[(first[0], first[1], 0)], input[(last[0], last[1], 0)]),
                    (-1.0, 1.0)
                );
            }
        }
    }
}

#[test]
fn only_the_centre_of_a_long_image_is_seen() {
    // White but for the middle row. 3 columns become 256, 3001 rows 256085, of which the crop leaves out the first
    // 127930.5, rounded to even: so the middle of the black row is that of row 112, and black fades by 1/85.3 a row.
    let image = RgbImage::from_fn(3, 3001, |_, y| Rgb([if y == 1500 { 0 } else { 255 }; 3]));
    let input = TimmTfLarge100::preprocess(&image.into()).unwrap();
    let byte = |y: usize| ((input[(y, y, 1)] + 1.0) * 127.5).round();
    assert_eq!(
        [0, 110, 111, 112, 113, 114, 223].map(byte),
        [255.0, 6.0, 3.0, 0.0, 3.0, 6.0, 255.0]
    );
}

#[test]
fn gray_networks_see_luma_whatever_the_kind_of_image() {
    let kinds = [
        (DynamicImage::ImageLuma8(GrayImage::from_pixel(9, 9, Luma([100]))), 100),
        (
            DynamicImage::ImageLumaA8(image::ImageBuffer::from_pixel(9, 9, LumaA([100, 7]))),
            100,
        ),
        (
            DynamicImage::ImageLuma16(image::ImageBuffer::from_pixel(9, 9, Luma([100 * 257]))),
            100,
        ),
        // 0.299 * 255 = 76.2; 0.587 * 255 = 149.7; 0.114 * 255 = 29.1.
        (
            DynamicImage::ImageRgb8(RgbImage::from_pixel(9, 9, Rgb([255, 0, 0]))),
            76,
        ),
        (
            DynamicImage::ImageRgba8(image::ImageBuffer::from_pixel(9, 9, Rgba([0, 255, 0, 9]))),
            150,
        ),
        (
            DynamicImage::ImageRgb32F(image::ImageBuffer::from_pixel(9, 9, Rgb([0.0, 0.0, 1.0]))),
            29,
        ),
    ];
    for (image, byte) in kinds {
        let input = Grey::preprocess(&image).unwrap();
        assert_eq!(input.dim(), (24, 40, 1));
        assert!(
            input.iter().all(|v| *v == scaled(byte)),
            "{:?}: {}",
            image.color(),
            input[(0, 0, 0)]
        );
    }
}

#[test]
fn colour_networks_see_gray_three_times_and_ignore_transparency() {
    let gray = TimmTfLarge100::preprocess(&DynamicImage::ImageLuma8(GrayImage::from_pixel(9, 9, Luma([51])))).unwrap();
    assert!(gray.iter().all(|v| (v + 0.6).abs() < 1e-6));
    let clear = image::ImageBuffer::from_pixel(9, 9, Rgba([255u8, 51, 0, 0]));
    let clear = TimmTfLarge100::preprocess(&DynamicImage::ImageRgba8(clear)).unwrap();
    assert!(
        clear
            .indexed_iter()
            .all(|((_, _, c), v)| (v - [1.0, -0.6, -1.0][c]).abs() < 1e-6)
    );
}

/// Weights by the formula, for any network.
macro_rules! network {
    ($network:ident) => {{
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        $network::from_safetensors(&formula::weights(tensors, 4.75).unwrap()).unwrap()
    }};
}

/// In f64, for comparison.
fn softmax(logits: &[f32]) -> Vec<f64> {
    let exponentials: Vec<f64> = logits.iter().map(|&x| f64::from(x).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|e| e / sum).collect()
}

#[test]
fn classify_gives_the_best_classes_with_the_softmax_of_forward_and_labels() {
    let network = network!(MobileNetV3Large);
    let photo = photo("whole");
    let logits = network
        .forward(MobileNetV3Large::preprocess(&photo).unwrap().view())
        .unwrap();
    let want = softmax(&logits.to_vec());
    let classes = network.classify(&photo, 5).unwrap();
    assert_eq!(classes.len(), 5);
    let mut order: Vec<usize> = (0..1000).collect();
    order.sort_by(|&a, &b| want[b].total_cmp(&want[a]));
    for (class, index) in classes.iter().zip(order) {
        assert_eq!(class.index, index);
        assert!(
            (f64::from(class.probability) - want[index]).abs() < 1e-6,
            "{class:?}: {}",
            want[index]
        );
        assert_eq!(class.label, name(LabelSet::ImageNet, index));
        assert!(class.label.is_some());
    }
    assert!(network.classify(&photo, 0).unwrap().is_empty());
    assert!(network.classify(&DynamicImage::new_rgb8(0, 0), 5).is_err());
}

#[test]
fn classify_leaves_probabilities_as_they_are_and_gives_no_names_where_the_spec_has_none() {
    let network = network!(Grey);
    let image = DynamicImage::ImageLuma8(GrayImage::from_fn(80, 50, |x, y| Luma([(x * y % 251) as u8])));
    let scores = network.forward(Grey::preprocess(&image).unwrap().view()).unwrap();
    let classes = network.classify(&image, 100).unwrap();
    assert_eq!(classes.len(), 7, "as many as there are");
    for class in &classes {
        assert_eq!(class.probability, scores[class.index]);
        assert_eq!(class.label, None);
    }
    assert!(classes.is_sorted_by(|a, b| a.probability >= b.probability));
    assert!((classes.iter().map(|c| c.probability).sum::<f32>() - 1.0).abs() < 1e-5);
}

#[test]
fn labels_are_of_the_set_that_the_spec_names() {
    let classes = network!(TimmLarge21k).classify(&photo("whole"), 1).unwrap();
    assert_eq!(classes[0].label, name(LabelSet::ImageNet21kP, classes[0].index));
    assert!(classes[0].label.is_some());
}

#[test]
fn labels_are_those_of_the_published_orders() {
    let published_1k = [
        (0, "tench"),
        (281, "tabby"),
        (999, "toilet tissue"),
        (134, "crane"),
        (517, "crane"),
    ];
    for (index, known) in published_1k {
        assert_eq!(name(LabelSet::ImageNet, index), Some(known));
    }
    assert_eq!(name(LabelSet::ImageNet21kP, 1), Some("cell"));
    assert!(name(LabelSet::ImageNet21kP, 11_220).is_some());
    assert_eq!(
        [name(LabelSet::ImageNet, 1000), name(LabelSet::ImageNet21kP, 11_221)],
        [None, None]
    );
}
