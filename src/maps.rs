//! Running a network whose outputs are maps.

use crate::floats::Floats;
use crate::{Compiled, MapModel, Workspace, head};
use mnv3_runtime::{LengthError, Observer};

impl<M: MapModel, K> Compiled<M, head::Maps<K>> {
    /// An image, packed as rows of pixels of channels, to its maps, those that the spec taps among them; allocates
    /// nothing.
    pub fn forward_into<'w>(&'w self, workspace: &'w mut Workspace<M>, image: &M::Input) -> M::Maps<'w> {
        self.engine
            .run(move |cpu| M::forward_on(&self.engine, cpu, workspace, image, &mut ()))
    }

    /// The same for a slice, whose length is looked at once.
    ///
    /// # Errors
    /// `image` is not [`INPUT_LEN`](Self::INPUT_LEN) floats long.
    pub fn forward_slice<'w>(
        &'w self,
        workspace: &'w mut Workspace<M>,
        image: &[f32],
    ) -> Result<M::Maps<'w>, LengthError> {
        let (found, want) = (image.len(), Self::INPUT_LEN);
        let image = M::Input::from_slice(image).ok_or(LengthError::Image { want, found })?;
        Ok(self.forward_into(workspace, image))
    }

    /// Like [`forward_into`](Self::forward_into) on one thread, and shows the output of every block to `observer`.
    pub fn forward_observed<'w>(
        &'w self,
        workspace: &'w mut Workspace<M>,
        image: &M::Input,
        observer: &mut impl Observer,
    ) -> M::Maps<'w> {
        M::forward_on(&self.engine, self.engine.alone(), workspace, image, observer)
    }
}
