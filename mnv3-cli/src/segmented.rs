//! What is made of a picture by the classes of its pixels, as files.

use crate::background::Background;
use crate::pictures::PictureName;
use image::{DynamicImage, ImageError, Rgb, RgbImage};
use mnv3_exec::Segmenter;
use mnv3_segment::{Mask, blend, blurred, cut_out, over, voc_colour, voc_palette};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Share of an overlay that is the colour of the class.
const OPACITY: f32 = 0.5;
/// A blurred background is out of focus by this share of the picture's longer edge.
const BLUR: f32 = 1.0 / 60.0;

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    Mask,
    Overlay,
    CutOut { class: usize, background: Background },
}

impl Wanted {
    /// As names of files say it.
    fn what(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Overlay => "overlay",
            Self::CutOut { .. } => "cut-out",
        }
    }

    /// By the name of the picture; none twice.
    pub(crate) fn file_name(self, name: &PictureName) -> String {
        let (stem, what) = (&name.stem, self.what());
        match name.time {
            1 => format!("{stem}-{what}.png"),
            again => format!("{stem}-{what}-{again}.png"),
        }
    }
}

/// Why nothing was drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DrawError {
    #[error("{0}")]
    Image(#[from] ImageError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Png(#[from] png::EncodingError),
    #[error(transparent)]
    Size(#[from] mnv3_segment::SizeError),
    #[error(transparent)]
    Class(#[from] mnv3_segment::ClassError),
}

/// What was made.
pub(crate) enum Drawing {
    Mask(Mask),
    Picture(DynamicImage),
}

impl Drawing {
    /// Of a picture that the segmenter has looked at.
    pub(crate) fn of(
        wanted: Wanted,
        picture: &DynamicImage,
        mask: Mask,
        segmenter: &mut Segmenter<'_>,
    ) -> Result<Self, DrawError> {
        Ok(match wanted {
            Wanted::Mask => Self::Mask(mask),
            Wanted::Overlay => {
                let colour = |class| (class != 0).then(|| voc_colour(class));
                Self::Picture(blend(&picture.to_rgb8(), &mask, colour, OPACITY)?.into())
            }
            Wanted::CutOut { class, background } => {
                let (alpha, picture) = (segmenter.alpha(class)?, picture.to_rgb8());
                let background = match background {
                    Background::Transparent => return Ok(Self::Picture(cut_out(&picture, &alpha)?.into())),
                    Background::Blur => {
                        let longer = picture.width().max(picture.height());
                        blurred(&picture, (longer as f32 * BLUR).max(1.0))
                    }
                    Background::Colour(colour) => RgbImage::from_pixel(picture.width(), picture.height(), Rgb(colour)),
                };
                Self::Picture(over(&picture, &alpha, &background)?.into())
            }
        })
    }

    /// As a PNG: of a mask pixels are classes, in a palette if there are at most 256, else in 16 bits.
    pub(crate) fn save(&self, path: &Path) -> Result<(), DrawError> {
        let mask = match self {
            Self::Picture(picture) => return Ok(picture.save(path)?),
            Self::Mask(mask) => mask,
        };
        let [height, width] = mask.size().map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let mut file = BufWriter::new(File::create(path)?);
        let mut encoder = png::Encoder::new(&mut file, width, height);
        let narrow: Option<Vec<u8>> = mask.classes().iter().map(|class| u8::try_from(*class).ok()).collect();
        let pixels = match narrow {
            Some(pixels) => {
                encoder.set_color(png::ColorType::Indexed);
                encoder.set_palette(voc_palette().to_vec());
                pixels
            }
            None => {
                encoder.set_color(png::ColorType::Grayscale);
                encoder.set_depth(png::BitDepth::Sixteen);
                mask.classes().iter().flat_map(|class| class.to_be_bytes()).collect()
            }
        };
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(file.flush()?)
    }
}
