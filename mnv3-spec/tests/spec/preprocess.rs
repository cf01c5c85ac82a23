//! How images become input: the dialect's way, and what a spec changes of it.

use crate::tiny::{TINY, errors, tiny_and, tiny_with};
use insta::assert_snapshot;
use mnv3_spec::{ColourOrder, Filter, Fit, Placing, Preprocess, Unprepared};

fn preprocess(text: &str) -> Option<Preprocess> {
    let network = mnv3_spec::parse("tiny.yaml", text);
    network.unwrap_or_else(|errors| panic!("{errors}")).preprocess
}

#[test]
fn the_dialects_way_is_fitted_to_the_size_of_the_input() {
    let way = preprocess(&tiny_with("[32, 32]", "[224, 448]")).unwrap();
    assert_eq!(way.fit, Fit::Crop { resized: [256, 512] });
    assert_eq!((way.filter, way.mean), (Filter::Bilinear, vec![0.485, 0.456, 0.406]));
}

#[test]
fn one_key_can_be_changed() {
    let way = preprocess(&tiny_and("preprocess: { filter: bicubic, mean: 0 }")).unwrap();
    assert_eq!((way.filter, way.mean), (Filter::Bicubic, vec![0.0; 3]));
    assert_eq!(way.std, [0.229, 0.224, 0.225]);
}

