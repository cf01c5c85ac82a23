//! Running a network without a head.

use crate::floats::Floats;
use crate::{Backbone, Compiled, Workspace, batch, head};
use mnv3_runtime::ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis};
use mnv3_runtime::{ShapeError, packed};

impl<M: Backbone> Compiled<M, head::Maps<head::Features>> {
    /// An image of height x width x channels to the last map, in the same order.
    ///
    /// For comfort: it makes a workspace, checks the shape, and takes any strides. All maps that the spec names are handed
    /// out by [`forward_into`](Self::forward_into), as they lie in the workspace.
    ///
    /// # Errors
    /// The image has another shape.
    pub fn forward(&self, image: ArrayView3<'_, f32>) -> Result<Array3<f32>, ShapeError> {
        let image = packed(M::NAME, M::INPUT_SIZE, image)?;
        let mut workspace = Workspace::new();
        match M::Input::from_slice(&image) {
            Some(image) => Ok(self.engine.run(|cpu| {
                let maps = M::forward_on(&self.engine, cpu, &mut workspace, image, &mut ());
                M::features(&maps).to_array()
            })),
            None => unreachable!("an image of that size"),
        }
    }

    /// N images of height x width x channels to the last map of each.
    ///
    /// With threads, each image runs on one of them.
    ///
    /// # Errors
    /// The images have another shape.
    pub fn forward_batch(&self, images: ArrayView4<'_, f32>) -> Result<Array4<f32>, ShapeError> {
        let [h, w, c] = M::FEATURES;
        let mut features = Array4::zeros([images.len_of(Axis(0)), h, w, c]);
        let each = features.as_slice_mut().unwrap_or_default().chunks_exact_mut(h * w * c);
        batch::over_array(
            &self.engine,
            images,
            &mut each.collect::<Vec<_>>(),
            |cpu, workspace, image, features| {
                let maps = M::forward_on(&self.engine, cpu, workspace, image, &mut ());
                M::features(&maps).copy_to(features);
            },
        )?;
        Ok(features)
    }
}
