//! What is known of JPEG files before, or without, decoding all of their pixels.

use crate::recipe::Recipe;
use ::image::metadata::Orientation;
use ::image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use mnv3_jpeg::{Denominator, Header, Scaled};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// At a fraction of its size, if the file is one that can be decoded so, and what a network sees of it is made of enough pixels then.
/// Nothing, if not, or if anything is wrong with it: what that is, the other decoder says.
pub(super) fn scaled(
    bytes: &[u8],
    recipe: &Recipe<'_>,
    input: [usize; 3],
    most: u64,
) -> Option<(DynamicImage, [usize; 2])> {
    // Which formats are read is the application's choice.
    let header = Header::read(bytes).filter(|_| ImageFormat::Jpeg.reading_enabled())?;
    let size = header.size();
    if u64::from(size[0]) * u64::from(size[1]) > most || !has_end(bytes) {
        return None;
    }
    let orientation = header.exif().and_then(Orientation::from_exif_chunk);
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    let seen = if is_on_its_side(orientation) {
        [size[1], size[0]]
    } else {
        size
    };
    let denominators = [Denominator::Eight, Denominator::Four, Denominator::Two];
    let enough = |denominator: &Denominator| {
        let number = denominator.number() as u32;
        // What is not a multiple would be stretched by its last pixels, which stand for fewer than the others.
        let whole = seen.iter().all(|n| n.is_multiple_of(number));
        whole && recipe.has_pixels_enough(seen, seen.map(|n| n / number), input)
    };
    let scaled = header.decode(denominators.into_iter().find(enough)?)?;
    let mut picture = picture(scaled)?;
    picture.apply_orientation(orientation);
    Some((picture, seen.map(|n| n as usize)))
}

/// A type of our own, for which the decoder is compiled here: what `image` has compiled for slices would be called again, and may not be
/// optimised, as in the command, which would take twice as long.
struct FileBytes<'d>(&'d [u8]);

impl AsRef<[u8]> for FileBytes<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

/// All of its pixels, by the decoder that the crate `image` calls as well, in memory that is used again. Nothing, if anything is wrong with it:
/// `image` says what.
pub(super) fn exact(bytes: &[u8], spare: &mut Vec<u8>, most: u64) -> Option<DynamicImage> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(FileBytes(bytes)), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    if width as u64 * height as u64 > most || !ImageFormat::Jpeg.reading_enabled() || !has_end(bytes) {
        return None;
    }
    let colours = match decoder.input_colorspace()? {
        ColorSpace::Luma => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let mut pixels = std::mem::take(spare);
    // Nothing of the picture before shows where a decoder leaves something out.
    pixels.clear();
    pixels.resize(width * height * colours.num_components(), 0);
    decoder.decode_into(&mut pixels).ok()?;
    let mut picture = picture(Scaled {
        size: [height, width],
        channels: colours.num_components(),
        pixels,
    })?;
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Some(picture)
}

/// Whether rows become columns.
fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// In colours, as all pictures here are.
fn picture(scaled: Scaled) -> Option<DynamicImage> {
    let [height, width] = scaled.size.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    Some(match scaled.channels {
        1 => DynamicImage::from(GrayImage::from_raw(width, height, scaled.pixels)?)
            .into_rgb8()
            .into(),
        _ => RgbImage::from_raw(width, height, scaled.pixels)?.into(),
    })
}

/// Whether the end-of-image marker follows the first scan. The decoder fills what is missing with grey, of which a
/// network would have its own opinion. Thumbnails inside metadata end with the same marker, so that segments are
/// stepped over by their lengths.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xff, marker, tail @ ..] = rest {
        match (*marker, tail) {
            (0xff, _) => rest = &rest[1..],
            (0xda, scan) => {
                // It stands at the end, where it is looked for first.
                return scan.windows(2).rev().any(|pair| pair == [0xff, 0xd9]);
            }
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = tail.get(length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    // Odd bytes between segments: let the decoder judge.
    !rest.is_empty()
}
