//! The functions of a network that pictures go through.

use crate::floats::Floats;
use crate::{Classifier, Compiled, Model, Workspace, head};
use mnv3_image::{Class, Decoding, DynamicImage, ImageError, PictureDecoder, PictureRef, Recipe, classes};
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
    /// What makes pictures of the bytes of files for this network: one for each thread. With [`Decoding::Scaled`] large photos are decoded at
    /// a fraction of their size, in a fraction of the time; which changes scores a little.
    ///
    /// ```no_run
    /// # mnv3::mobilenet!("mnv3:large");
    /// # fn run(network: &MobileNetV3Large, files: &[Vec<u8>]) -> Result<(), Box<dyn std::error::Error>> {
    /// use mnv3::image::Decoding;
    ///
    /// let mut decoder = MobileNetV3Large::decoder(Decoding::Scaled);
    /// let mut workspace = MobileNetV3Large::workspace();
    /// for bytes in files {
    ///     let photo = decoder.decode(bytes)?;
    ///     println!("{:?}", network.classify_with(&mut workspace, &photo, 1)?);
    ///     // Its memory, for the next.
    ///     decoder.recycle(photo);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn decoder(decoding: Decoding) -> PictureDecoder<'static>
    where
        M: Prepares,
    {
        match decoding {
            Decoding::Exact => PictureDecoder::exact(),
            Decoding::Scaled => PictureDecoder::scaled(M::RECIPE, M::INPUT_SIZE),
        }
    }

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
    pub fn preprocess_into<'p>(image: impl Into<PictureRef<'p>>, input: &mut M::Input) -> Result<(), ImageError>
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
    pub fn classify<'p>(&self, image: impl Into<PictureRef<'p>>, k: usize) -> Result<Vec<Class<'static>>, ImageError>
    where
        M: Prepares,
    {
        self.classify_with(&mut Workspace::new(), image, k)
    }

    /// The same in a workspace that is used again.
    ///
    /// # Errors
    /// Those of [`preprocess`](Self::preprocess).
    pub fn classify_with<'p>(
        &self,
        workspace: &mut Workspace<M>,
        image: impl Into<PictureRef<'p>>,
        k: usize,
    ) -> Result<Vec<Class<'static>>, ImageError>
    where
        M: Prepares,
    {
        let windows = M::RECIPE.windows(image, M::INPUT_SIZE)?;
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
