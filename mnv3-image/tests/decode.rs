//! Files of every format: whole, cut off, damaged, turned, too large.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use mnv3_image::{DecodeError, Filter, Fit, PictureDecoder, Recipe, decode};
use std::io::Cursor;

const FORMATS: [ImageFormat; 7] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::WebP,
    ImageFormat::Tiff,
    ImageFormat::Bmp,
    ImageFormat::Gif,
    ImageFormat::Pnm,
];

/// Numbers that look random, the same in every run (splitmix64).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }
}

/// Every pixel is unlike its neighbours, so that no format makes it small.
fn picture(width: u32, height: u32) -> RgbImage {
    let mut noise = Noise(1);
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 9) as u8, (y * 15) as u8, noise.below(256) as u8])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn whole_files_are_their_pictures() {
    let picture = picture(24, 16);
    for format in FORMATS {
        let found = decode(&encoded(&picture.clone().into(), format)).unwrap().into_rgb8();
        assert_eq!(found.dimensions(), (24, 16), "{format:?}");
        if ![ImageFormat::Jpeg, ImageFormat::Gif].contains(&format) {
            assert_eq!(found, picture, "{format:?}");
        }
    }
}

#[test]
fn files_that_are_cut_off_are_errors_wherever_they_end() {
    let picture = picture(48, 40).into();
    for format in FORMATS {
        let whole = encoded(&picture, format);
        for percent in 0..95 {
            let cut = &whole[..whole.len() * percent / 100];
            assert!(decode(cut).is_err(), "{format:?}: {percent} % of {} bytes", whole.len());
        }
    }
}

/// The decoder by itself makes up what is missing of a JPEG file: that is what is kept from networks.
#[test]
fn half_a_jpeg_file_is_told_where_the_crate_image_fills_it_up() {
    let whole = encoded(&picture(200, 100).into(), ImageFormat::Jpeg);
    let half = &whole[..whole.len() / 2];
    assert!(image::load_from_memory(half).is_ok());
    let refused = decode(half).unwrap_err();
    assert!(matches!(refused, DecodeError::Truncated), "{refused}");
    assert_eq!(refused.to_string(), "the file starts like JPEG, but its end is missing");
    assert!(refused.help().contains("write the image again"));
    // A thumbnail inside of metadata has an end of its own.
    let thumbnail = encoded(&picture(8, 8).into(), ImageFormat::Jpeg);
    let length = u16::try_from(thumbnail.len() + 2).unwrap().to_be_bytes();
    let tagged = [&half[..2], b"\xff\xe5", &length, &thumbnail, &half[2..]].concat();
    assert!(matches!(decode(&tagged), Err(DecodeError::Truncated)));
    let tagged = [&whole[..2], b"\xff\xe5", &length, &thumbnail, &whole[2..]].concat();
    assert!(decode(&tagged).is_ok());
}

#[test]
fn damaged_files_of_every_format_are_errors_or_images_and_never_panic() {
    for format in FORMATS {
        let whole = encoded(&picture(24, 16).into(), format);
        let mut noise = Noise(format as u64);
        for _ in 0..100 {
            let mut damaged = whole.clone();
            for _ in 0..=noise.below(4) {
                // Most of what decides something stands at the front.
                let reach = if noise.below(2) == 0 {
                    64.min(whole.len())
                } else {
                    whole.len()
                };
                damaged[noise.below(reach)] = noise.below(256) as u8;
            }
            if noise.below(3) == 0 {
                damaged.truncate(noise.below(whole.len()));
            }
            let _ = decode(&damaged);
        }
    }
}

