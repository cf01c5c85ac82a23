//! The functions of a network that pictures go through.

use crate::floats::Floats;
use crate::{Classifier, Compiled, Model, Workspace, head};
use mnv3_image::{Class, DynamicImage, ImageError, Recipe, top};
use mnv3_runtime::ndarray::Array3;

/// A network whose spec says how pictures become its input.
pub trait Prepares: Model {
    /// What it says.
    #[doc(hidden)]
    const RECIPE: Recipe<'static>;
}

impl<M: Prepares, H> Compiled<M, H> {
    /// A picture to the network's input, in the way that its spec says: resized, cropped, from 0..1 to the range that its
    /// weights were trained with. Height x width x channels (red, green, blue, or luma).
    ///
    /// # Errors
    /// The picture has no pixels.
    pub fn preprocess(image: &DynamicImage) -> Result<Array3<f32>, ImageError> {
        M::RECIPE.prepare(image, M::INPUT_SIZE)
    }

    /// The same into an input that is used again.
    ///
    /// # Errors
    /// The picture has no pixels.
    pub fn preprocess_into(image: &DynamicImage, input: &mut M::Input) -> Result<(), ImageError> {
        M::RECIPE.prepare_into(image, M::INPUT_SIZE, input.as_mut_slice())
    }
}

impl<M: Prepares + Classifier> Compiled<M, head::Scores> {
    /// The `k` most probable classes of a picture, the most probable first.
    ///
    /// # Errors
    /// Those of [`preprocess`](Self::preprocess).
    pub fn classify(&self, image: &DynamicImage, k: usize) -> Result<Vec<Class>, ImageError> {
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
    ) -> Result<Vec<Class>, ImageError> {
        let (mut input, mut scores) = (vec![0.0; Self::INPUT_LEN], vec![0.0; M::CLASSES]);
        M::RECIPE.prepare_into(image, M::INPUT_SIZE, &mut input)?;
        match self.forward_slice(workspace, &input, &mut scores) {
            Ok(_) => Ok(top(scores, M::SOFTMAX, k)),
            Err(_) => unreachable!("an image of that size, and as many scores as classes"),
        }
    }
}
