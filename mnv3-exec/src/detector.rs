//! Pictures to boxes (feature `image`), as the compiled network's `detect` answers them.

use crate::classify::recipe;
use crate::{Boxes, Exec};
use mnv3_detect::Detection;
use mnv3_image::{Decoding, ImageError, PictureDecoder, PictureRef, PictureTimings, Recipe};
use std::time::Instant;

/// A network that finds things in pictures, with the memory that it runs in. A clone has memory of its own, and the same weights.
#[derive(Clone, Debug)]
pub struct Detector<'e> {
    boxes: Boxes<'e>,
    recipe: Recipe<'e>,
    input: [usize; 3],
    timings: PictureTimings,
}

/// Why a network finds nothing in pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDetector {
    /// It does something else.
    #[error("the network has no head that detects")]
    NoHead,
    /// Nobody says what becomes of a picture.
    #[error("the spec does not say how images are prepared")]
    NoPreprocess,
    /// Its input is no picture.
    #[error("images of {0} channels are no pictures, which have 3 (red, green, blue) or 1 (luma)")]
    Channels(usize),
}

impl<'e> Detector<'e> {
    /// With memory of its own: one for each thread that asks.
    ///
    /// # Errors
    /// The network's head does not detect, or its input is not made from pictures.
    pub fn new(exec: &'e Exec<'_>) -> Result<Self, NotDetector> {
        let network = exec.plan.network;
        let boxes = Boxes::new(exec).ok_or(NotDetector::NoHead)?;
        let input = network.input;
        if !matches!(input.c, 1 | 3) {
            return Err(NotDetector::Channels(input.c));
        }
        let preprocess = network.preprocess.as_ref().ok_or(NotDetector::NoPreprocess)?;
        Ok(Self {
            boxes,
            recipe: recipe(preprocess),
            input: [input.h, input.w, input.c],
            timings: PictureTimings::default(),
        })
    }

    /// What the last picture took.
    #[must_use]
    pub fn timings(&self) -> PictureTimings {
        self.timings
    }

    /// What makes pictures of the bytes of files for this network: one for each thread.
    #[must_use]
    pub fn decoder(&self, decoding: Decoding) -> PictureDecoder<'e> {
        match decoding {
            Decoding::Exact => PictureDecoder::exact(),
            Decoding::Scaled => PictureDecoder::scaled(self.recipe, self.input),
        }
    }

    /// What there is in a picture, best first, its boxes in pixels of the picture.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized.
    pub fn detect<'p>(&mut self, picture: impl Into<PictureRef<'p>>) -> Result<&[Detection], ImageError> {
        let start = Instant::now();
        let picture = picture.into();
        let input = self.recipe.prepare(picture, self.input)?;
        let size = picture.size();
        let prepared = Instant::now();
        let found = self.boxes.detect_in_parts(input.as_slice().unwrap_or_default(), size);
        self.timings.preprocess = prepared - start;
        match found {
            Ok((found, network)) => {
                self.timings.network = network;
                self.timings.postprocess = prepared.elapsed().saturating_sub(network);
                Ok(found)
            }
            Err(_) => unreachable!("a prepared picture has the size of the input"),
        }
    }
}
