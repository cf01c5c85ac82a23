//! Every byte against Pillow's, of the cases that `pillow/make.py` describes, at every SIMD level of this machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod plain;

use mnv3_resize::{Filter, Resize};
use mnv3_testing::levels;
use serde_json::Value;

/// The picture that the fixture was made of.
fn picture(kind: &str, bytes: usize) -> Vec<u8> {
    let noise = (0..bytes as u64).map(|i| {
        let z = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    });
    if kind == "noise" {
        noise.map(|z| (z >> 56) as u8).collect()
    } else {
        noise.map(|z| (z >> 63) as u8 * 255).collect()
    }
}

fn fnv1a(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn filter(name: &str) -> Filter {
    match name {
        "nearest" => Filter::Nearest,
        "box" => Filter::Box,
        "bilinear" => Filter::Bilinear,
        "bicubic" => Filter::Bicubic,
        "lanczos" => Filter::Lanczos,
        other => unreachable!("no filter is called {other}"),
    }
}

fn numbers(value: &Value) -> Vec<usize> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|n| usize::try_from(n.as_u64().unwrap()).unwrap())
        .collect()
}

struct Case {
    what: String,
    resize: Resize,
    picture: Vec<u8>,
    hash: String,
    bytes: Option<String>,
}

fn cases() -> impl Iterator<Item = Case> {
    let text = include_str!("pillow/cases.json");
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    list.into_iter().map(|case| {
        let pair = |key: &str| <[usize; 2]>::try_from(numbers(&case[key])).unwrap();
        let channels = usize::try_from(case["channels"].as_u64().unwrap()).unwrap();
        let mut resize = Resize::whole(
            pair("from"),
            pair("to"),
            channels,
            filter(case["filter"].as_str().unwrap()),
        );
        if let Some(window) = case.get("window") {
            let [top, left, rows, columns] = numbers(window).try_into().unwrap();
            resize.start = [top as u64, left as u64];
            resize.size = [rows, columns];
        }
        Case {
            what: case.to_string(),
            resize,
            picture: picture(
                case["kind"].as_str().unwrap(),
                resize.from[0] * resize.from[1] * channels,
            ),
            hash: case["fnv1a"].as_str().unwrap().to_owned(),
            bytes: case.get("bytes").map(|bytes| bytes.as_str().unwrap().to_owned()),
        }
    })
}

fn check(case: &Case, found: &[u8], by: &str) {
    if let Some(bytes) = &case.bytes {
        let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&found, bytes, "{by}: {}", case.what);
    }
    assert_eq!(fnv1a(found), case.hash, "{by}: {}", case.what);
}

#[test]
fn bytes_are_pillows_at_every_level() {
    let mut count = 0;
    for case in cases() {
        let Resize { size, channels, .. } = case.resize;
        for level in levels::of_this_machine() {
            let mut window = vec![0x55; size[0] * size[1] * channels];
            case.resize.run_on(level, &case.picture, &mut window).unwrap();
            check(&case, &window, &format!("{level:?}"));
        }
        count += 1;
    }
    assert!(count > 600, "{count} cases");
}

/// The reference of the property test is one because of this.
#[test]
fn the_plain_reference_gives_pillows_bytes() {
    for case in cases() {
        check(&case, &plain::window(&case.resize, &case.picture), "plain");
    }
}
