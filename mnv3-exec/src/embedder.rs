//! Pictures to embeddings (feature `image`): what a head with `classes: none` gives.

use crate::classify::recipe;
use crate::{Exec, Workspace};
use mnv3_image::{Decoding, ImageError, PictureDecoder, PictureRef, Recipe};

/// A network that makes a vector of each picture, with the memory that it runs in. A clone has memory of its own, and the same weights.
#[derive(Clone, Debug)]
pub struct Embedder<'e> {
    exec: &'e Exec<'e>,
    recipe: Recipe<'e>,
    input: [usize; 3],
    workspace: Workspace,
}

/// Why a network makes no embeddings of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEmbedder {
    /// It gives maps, or scores.
    #[error("the network has no head that gives one vector")]
    NoVector,
    /// Nobody says what becomes of a picture.
    #[error("the spec does not say how images are prepared")]
    NoPreprocess,
    /// Its input is no picture.
    #[error("images of {0} channels are no pictures, which have 3 (red, green, blue) or 1 (luma)")]
    Channels(usize),
}

impl<'e> Embedder<'e> {
    /// With memory of its own: one for each thread that asks.
    ///
    /// # Errors
    /// The network's head has classes, or gives maps, or its input is not made from pictures.
    pub fn new(exec: &'e Exec<'_>) -> Result<Self, NotEmbedder> {
        let network = exec.plan.network;
        let head = network.classify().filter(|head| head.classes.is_none());
        head.ok_or(NotEmbedder::NoVector)?;
        let input = network.input;
        if !matches!(input.c, 1 | 3) {
            return Err(NotEmbedder::Channels(input.c));
        }
        let preprocess = network.preprocess.as_ref().ok_or(NotEmbedder::NoPreprocess)?;
        Ok(Self {
            exec,
            recipe: recipe(preprocess),
            input: [input.h, input.w, input.c],
            workspace: exec.workspace(),
        })
    }

    /// What makes pictures of the bytes of files for this network: one for each thread.
    #[must_use]
    pub fn decoder(&self, decoding: Decoding) -> PictureDecoder<'e> {
        match decoding {
            Decoding::Exact => PictureDecoder::exact(),
            Decoding::Scaled => PictureDecoder::scaled(self.recipe, self.input),
        }
    }

    /// The embedding of a picture; of several windows of a line, the mean of theirs.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized.
    pub fn embed<'p>(&mut self, picture: impl Into<PictureRef<'p>>) -> Result<Vec<f32>, ImageError> {
        let windows = self.recipe.windows(picture, self.input)?;
        let mut sum = vec![0.0; self.exec.output_len()];
        let mut vector = sum.clone();
        for window in &windows {
            let window = window.as_slice().unwrap_or_default();
            match self.exec.forward_into(&mut self.workspace, window, &mut vector) {
                Ok(()) => sum.iter_mut().zip(&vector).for_each(|(sum, value)| *sum += value),
                Err(_) => unreachable!("a window has the size of the input"),
            }
        }
        let count = windows.len() as f32;
        sum.iter_mut().for_each(|sum| *sum /= count);
        Ok(sum)
    }
}
