//! `direction`.

use crate::run::{Run, finish, mnv3, mnv3_in, root, with_input};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::Value;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

const UPRIGHT: &str = "tests/images/line-upright.png";
const UPSIDE_DOWN: &str = "tests/images/line-upside-down.png";

/// Every format that is read, and its usual extension.
const FORMATS: [(ImageFormat, &str); 7] = [
    (ImageFormat::Png, "png"),
    (ImageFormat::Jpeg, "jpg"),
    (ImageFormat::WebP, "webp"),
    (ImageFormat::Tiff, "tif"),
    (ImageFormat::Bmp, "bmp"),
    (ImageFormat::Gif, "gif"),
    (ImageFormat::Pnm, "ppm"),
];

fn picture(path: &str) -> DynamicImage {
    image::open(root().join(path)).unwrap()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.to_rgb8().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The probability of upside down that a line of `--json` tells.
fn upside_down(answer: &Value) -> f64 {
    let probability = answer["probability"]
        .as_f64()
        .unwrap_or_else(|| panic!("{answer} has a probability"));
    assert!((0.5..=1.0).contains(&probability), "{answer}");
    match answer["direction"].as_str() {
        Some("upside-down") => probability,
        Some("upright") => 1.0 - probability,
        _ => panic!("{answer} has a direction"),
    }
}

fn ask(picture: &DynamicImage) -> f64 {
    let bytes = encoded(picture, ImageFormat::Png);
    let run = with_input(["direction", "--threshold", "0.5", "--json", "-"], &bytes);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    upside_down(&run.json()[0])
}

/// `direction NAME` in a folder where NAME holds these bytes.
fn refused(name: &str, bytes: &[u8]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let run = finish(&mut mnv3_in(folder.path(), ["direction", name]));
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{name}");
    run
}

#[test]
fn a_line_of_a_scanned_page_is_told_apart_from_the_same_line_turned() {
    let run = mnv3(["direction", UPRIGHT, UPSIDE_DOWN]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let lines: Vec<Vec<&str>> = run.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..2], [UPRIGHT, "upright"]);
    assert_eq!(lines[1][..3], [UPSIDE_DOWN, "upside", "down"]);
    assert!(run.out.lines().all(|line| line.ends_with(" %")));
}

#[test]
fn the_readme_shows_what_its_first_command_answers() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let shown: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("tests/images/"))
        .collect();
    let images: Vec<&str> = shown.iter().map(|line| line.split(' ').next().unwrap()).collect();
    let run = mnv3(["direction"].iter().chain(&images));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    // The last digit of a probability may differ between SIMD levels.
    let answers = |line: &str| {
        line.trim_end_matches(|c: char| " .%".contains(c) || c.is_ascii_digit())
            .to_owned()
    };
    assert!(
        run.out.lines().map(answers).eq(shown.iter().map(|line| answers(line))),
        "{}",
        run.out
    );
    let files = fs::read_dir(root().join("tests/images")).unwrap();
    let pictures = files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|e| e == "png"));
    assert_eq!(images.len(), pictures.count());
}

#[test]
fn every_sample_has_the_probability_that_pytorch_computes() {
    // Both scale alike but for a few roundings: see the unit test of scaling.
    const TOLERANCE: f64 = 5e-4;
    let fixture: Value =
        serde_json::from_slice(&fs::read(root().join("tests/fixtures/direction.json")).unwrap()).unwrap();
    let expected = fixture["upside_down"].as_object().unwrap();
    assert!(!expected.is_empty());
    let paths = expected.keys().map(|name| format!("tests/images/{name}"));
    let options = ["direction", "--threshold", "0.5", "--json"].map(str::to_owned);
    let run = mnv3(options.into_iter().chain(paths));
    assert_eq!(run.code, 0);
    for (answer, (name, expected)) in run.json().iter().zip(expected) {
        assert_eq!(answer["image"], format!("tests/images/{name}"));
        let difference = upside_down(answer) - expected.as_f64().unwrap();
        assert!(
            difference.abs() <= TOLERANCE,
            "{name}: {answer}, PyTorch says {expected}"
        );
    }
}

#[test]
fn the_answer_does_not_depend_on_a_lossless_format_or_on_standard_input() {
    let picture = picture(UPRIGHT);
    let expected = ask(&picture);
    let folder = tempfile::tempdir().unwrap();
    for (format, extension) in FORMATS {
        // The content decides what a file is, not its name.
        let path = folder.path().join(format!("picture.{extension}.bin"));
        fs::write(&path, encoded(&picture, format)).unwrap();
        let run = finish(&mut mnv3_in(
            folder.path(),
            ["direction".as_ref(), "--json".as_ref(), path.as_os_str()],
        ));
        let lossy = [ImageFormat::Jpeg, ImageFormat::Gif].contains(&format);
        let difference = upside_down(&run.json()[0]) - expected;
        assert!(
            difference.abs() <= if lossy { 0.1 } else { 0.0 },
            "{format:?}: {difference}"
        );
    }
}