#[test]
fn pictures_are_turned_as_exif_says_and_lie_on_white() {
    let bright = RgbImage::from_fn(64, 32, |x, _| Rgb([if x < 32 { 0 } else { 255 }; 3]));
    let jpeg = encoded(&bright.into(), ImageFormat::Jpeg);
    // APP1, "Exif", a big-endian TIFF header, one entry: orientation (0x112) is a short of value 6, turned by 90 degrees.
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = decode(&[&jpeg[..2], exif, &jpeg[2..]].concat()).unwrap().into_rgb8();
    assert_eq!(turned.dimensions(), (32, 64));
    assert_eq!([turned.get_pixel(5, 2).0[0], turned.get_pixel(5, 60).0[0]], [0, 255]);
    let clear = RgbaImage::from_pixel(2, 2, Rgba([1, 2, 3, 0])).into();
    let seen = decode(&encoded(&clear, ImageFormat::Png)).unwrap();
    assert_eq!(seen.as_rgb8().unwrap().get_pixel(0, 0).0, [255; 3]);
}

#[test]
fn a_size_is_looked_at_before_its_memory_is_asked_for() {
    // A header alone: width and height of 2^31 - 1, in colours of 8 bits.
    let header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0";
    let refused = decode(header).unwrap_err();
    assert!(!matches!(refused, DecodeError::Foreign(_)), "{refused}");
    // Of a bitmap all is said by the first bytes: 20,000 x 20,000 pixels.
    let mut bitmap = encoded(&picture(2, 2).into(), ImageFormat::Bmp);
    bitmap[18..22].copy_from_slice(&20_000u32.to_le_bytes());
    bitmap[22..26].copy_from_slice(&20_000u32.to_le_bytes());
    let refused = decode(&bitmap).unwrap_err();
    assert_eq!(refused.to_string(), "the image is too large: 20000 x 20000 pixels");
}

#[test]
fn files_are_opened_and_what_is_no_picture_says_what_it_is() {
    let folder = format!("{}/../tests/images", env!("CARGO_MANIFEST_DIR"));
    let path = format!("{folder}/line-upright.png");
    assert_eq!(
        mnv3_image::open(&path).unwrap().into_rgb8(),
        image::open(&path).unwrap().into_rgb8()
    );
    let absent = mnv3_image::open(format!("{folder}/absent.png")).unwrap_err();
    assert!(matches!(absent, DecodeError::Read(_)), "{absent}");
    let text = mnv3_image::open(format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"))).unwrap_err();
    assert_eq!(text.to_string(), "this is not an image but text");
    assert_eq!(text.help(), "convert it to PNG, JPEG, WebP, TIFF, BMP, GIF or PNM");
    assert!(matches!(decode(b""), Err(DecodeError::Empty)));
    assert!(matches!(decode(b"\0\0\0\x20ftypheic"), Err(DecodeError::Format(_))));
}

/// Two of three pixels are alike in every direction, as in photos; with some noise. Quality 90, of any size.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut noise = Noise(7);
    let wave = |at: f64| (f64::sin(at / 37.0) + f64::sin(at / 11.0)) * 50.0 + 128.0;
    let photo = RgbImage::from_fn(width, height, |x, y| {
        let [x, y] = [x, y].map(f64::from);
        let grain = noise.below(9) as f64 - 4.0;
        Rgb([x + y / 3.0, x / 2.0 - y, 2.0 * y].map(|at| (wave(at) + grain) as u8))
    });
    let mut bytes = Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90);
    DynamicImage::from(photo).write_with_encoder(encoder).unwrap();
    bytes.into_inner()
}

const RECIPE: Recipe<'_> = Recipe {
    fit: Fit::Crop([256, 256]),
    ..Recipe::PLAIN
};
const INPUT: [usize; 3] = [224, 224, 3];

/// Orientation (0x112) of this value, as APP1 of a file.
fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    [&jpeg[..2], exif, &[orientation], b"\0\0\0\0\0\0", &jpeg[2..]].concat()
}

