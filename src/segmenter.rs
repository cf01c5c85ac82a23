//! Running a network whose head segments.

use crate::floats::Floats;
use crate::{Compiled, Segmenter, Workspace, batch, head};
use mnv3_runtime::ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis};
use mnv3_runtime::{ShapeError, packed};

impl<M: Segmenter> Compiled<M, head::Maps<head::Logits>> {
    /// Classes of a pixel.
    pub const CLASSES: usize = M::CLASSES;

    /// An image of height x width x channels to height x width x [`CLASSES`](Self::CLASSES) logits.
    ///
    /// For comfort: it makes a workspace, checks the shape, and takes any strides. The logits and all maps that the spec taps are
    /// handed out by [`forward_into`](Self::forward_into), as they lie in the workspace.
    ///
    /// # Errors
    /// The image has another shape.
    pub fn forward(&self, image: ArrayView3<'_, f32>) -> Result<Array3<f32>, ShapeError> {
        let image = packed(M::NAME, M::INPUT_SIZE, image)?;
        let mut workspace = Workspace::new();
        match M::Input::from_slice(&image) {
            Some(image) => Ok(M::logits(&self.forward_into(&mut workspace, image)).to_array()),
            None => unreachable!("an image of that size"),
        }
    }

    /// N images of height x width x channels to the logits of each.
    ///
    /// With threads, each image runs on one of them.
    ///
    /// # Errors
    /// The images have another shape.
    pub fn forward_batch(&self, images: ArrayView4<'_, f32>) -> Result<Array4<f32>, ShapeError> {
        let [h, w, _] = M::INPUT_SIZE;
        let mut logits = Array4::zeros([images.len_of(Axis(0)), h, w, M::CLASSES]);
        let each = logits.as_slice_mut().unwrap_or_default();
        let each = each.chunks_exact_mut(h * w * M::CLASSES);
        batch::over_array(
            &self.engine,
            images,
            &mut each.collect::<Vec<_>>(),
            |cpu, workspace, image, logits| {
                let maps = M::forward_on(&self.engine, cpu, workspace, image, &mut ());
                M::logits(&maps).copy_to(logits);
            },
        )?;
        Ok(logits)
    }
}
