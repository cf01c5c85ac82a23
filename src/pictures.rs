//! The functions of a network that pictures go through.

use crate::floats::Floats;
use crate::{Classifier, Compiled, Model, Workspace, head};
use mnv3_image::{Class, DynamicImage, ImageError, Recipe, classes};
use mnv3_runtime::ndarray::Array3;

/// A network whose spec says how pictures become its input.
#[diagnostic::on_unimplemented(
    message = "nothing says how pictures become the input of `{Self}`",
    label = "its spec has no `preprocess`, or its images are neither grey nor of three colours",
    note = "write `preprocess: {{ ... }}` into the spec; `mnv3 summary` says which of the two it is"
)]
pub trait Prepares: Model {
    /// What it says.
    #[doc(hidden)]
    const RECIPE: Recipe<'static>;
}

impl<M: Model, H> Compiled<M, H> {
    /// A picture to the network's input, in the way that its spec says: resized, cropped, from 0..1 to the range that its
    /// weights were trained with. Height x width x channels (red, green, blue, or luma). Of a line that is longer
    /// than the input is wide, the first window.
    ///
    /// # Errors
    /// The picture has no pixels.
    pub fn preprocess(image: &DynamicImage) -> Result<Array3<f32>, ImageError>
    where
        M: Prepares,
    {
        M::RECIPE.prepare(image, M::INPUT_SIZE)
    }

    /// The same for all windows of a line (`fit: line`), from left to right; one, where the spec says nothing of lines.
    ///
    /// # Errors
    /// The picture has no pixels.
    pub fn windows(image: &DynamicImage) -> Result<Vec<Array3<f32>>, ImageError>
    where
        M: Prepares,
    {
        M::RECIPE.windows(image, M::INPUT_SIZE)
    }

    /// [`preprocess`](Self::preprocess) into an input that is used again.
    ///
    /// # Errors
    /// The picture has no pixels.
    pub fn preprocess_into(image: &DynamicImage, input: &mut M::Input) -> Result<(), ImageError>
    where
        M: Prepares,
    {
        M::RECIPE.prepare_into(image, M::INPUT_SIZE, input.as_mut_slice())
    }
}

impl<M: Classifier> Compiled<M, head::Vector> {
    /// The `k` most probable classes of a picture, the most probable first. Of several windows of a line, the mean of their
    /// probabilities counts.
    ///
    /// # Errors
    /// Those of [`preprocess`](Self::preprocess).
    pub fn classify(&self, image: &DynamicImage, k: usize) -> Result<Vec<Class<'static>>, ImageError>
    where
        M: Prepares,
    {
        self.classify_with(&mut Workspace::new(), image, k)
    }

    /// The same in a workspace that is used again.
    ///
    /// # Errors
    /// Those of [`preprocess`](Self::preprocess).
    pub fn classify_with(
        &self,
        workspace: &mut Workspace<M>,
        image: &DynamicImage,
        k: usize,
    ) -> Result<Vec<Class<'static>>, ImageError>
    where
        M: Prepares,
    {
        let windows = Self::windows(image)?;
        let scores = windows.iter().map(|window| {
            let mut scores = vec![0.0; M::CLASSES];
            let window = window.as_slice().unwrap_or_default();
            match self.forward_slice(workspace, window, &mut scores) {
                Ok(_) => scores,
                Err(_) => unreachable!("a window has the size of the input, and there are as many scores as classes"),
            }
        });
        Ok(classes(scores, M::ACTIVATION, k, Self::label))
    }
}