#[test]
fn exif_orientation_is_honoured() {
    let turned = picture(UPRIGHT).rotate180();
    let jpeg = encoded(&turned, ImageFormat::Jpeg);
    // APP1, "Exif", a big-endian TIFF header, one entry: orientation (0x112) is a short of value 3, turned by 180 degrees.
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
    let tagged = [&jpeg[..2], exif, &jpeg[2..]].concat();
    let plain = with_input(["direction", "--json", "-"], &jpeg).json();
    let honoured = with_input(["direction", "--json", "-"], &tagged).json();
    assert_eq!(plain[0]["direction"], "upside-down");
    assert_eq!(honoured[0]["direction"], "upright");
}

#[test]
fn transparent_parts_are_white_whatever_colour_hides_below() {
    let opaque = picture(UPRIGHT).to_luma8();
    let white = DynamicImage::ImageLuma8(opaque.clone());
    // Black ink whose opacity is the darkness, over black that cannot be seen.
    let ink = RgbaImage::from_fn(opaque.width(), opaque.height(), |x, y| {
        Rgba([0, 0, 0, 255 - opaque.get_pixel(x, y).0[0]])
    });
    let mut bytes = Cursor::new(Vec::new());
    ink.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let run = with_input(["direction", "--json", "-"], &bytes.into_inner());
    assert_eq!(upside_down(&run.json()[0]), ask(&white));
}

#[test]
fn below_the_threshold_the_answer_is_unsure() {
    let line = |arguments: &[&str]| {
        let run = mnv3(["direction"].iter().chain(arguments));
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        run.out
    };
    let blank = encoded(&DynamicImage::new_rgb8(300, 48), ImageFormat::Png);
    let run = with_input(["direction", "--json", "-"], &blank);
    assert_eq!((run.code, &run.json()[0]["direction"]), (0, &Value::from("unsure")));
    let run = with_input(["direction", "--threshold", "0.5", "--json", "-"], &blank);
    assert_ne!(run.json()[0]["direction"], "unsure");
    // Of no picture can one be as sure as that.
    let unsure = line(&["--threshold", "1", UPRIGHT]);
    let sure = line(&[UPRIGHT]);
    let answer = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    assert_eq!(answer(&unsure).as_deref(), Some("unsure"));
    assert_eq!(answer(&sure).as_deref(), Some("upright"));
    assert_eq!(unsure.len(), sure.len(), "{unsure}{sure}");
}

