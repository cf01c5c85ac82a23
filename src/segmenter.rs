//! Running a network whose head segments.

use crate::floats::Floats;
use crate::{Compiled, Segmenter, Workspace, batch, head};
use mnv3_runtime::ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis};
use mnv3_runtime::{Cpu, MapView, Observer, ShapeError, packed};
use mnv3_segment::{Alpha, AlphaWorkspace, ClassError, LogitMap, Mask, MaskWorkspace};
use std::{fmt, mem};

/// Memory for a network that segments, and for making masks of what it gives. Made once, used for every image.
pub struct SegmenterWorkspace<M> {
    network: Workspace<M>,
    mask: MaskWorkspace,
    alpha: AlphaWorkspace,
}

impl<M: Segmenter> SegmenterWorkspace<M> {
    /// Allocates all of it.
    #[must_use]
    pub fn new() -> Self {
        let [h, w, _] = M::INPUT_SIZE;
        Self {
            network: Workspace::new(),
            mask: MaskWorkspace::new([h, w], M::CLASSES),
            alpha: AlphaWorkspace::new([h, w], M::CLASSES),
        }
    }
}

impl<M: Segmenter> Default for SegmenterWorkspace<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Segmenter> fmt::Debug for SegmenterWorkspace<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SegmenterWorkspace<{}>", M::NAME)
    }
}

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

    /// The class of each pixel of a picture, of which `input` are the pixels as the network takes them: `mask` has the picture's size,
    /// which lies in the input as the spec says ([`PLACING`](Segmenter::PLACING)). Allocates nothing.
    pub fn segment_into(&self, workspace: &mut SegmenterWorkspace<M>, input: &M::Input, mask: &mut Mask) {
        let SegmenterWorkspace {
            network, mask: of_mask, ..
        } = workspace;
        self.with_logits(network, input, |cpu, logits| {
            mask.fill_on(cpu, logits, M::PLACING, of_mask)
        });
    }

    /// How sure it is of each pixel of a picture that it shows a class; of a network with one class, that is number 1. Allocates
    /// nothing.
    ///
    /// # Errors
    /// There is no such class.
    pub fn alpha_into(
        &self,
        workspace: &mut SegmenterWorkspace<M>,
        input: &M::Input,
        class: usize,
        alpha: &mut Alpha,
    ) -> Result<(), ClassError> {
        let SegmenterWorkspace {
            network,
            alpha: of_alpha,
            ..
        } = workspace;
        self.with_logits(network, input, |cpu, logits| {
            alpha.fill_on(cpu, logits, M::PLACING, class, of_alpha)
        })
    }

    /// Runs the network, and makes something of its logits on the same threads, before they are enlarged to the size of the image.
    fn with_logits<R: Send>(
        &self,
        workspace: &mut Workspace<M>,
        input: &M::Input,
        make: impl FnOnce(Cpu<'_>, LogitMap<'_>) -> R + Send,
    ) -> R {
        let [h, w, _] = M::INPUT_SIZE;
        self.engine.run(|cpu| {
            let mut making = Making::Before { make, size: [h, w] };
            let maps = M::forward_on(&self.engine, cpu, workspace, input, &mut making);
            match making {
                Making::Made(made) => made,
                // A head that gives logits of that size at once.
                Making::Before { make, .. } => make(cpu, M::logits(&maps).into()),
                Making::Now => unreachable!("it makes something, or has made it"),
            }
        })
    }

    /// The class of each pixel of a picture, as its spec says. A workspace is made for it.
    ///
    /// # Errors
    /// The picture has no pixels.
    #[cfg(feature = "image")]
    pub fn segment<'p>(&self, picture: impl Into<mnv3_image::PictureRef<'p>>) -> Result<Mask, mnv3_image::ImageError>
    where
        M: crate::image::Prepares,
    {
        let picture = picture.into();
        let mut mask = Mask::new(picture.size());
        let input = M::RECIPE.prepare(picture, M::INPUT_SIZE)?;
        self.segment_into(&mut SegmenterWorkspace::new(), sized::<M>(&input), &mut mask);
        Ok(mask)
    }

    /// How sure it is of each pixel of a picture that it shows a class, to cut that out; of a network with one class, that is number 1.
    /// A workspace is made for it.
    ///
    /// # Errors
    /// The picture has no pixels, or there is no such class.
    #[cfg(feature = "image")]
    pub fn alpha<'p>(&self, picture: impl Into<mnv3_image::PictureRef<'p>>, class: usize) -> Result<Alpha, AlphaError>
    where
        M: crate::image::Prepares,
    {
        let picture = picture.into();
        let mut alpha = Alpha::new(picture.size());
        let input = M::RECIPE.prepare(picture, M::INPUT_SIZE)?;
        self.alpha_into(&mut SegmenterWorkspace::new(), sized::<M>(&input), class, &mut alpha)?;
        Ok(alpha)
    }
}

/// Makes something of logits as soon as there are any, of whatever size.
enum Making<F, R> {
    Before {
        make: F,
        /// The image's.
        size: [usize; 2],
    },
    Now,
    Made(R),
}

impl<F: FnOnce(Cpu<'_>, LogitMap<'_>) -> R, R> Observer for Making<F, R> {
    fn map(&mut self, _: &'static str, _: MapView<'_>) {}

    fn enlarges(&mut self, cpu: Cpu<'_>, logits: MapView<'_>) -> bool {
        if let Self::Before { make, size } = mem::replace(self, Self::Now) {
            *self = Self::Made(make(cpu, LogitMap::enlarged(logits, size)));
        }
        false
    }
}

/// Why there is no alpha of a picture.
#[cfg(feature = "image")]
#[derive(Debug, thiserror::Error)]
pub enum AlphaError {
    /// The picture cannot be prepared.
    #[error(transparent)]
    Image(#[from] mnv3_image::ImageError),
    /// There is no such class.
    #[error(transparent)]
    Class(#[from] ClassError),
}

/// The pixels of a prepared picture as an array.
#[cfg(feature = "image")]
fn sized<M: Segmenter>(prepared: &Array3<f32>) -> &M::Input {
    match prepared.as_slice().and_then(M::Input::from_slice) {
        Some(input) => input,
        None => unreachable!("a prepared picture has the size of the input"),
    }
}