#[test]
fn a_line_is_seen_through_windows() {
    let way = preprocess(&tiny_and("preprocess: { fit: line, windows: 8 }")).unwrap();
    assert_eq!(way.fit, Fit::Line { windows: Some(8) });
    assert_snapshot!(errors(&tiny_and("preprocess: { fit: line }")), @"
    tiny.yaml:10:15: preprocess has no `windows`
       |
    10 | preprocess: { fit: line }
       |               ^^^ add `windows: 8`
    ");
    assert_snapshot!(errors(&tiny_and("preprocess: { fit: line, windows: 65 }")), @"
    tiny.yaml:10:35: windows of preprocess is `65`
       |
    10 | preprocess: { fit: line, windows: 65 }
       |                                   ^^ write a whole number from 1 to 64
    ");
    // What another fit has no use for is not in the way of a variant of it.
    let way = preprocess(&tiny_and("preprocess: { fit: stretch, windows: 8 }")).unwrap();
    assert_eq!(way.fit, Fit::Stretch);
}

#[test]
fn a_line_can_be_squeezed_as_paddle_ocr_does() {
    let way = preprocess(&tiny_and("preprocess: { fit: line, windows: none }")).unwrap();
    assert_eq!((way.fit, way.fill), (Fit::Line { windows: None }, None));
    let ocr = mnv3_spec::load("mnv3:paddle/ocr-direction", "".as_ref())
        .unwrap()
        .network;
    let way = ocr.preprocess.unwrap();
    assert_eq!((way.fit, way.order), (Fit::Line { windows: None }, ColourOrder::Bgr));
    assert_eq!((way.mean, way.std), (vec![0.5; 3], vec![0.5; 3]));
}

#[test]
fn a_picture_can_lie_in_the_input_with_something_beside_it() {
    let way = preprocess(&tiny_and("preprocess: { fit: pad }")).unwrap();
    assert_eq!(
        (way.fit, way.fill),
        (
            Fit::Pad {
                placing: Placing::Centred
            },
            None
        )
    );
    let way = preprocess(&tiny_and("preprocess: { fit: pad, place: upper-left, fill: 114/255 }")).unwrap();
    assert_eq!(
        way.fit,
        Fit::Pad {
            placing: Placing::UpperLeft
        }
    );
    assert_eq!(way.fill, Some(vec![114.0 / 255.0; 3]));
    let way = preprocess(&tiny_and("preprocess: { fit: pad, fill: [0, 0.5, 1] }")).unwrap();
    assert_eq!(way.fill, Some(vec![0.0, 0.5, 1.0]));
    let way = preprocess(&tiny_and("preprocess: { fit: pad, fill: mean }")).unwrap();
    assert_eq!(way.fill, None);
    assert_snapshot!(errors(&tiny_and("preprocess: { fit: pad, place: left, fill: [114, 0] }")), @"
    tiny.yaml:10:32: place of preprocess is `left`
       |
    10 | preprocess: { fit: pad, place: left, fill: [114, 0] }
       |                                ^^^^ write center or upper-left

    tiny.yaml:10:45: fill of preprocess is `114`, of pixels that are numbers from 0 to 1
       |
    10 | preprocess: { fit: pad, place: left, fill: [114, 0] }
       |                                             ^^^ write 114/255, which is 114 of 255
    ");
    assert_snapshot!(errors(&tiny_and("preprocess: { fit: pad, fill: [0, 1] }")), @"
    tiny.yaml:10:13: preprocess has 2 fills, 3 means and 3 stds, the image 3 channels
       |
    10 | preprocess: { fit: pad, fill: [0, 1] }
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^ write one number for all channels, or 3
    ");
}

#[test]
fn colours_can_come_in_the_other_order() {
    let way = preprocess(&tiny_and("preprocess: { order: bgr }")).unwrap();
    assert_eq!(way.order, ColourOrder::Bgr);
    assert_eq!(preprocess(TINY).unwrap().order, ColourOrder::Rgb);
    let grey = tiny_with("channels: 3", "channels: 1");
    assert_snapshot!(errors(&format!("{grey}preprocess: {{ order: bgr, mean: 0.5, std: 0.5 }}\n")), @"
    tiny.yaml:10:22: order of preprocess is bgr, of an image of 1 channel, not three colours
       |
    10 | preprocess: { order: bgr, mean: 0.5, std: 0.5 }
       |                      ^^^ write rgb, or input: { channels: 3 }
    ");
    // What only the dialect says is not said of grey images.
    let grey = grey.replace("torchvision", "paddle-ocr");
    assert_eq!(preprocess(&grey).unwrap().order, ColourOrder::Rgb);
}

#[test]
fn a_head_that_finds_things_sees_the_whole_picture() {
    let tiny = |preprocess: &str| {
        let head = "head: { kind: segment, low: 1, hidden: 16, nl: RE, classes: 3 }";
        format!(
            "{}\n{preprocess}\n",
            tiny_with("head: { pool: avg, hidden: 32, nl: HS, classes: 10 }", head)
        )
    };
    assert_eq!(preprocess(&tiny("")).unwrap().fit, Fit::Stretch);
    assert_eq!(
        preprocess(&tiny("preprocess: { fit: pad }")).unwrap().fit,
        Fit::Pad {
            placing: Placing::Centred
        }
    );
    assert_snapshot!(errors(&tiny("preprocess: { fit: crop }")), @"
    tiny.yaml:11:20: fit of preprocess is crop, and the head segments, which would see of a picture its middle only
       |
    11 | preprocess: { fit: crop }
       |                    ^^^^ write stretch, or pad, which keeps the aspect
    ");
    assert_snapshot!(errors(&tiny("preprocess: { fit: line, windows: 4 }")), @"
    tiny.yaml:11:20: fit of preprocess is line, and the head segments, which would see of a picture a window of it only
       |
    11 | preprocess: { fit: line, windows: 4 }
       |                    ^^^^ write stretch, or pad, which keeps the aspect
    ");
}

#[test]
fn numbers_for_three_channels_say_nothing_of_one() {
    assert_eq!(preprocess(&tiny_with("channels: 3", "channels: 1")), None);
    assert_eq!(preprocess(&tiny_and("preprocess: none")), None);
    assert_eq!(preprocess(&TINY.replace("torchvision", "tf2")), None);
}

#[test]
fn every_key_says_what_it_can_be() {
    let keys = "{ fit: letterbox, filter: lanczos, mean: [0, x], std: [], croop: 1 }";
    assert_snapshot!(errors(&tiny_and(&format!("preprocess: {keys}"))), @"
    tiny.yaml:10:20: fit of preprocess is `letterbox`
       |
    10 | preprocess: { fit: letterbox, filter: lanczos, mean: [0, x], std: [], croop: 1 }
       |                    ^^^^^^^^^ write crop, stretch, pad or line

    tiny.yaml:10:39: filter of preprocess is `lanczos`
       |
    10 | preprocess: { fit: letterbox, filter: lanczos, mean: [0, x], std: [], croop: 1 }
       |                                       ^^^^^^^ write nearest, bilinear, bicubic or bilinear-sampled

    tiny.yaml:10:58: mean of preprocess is `x`
       |
    10 | preprocess: { fit: letterbox, filter: lanczos, mean: [0, x], std: [], croop: 1 }
       |                                                          ^ write a number from -1 to 1, or a fraction such as 3/4

    tiny.yaml:10:67: std of preprocess is an empty list
       |
    10 | preprocess: { fit: letterbox, filter: lanczos, mean: [0, x], std: [], croop: 1 }
       |                                                                   ^^ write one number for all channels, or one for each

    tiny.yaml:10:71: preprocess has no key `croop`
       |
    10 | preprocess: { fit: letterbox, filter: lanczos, mean: [0, x], std: [], croop: 1 }
       |                                                                       ^^^^^ did you mean `crop`?
    ");
}

#[test]
fn means_are_as_many_as_channels() {
    assert_snapshot!(errors(&tiny_and("preprocess: { mean: [0.5, 0.5] }")), @"
    tiny.yaml:10:13: preprocess has 2 means and 3 stds, the image 3 channels
       |
    10 | preprocess: { mean: [0.5, 0.5] }
       |             ^^^^^^^^^^^^^^^^^^^^ write one number for all channels, or 3
    ");
}

#[test]
fn a_std_of_0_is_refused() {
    assert_snapshot!(errors(&tiny_and("preprocess: { std: 0 }")), @"
    tiny.yaml:10:20: std of preprocess is `0`
       |
    10 | preprocess: { std: 0 }
       |                    ^ write a number from 0.000001 to 8, or a fraction such as 3/4
    ");
}

#[test]
fn a_mean_in_bytes_is_told_as_a_share_of_255() {
    assert_snapshot!(errors(&tiny_and("preprocess: { mean: 127.5, std: [58.395, 57.12, 57.375] }")), @"
    tiny.yaml:10:21: mean of preprocess is `127.5`, of pixels that are numbers from 0 to 1
       |
    10 | preprocess: { mean: 127.5, std: [58.395, 57.12, 57.375] }
       |                     ^^^^^ write 0.5, which is 127.5 of 255

    tiny.yaml:10:34: std of preprocess is `58.395`, of pixels that are numbers from 0 to 1
       |
    10 | preprocess: { mean: 127.5, std: [58.395, 57.12, 57.375] }
       |                                  ^^^^^^ write 0.229, which is 58.395 of 255

    tiny.yaml:10:42: std of preprocess is `57.12`, of pixels that are numbers from 0 to 1
       |
    10 | preprocess: { mean: 127.5, std: [58.395, 57.12, 57.375] }
       |                                          ^^^^^ write 0.224, which is 57.12 of 255

    tiny.yaml:10:49: std of preprocess is `57.375`, of pixels that are numbers from 0 to 1
       |
    10 | preprocess: { mean: 127.5, std: [58.395, 57.12, 57.375] }
       |                                                 ^^^^^^ write 0.225, which is 57.375 of 255
    ");
    let way = preprocess(&tiny_and("preprocess: { mean: 0.5, std: [0.229, 0.224, 0.225] }")).unwrap();
    assert_eq!(way.mean, [0.5; 3]);
}

#[test]
fn why_there_is_no_way_is_known() {
    let why = |text: &str| mnv3_spec::parse("tiny.yaml", text).unwrap().unprepared;
    assert_eq!(why(TINY), None);
    assert_eq!(why(&tiny_and("preprocess: none")), Some(Unprepared::BySpec));
    assert_eq!(why(&TINY.replace("torchvision", "tf2")), Some(Unprepared::ByDialect));
    assert_eq!(
        why(&tiny_with("channels: 3", "channels: 1")),
        Some(Unprepared::ByChannels)
    );
}

#[test]
fn a_crop_beyond_the_image_is_refused() {
    assert_snapshot!(errors(&tiny_and("preprocess: { crop: 1.5 }")), @"
    tiny.yaml:10:21: crop of preprocess is `1.5`
       |
    10 | preprocess: { crop: 1.5 }
       |                     ^^^ write a number from 0.01 to 1, or a fraction such as 3/4
    ");
}