#[test]
fn a_threshold_is_half_to_one() {
    for wrong in ["0.49", "1.01", "NaN", "80", "high"] {
        let run = mnv3(["direction", "--threshold", wrong, UPRIGHT]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{wrong}");
        assert!(run.err.contains("give a number from 0.5"), "{}", run.err);
    }
}

#[test]
fn a_bad_image_does_not_stop_the_others() {
    let run = mnv3([
        "direction",
        UPRIGHT,
        "docs",
        "tests/images/line-uprigth.png",
        UPSIDE_DOWN,
    ]);
    assert_eq!(run.code, 1);
    assert_eq!(run.out.lines().count(), 2);
    insta::assert_snapshot!(run.err, @r"
    error: docs: the folder has no pictures
      = pictures in it are known by their endings, png, jpg, jpeg, webp and so on; name files with others themselves
    error: tests/images/line-uprigth.png: there is no such file
      = did you mean line-upright.png?
    ");
}

#[test]
fn json_has_one_object_for_each_image_and_bad_ones_among_them() {
    let run = mnv3(["direction", "--json", "nowhere/a.png", UPRIGHT]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let [missing, answer] = <[Value; 2]>::try_from(run.json()).unwrap();
    let expected = serde_json::json!({
        "image": "nowhere/a.png",
        "error": "there is no such file",
        "help": "there is no folder nowhere either; check the path",
    });
    assert_eq!(missing, expected);
    assert_eq!(
        (&answer["image"], &answer["direction"]),
        (&UPRIGHT.into(), &"upright".into())
    );
}

#[test]
fn what_is_no_image_is_named() {
    let told = |name: &str, bytes: &[u8]| refused(name, bytes).err;
    insta::assert_snapshot!(told("empty.png", b""), @r"
    error: empty.png: the file is empty
      = write the image again
    ");
    insta::assert_snapshot!(told("letter.png", b"%PDF-1.7\n"), @r"
    error: letter.png: this is not an image but a PDF document
      = convert it to PNG, JPEG, WebP, TIFF, BMP, GIF or PNM
    ");
    insta::assert_snapshot!(told("notes.txt", b"buy milk"), @r"
    error: notes.txt: this is not an image but text
      = convert it to PNG, JPEG, WebP, TIFF, BMP, GIF or PNM
    ");
    insta::assert_snapshot!(told("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0"), @r"
    error: phone.heic: this is an image in HEIF format, which is not read here
      = convert it to PNG, JPEG, WebP, TIFF, BMP, GIF or PNM
    ");
    insta::assert_snapshot!(told("new.avif", b"\0\0\0\x1cftypavif\0\0\0\0"), @r"
    error: new.avif: this is an image in AVIF format, which is not read here
      = convert it to PNG, JPEG, WebP, TIFF, BMP, GIF or PNM
    ");
    insta::assert_snapshot!(told("noise.bin", b"\x9a\x01\xc3\xff\x80"), @r"
    error: noise.bin: this is not an image but something else
      = convert it to PNG, JPEG, WebP, TIFF, BMP, GIF or PNM
    ");
}

#[test]
fn half_an_image_is_an_error_that_names_the_format() {
    let picture = picture(UPRIGHT);
    for (format, extension) in FORMATS {
        let bytes = encoded(&picture, format);
        let run = refused(&format!("half.{extension}"), &bytes[..bytes.len() / 2]);
        let named = format!(
            "error: half.{extension}: the file starts like {}, but ",
            format!("{format:?}").to_uppercase()
        );
        assert!(run.err.starts_with(&named), "{}", run.err);
    }
}

#[test]
fn a_photo_whose_thumbnail_is_whole_is_still_known_to_be_truncated() {
    let jpeg = encoded(&picture(UPRIGHT), ImageFormat::Jpeg);
    // The end marker inside a comment, as inside a thumbnail.
    let tagged = [&jpeg[..2], b"\xff\xfe\x00\x04\xff\xd9", &jpeg[2..jpeg.len() / 2]].concat();
    let run = refused("photo.jpg", &tagged);
    assert!(run.err.contains("its end is missing"), "{}", run.err);
}

/// A PNG of which only the header is there.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let tiny = DynamicImage::new_rgb8(1, 1);
    let mut bytes = encoded(&tiny, ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    bytes
}

/// The checksum of PNG, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    !bytes
        .iter()
        .fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn a_header_that_claims_huge_sizes_is_refused_before_anything_is_allocated() {
    let told = |width, height| refused("huge.png", &png_header(width, height)).err;
    insta::assert_snapshot!(told(2_000_000_000, 2_000_000_000), @r"
    error: huge.png: the image is too large to decode: Memory limit exceeded
      = scale it down: networks look at far fewer pixels
    ");
    insta::assert_snapshot!(told(20_000, 20_000), @r"
    error: huge.png: the image is too large: 20000 x 20000 pixels
      = scale it down: 100000000 pixels are the most, and networks look at far fewer
    ");
    let claims = [
        (ImageFormat::Pnm, b"P6 999999999 999999999 255 ".to_vec()),
        (ImageFormat::Gif, b"GIF89a\xff\xff\xff\xff\0\0\0".to_vec()),
    ];
    for (format, bytes) in claims {
        let run = refused("huge", &bytes);
        assert!(run.err.starts_with("error: huge: the "), "{format:?}: {}", run.err);
    }
}

#[test]
fn an_image_without_pixels_is_refused() {
    let run = refused("none.png", &png_header(0, 10));
    assert!(run.err.starts_with("error: none.png: the "), "{}", run.err);
    let run = refused("none.gif", b"GIF89a\0\0\0\0\0\0\0\x3b");
    assert!(run.err.starts_with("error: none.gif: the "), "{}", run.err);
}

#[test]
fn a_strip_far_too_long_for_a_line_is_refused() {
    let run = refused(
        "strip.png",
        &encoded(&DynamicImage::new_rgb8(3000, 2), ImageFormat::Png),
    );
    insta::assert_snapshot!(run.err, @r"
    error: strip.png: the image is 1500 times as long as it is high
      = cut it into lines, or the line into parts
    ");
}

#[test]
fn an_image_of_one_pixel_has_an_answer() {
    assert!((0.0..=1.0).contains(&ask(&DynamicImage::new_rgb8(1, 1))));
}

#[test]
fn a_file_that_may_not_be_read_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("x.png/y.png");
    fs::write(folder.path().join("x.png"), b"a file is no folder").unwrap();
    let run = finish(&mut mnv3_in(Path::new("."), ["direction".as_ref(), path.as_os_str()]));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("the file cannot be read: "), "{}", run.err);
}
