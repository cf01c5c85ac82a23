//! The embedded model: is a line of text upright, or turned by 180 degrees?
//!
//! What happens to the pixels before the network sees them is what happened in training; the model card
//! `specs/text-direction.md` has the contract.

use crate::picture::PictureError;
use image::RgbImage;
use mnv3_resize::{Filter, Resize};

mnv3::mobilenet!("mnv3:text-direction", weights = "mnv3:text-direction");

/// Rows, columns and channels of what the network sees at once.
const HEIGHT: usize = TextDirection::INPUT_SIZE[0];
const WIDTH: usize = TextDirection::INPUT_SIZE[1];
const CHANNELS: usize = TextDirection::INPUT_SIZE[2];
/// A long line is seen through so many windows at most.
const MOST_WINDOWS: usize = 8;
/// How many times longer than high a line may be. It bounds memory: real lines stay under 100.
const LONGEST: u32 = 256;

/// The network with its weights and the memory that it runs in.
pub(crate) struct Classifier {
    model: TextDirection,
    workspace: TextDirectionWorkspace,
    window: Box<[f32; HEIGHT * WIDTH * CHANNELS]>,
}

impl Classifier {
    pub(crate) fn new() -> Self {
        Self {
            model: TextDirection::embedded(),
            workspace: TextDirection::workspace(),
            window: Box::new([0.0; HEIGHT * WIDTH * CHANNELS]),
        }
    }

    /// The probability, 0 to 1, that the line is upside down: the mean over its windows.
    pub(crate) fn upside_down(&mut self, picture: &RgbImage) -> Result<f64, PictureError> {
        let line = scale(picture)?;
        let starts = starts(line.width() as usize);
        let mut sum = 0.0;
        for &start in &starts {
            self.fill(&line, start);
            let mut scores = [0.0; TextDirection::CLASSES];
            self.model.forward_into(&mut self.workspace, &self.window, &mut scores);
            sum += f64::from(scores[1]);
        }
        Ok(sum / starts.len() as f64)
    }

    /// The pixels from column `start` on as -1..1, and 0 where the line has ended.
    fn fill(&mut self, line: &RgbImage, start: usize) {
        let shown = (line.width() as usize - start).min(WIDTH) * CHANNELS;
        let rows = line.chunks_exact(line.width() as usize * CHANNELS);
        for (row, pixels) in self.window.chunks_exact_mut(WIDTH * CHANNELS).zip(rows) {
            let (written, padding) = row.split_at_mut(shown);
            for (to, &from) in written.iter_mut().zip(&pixels[start * CHANNELS..]) {
                *to = f32::from(from) / 127.5 - 1.0;
            }
            padding.fill(0.0);
        }
    }
}

/// 48 rows, aspect kept; the triangle filter widens as it shrinks. To the bytes of Pillow, as in training: a network may
/// be unsure enough to answer otherwise for a few roundings.
fn scale(picture: &RgbImage) -> Result<RgbImage, PictureError> {
    let (width, height) = picture.dimensions();
    if width / height > LONGEST {
        return Err(PictureError::Long(width / height));
    }
    let scaled = (f64::from(width) * HEIGHT as f64 / f64::from(height) + 0.5) as u32;
    let mut line = RgbImage::new(scaled.max(1), HEIGHT as u32);
    let [from, to] = [picture, &line].map(|image| [image.height() as usize, image.width() as usize]);
    Resize::whole(from, to, CHANNELS, Filter::Bilinear).run(picture, &mut line)?;
    Ok(line)
}

/// First columns of the windows: one that is padded on the right, or as many as the line is long, evenly spaced.
fn starts(width: usize) -> Vec<usize> {
    if width <= WIDTH {
        return vec![0];
    }
    let windows = width.div_ceil(WIDTH).min(MOST_WINDOWS);
    let step = (width - WIDTH) as f64 / (windows - 1) as f64;
    (0..windows).map(|i| (i as f64 * step + 0.5) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn windows_cover_a_line_from_its_first_to_its_last_column() {
        assert_eq!(starts(1), [0]);
        assert_eq!(starts(192), [0]);
        assert_eq!(starts(193), [0, 1]);
        assert_eq!(starts(500), [0, 154, 308]);
        let long = starts(10_000);
        assert_eq!((long.len(), long[0], long[7]), (8, 0, 10_000 - 192));
    }

    #[test]
    fn a_line_is_scaled_to_48_rows_and_is_never_narrower_than_a_pixel() {
        let scaled = |w, h| scale(&RgbImage::new(w, h)).unwrap().dimensions();
        assert_eq!(scaled(100, 24), (200, 48));
        assert_eq!(scaled(1, 1000), (1, 48));
        assert_eq!(scaled(25, 96), (13, 48));
    }

    /// What `tests/scaled/make.py` made with Pillow, of the same sample.
    #[test]
    fn scaled_pixels_are_those_of_pillow() {
        let sample = |folder: &str, name: &str| {
            let path = format!("{}/{folder}/{name}", env!("CARGO_MANIFEST_DIR"));
            image::open(path).unwrap().into_rgb8()
        };
        for name in ["line-upright.png", "drawn-upside-down.png"] {
            let ours = scale(&sample("../tests/images", name)).unwrap();
            let pillow = sample("tests/scaled", name);
            assert_eq!(ours.dimensions(), pillow.dimensions());
            assert!(ours == pillow, "{name}");
        }
    }

    #[test]
    fn an_image_far_too_long_for_a_line_is_refused_before_it_is_scaled() {
        assert!(scale(&RgbImage::new(256, 1)).is_ok());
        assert!(matches!(scale(&RgbImage::new(257, 1)), Err(PictureError::Long(257))));
    }

    #[test]
    fn what_an_earlier_line_left_in_the_window_is_overwritten() {
        let mut classifier = Classifier::new();
        let narrow = RgbImage::from_pixel(30, 48, Rgb([200, 200, 200]));
        let fresh = classifier.upside_down(&narrow).unwrap();
        classifier
            .upside_down(&RgbImage::from_pixel(700, 48, Rgb([9, 90, 0])))
            .unwrap();
        assert_eq!(classifier.upside_down(&narrow).unwrap(), fresh);
    }
}
