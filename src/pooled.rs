//! Running a network with a head.

use crate::floats::Floats;
use crate::{Classifier, Compiled, Pooled, Workspace, batch, head};
use mnv3_runtime::ndarray::{Array1, Array2, ArrayView3, ArrayView4, Axis};
use mnv3_runtime::{BatchError, LengthError, Observer, ShapeError, packed};

impl<M: Classifier> Compiled<M, head::Vector> {
    /// Scores of an image.
    pub const CLASSES: usize = M::CLASSES;
}

impl<M: Pooled> Compiled<M, head::Vector> {
    /// Numbers of an answer: as many as there are classes, or as the embedding has.
    pub const OUTPUT_LEN: usize = M::Output::LEN;

    /// An image of height x width x channels to its scores: logits, or probabilities if the spec says `softmax: true` or
    /// `sigmoid: true`. With `classes: none`, to its embedding.
    ///
    /// For comfort: it makes a workspace, checks the shape, and takes any strides. Maps that the spec taps are handed out
    /// by [`forward_into`](Self::forward_into) only, as they lie in the workspace.
    ///
    /// # Errors
    /// The image has another shape.
    pub fn forward(&self, image: ArrayView3<'_, f32>) -> Result<Array1<f32>, ShapeError> {
        let image = packed(M::NAME, M::INPUT_SIZE, image)?;
        let mut output = vec![0.0; M::Output::LEN];
        match (M::Input::from_slice(&image), M::Output::from_slice_mut(&mut output)) {
            (Some(image), Some(output)) => _ = self.forward_into(&mut Workspace::new(), image, output),
            _ => unreachable!("an image of that size, and as many numbers as the answer has"),
        }
        Ok(Array1::from_vec(output))
    }

    /// An image, packed as rows of pixels of channels, to its scores or embedding, and to the maps that the spec taps; allocates
    /// nothing.
    pub fn forward_into<'w>(
        &'w self,
        workspace: &'w mut Workspace<M>,
        image: &M::Input,
        output: &mut M::Output,
    ) -> M::Maps<'w> {
        self.engine
            .run(move |cpu| M::forward_on(&self.engine, cpu, workspace, image, output, &mut ()))
    }

    /// The same for slices, whose lengths are looked at once.
    ///
    /// # Errors
    /// `image` is not [`INPUT_LEN`](Self::INPUT_LEN) floats long, or `output` not [`OUTPUT_LEN`](Self::OUTPUT_LEN).
    pub fn forward_slice<'w>(
        &'w self,
        workspace: &'w mut Workspace<M>,
        image: &[f32],
        output: &mut [f32],
    ) -> Result<M::Maps<'w>, LengthError> {
        let (found, want) = (image.len(), Self::INPUT_LEN);
        let image = M::Input::from_slice(image).ok_or(LengthError::Image { want, found })?;
        let (found, want) = (output.len(), M::Output::LEN);
        let output = M::Output::from_slice_mut(output).ok_or(LengthError::Output { want, found })?;
        Ok(self.forward_into(workspace, image, output))
    }

    /// N images of height x width x channels to N x [`OUTPUT_LEN`](Self::OUTPUT_LEN).
    ///
    /// With threads, each image runs on one of them.
    ///
    /// # Errors
    /// The images have another shape.
    pub fn forward_batch(&self, images: ArrayView4<'_, f32>) -> Result<Array2<f32>, ShapeError> {
        let mut output = Array2::zeros([images.len_of(Axis(0)), M::Output::LEN]);
        let each = M::Output::each_mut(output.as_slice_mut().unwrap_or_default()).unwrap_or_default();
        batch::over_array(&self.engine, images, each, |cpu, workspace, image, output| {
            _ = M::forward_on(&self.engine, cpu, workspace, image, output, &mut ());
        })?;
        Ok(output)
    }

    /// The same for packed images; allocates nothing. As many images at a time as there are workspaces and threads.
    ///
    /// # Errors
    /// `images` and `output` differ in length, or there is no workspace.
    pub fn forward_batch_into(
        &self,
        workspaces: &mut [Workspace<M>],
        images: &[M::Input],
        output: &mut [M::Output],
    ) -> Result<(), BatchError> {
        self.engine
            .run_batch(workspaces, images, output, |cpu, workspace, image, output| {
                _ = M::forward_on(&self.engine, cpu, workspace, image, output, &mut ());
            })
    }

    /// Like [`forward_into`](Self::forward_into) on one thread, and shows the output of every block to `observer`.
    pub fn forward_observed<'w>(
        &'w self,
        workspace: &'w mut Workspace<M>,
        image: &M::Input,
        output: &mut M::Output,
        observer: &mut impl Observer,
    ) -> M::Maps<'w> {
        let cpu = self.engine.alone();
        M::forward_on(&self.engine, cpu, workspace, image, output, observer)
    }
}
