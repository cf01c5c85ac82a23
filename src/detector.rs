//! Running a network whose head detects.

use crate::{Compiled, Detector, Workspace, head};
use mnv3_detect::Detection;
use std::fmt;

/// Memory for a network that detects, and for making boxes of what it gives. Made once, used for every image.
pub struct DetectorWorkspace<M> {
    network: Workspace<M>,
    logits: Vec<f32>,
    offsets: Vec<f32>,
    boxes: mnv3_detect::Workspace,
}

impl<M: Detector> DetectorWorkspace<M> {
    /// Allocates all of it.
    #[must_use]
    pub fn new() -> Self {
        let anchors = M::POSTPROCESSING.anchors();
        Self {
            network: Workspace::new(),
            logits: vec![0.0; anchors * M::POSTPROCESSING.columns],
            offsets: vec![0.0; anchors * 4],
            boxes: M::POSTPROCESSING.workspace(),
        }
    }
}

impl<M: Detector> Default for DetectorWorkspace<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Detector> fmt::Debug for DetectorWorkspace<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DetectorWorkspace<{}>", M::NAME)
    }
}

impl<M: Detector> Compiled<M, head::Maps<head::Boxes>> {
    /// What there is in an image, best first: `input` are its pixels as the network takes them, `size` height and width of the
    /// picture that boxes are to be of, which lies in the input as the spec says ([`PLACING`](Detector::PLACING)). Allocates nothing.
    pub fn detect_into<'w>(
        &self,
        workspace: &'w mut DetectorWorkspace<M>,
        input: &M::Input,
        size: [usize; 2],
    ) -> &'w [Detection] {
        let DetectorWorkspace {
            network,
            logits,
            offsets,
            boxes,
        } = workspace;
        let maps = self.forward_into(network, input);
        let (mut logits_left, mut offsets_left) = (&mut logits[..], &mut offsets[..]);
        M::predictions(&maps, &mut |logits, offsets| {
            logits_left = logits.copy_to(std::mem::take(&mut logits_left));
            offsets_left = offsets.copy_to(std::mem::take(&mut offsets_left));
        });
        match M::POSTPROCESSING.run_placed(boxes, logits, offsets, size, M::PLACING) {
            Ok(found) => found,
            Err(_) => unreachable!("there are as many logits and offsets as anchors"),
        }
    }

    /// What there is in a picture, best first, as its spec says: boxes in pixels of the picture, classes by number, and how sure
    /// that is. A workspace is made for it.
    ///
    /// # Errors
    /// The picture has no pixels.
    #[cfg(feature = "image")]
    pub fn detect<'p>(
        &self,
        picture: impl Into<mnv3_image::PictureRef<'p>>,
    ) -> Result<Vec<Detection>, mnv3_image::ImageError>
    where
        M: crate::image::Prepares,
    {
        use crate::floats::Floats;
        let picture = picture.into();
        let input = M::RECIPE.prepare(picture, M::INPUT_SIZE)?;
        let input = input.as_slice().and_then(M::Input::from_slice);
        let size = picture.size();
        match input {
            Some(input) => Ok(self.detect_into(&mut DetectorWorkspace::new(), input, size).to_vec()),
            None => unreachable!("a prepared picture has the size of the input"),
        }
    }
}