#[test]
fn exact_pixels_are_those_of_the_crate_image_also_in_memory_that_was_used_before() {
    let mut decoder = PictureDecoder::exact();
    for bytes in [
        photo(640, 480),
        photo(333, 222),
        turned(&photo(64, 48), 6),
        encoded(&picture(9, 7).into(), ImageFormat::Png),
    ] {
        let decoded = decoder.decode(&bytes).unwrap();
        assert_eq!(decoded.picture, decode(&bytes).unwrap());
        assert_eq!(
            decoded.size,
            [decoded.picture.height() as usize, decoded.picture.width() as usize]
        );
        if decoded.size != [64, 48] {
            assert_eq!(
                decoded.picture.to_rgb8(),
                image::load_from_memory(&bytes).unwrap().to_rgb8()
            );
        }
        decoder.recycle(decoded);
    }
    let grey = DynamicImage::from(image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8])));
    let mut bytes = Cursor::new(Vec::new());
    grey.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let bytes = bytes.into_inner();
    assert_eq!(
        decoder.decode(&bytes).unwrap().picture.to_rgb8(),
        image::load_from_memory(&bytes).unwrap().to_rgb8()
    );
}

#[test]
fn a_large_photo_is_decoded_at_a_fraction_of_its_size_and_the_input_stays_nearly_the_same() {
    for (cover, size, scaled, orientations) in [
        (256, [1100, 1502], [550, 751], &[1, 3, 6, 8][..]),
        (64, [652, 612], [163, 153], &[1]),
        // Not of whole blocks: as it is.
        (64, [651, 611], [651, 611], &[1]),
        (64, [1032, 1304], [129, 163], &[6]),
        (256, [900, 1020], [900, 1020], &[1]),
    ] {
        let [height, width] = size;
        let fit = Fit::Crop([cover; 2]);
        let (recipe, input) = (Recipe { fit, ..RECIPE }, [cover * 7 / 8, cover * 7 / 8, 3]);
        let bytes = photo(width as u32, height as u32);
        for orientation in orientations {
            let bytes = turned(&bytes, *orientation);
            let fast = PictureDecoder::scaled(recipe, input).decode(&bytes).unwrap();
            let exact = decode(&bytes).unwrap();
            let seen = |[h, w]: [usize; 2]| if *orientation > 4 { [w, h] } else { [h, w] };
            assert_eq!(fast.size, seen(size));
            let pixels = [fast.picture.height() as usize, fast.picture.width() as usize];
            assert_eq!(pixels, seen(scaled));
            let [fast, exact] = [recipe.prepare(&fast, input), recipe.prepare(&exact, input)].map(Result::unwrap);
            let off = fast
                .iter()
                .zip(&exact)
                .map(|(fast, exact)| 255.0 * (fast - exact).abs());
            let (sum, most) = off.fold((0.0, 0.0f32), |(sum, most), off| (sum + off, most.max(off)));
            let mean = sum / exact.len() as f32;
            // Of 255 levels.
            assert!(
                mean < 1.5 && most < 16.0,
                "{size:?} {orientation}: {mean} in the mean, {most} at most"
            );
        }
    }
}

#[test]
fn what_cannot_be_scaled_or_is_broken_is_as_if_it_were_decoded_exactly() {
    let whole = photo(1600, 1200);
    let same = |bytes: &[u8], recipe: Recipe<'static>| {
        let fast = PictureDecoder::scaled(recipe, INPUT).decode(bytes);
        match (fast, decode(bytes)) {
            (Ok(fast), Ok(exact)) => assert_eq!(fast.picture, exact),
            (Err(fast), Err(exact)) => assert_eq!(fast.to_string(), exact.to_string()),
            other => panic!("{other:?}"),
        }
    };
    for percent in [0, 1, 50, 99] {
        same(&whole[..whole.len() * percent / 100], RECIPE);
    }
    // No average of pixels is what these filters make.
    for filter in [Filter::Nearest, Filter::BilinearSampled] {
        same(&whole, Recipe { filter, ..RECIPE });
    }
    same(&encoded(&picture(1600, 1200).into(), ImageFormat::Png), RECIPE);
    same(&photo(500, 375), RECIPE);
}
