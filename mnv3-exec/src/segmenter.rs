//! Pictures to masks (feature `image`), as the compiled network's `segment` answers them.

use crate::classify::recipe;
use crate::{Exec, Workspace};
use mnv3_image::{Decoding, ImageError, PictureDecoder, PictureRef, PictureTimings, Recipe};
use mnv3_segment::{Alpha, AlphaWorkspace, ClassError, LogitMap, Mask, MaskWorkspace};
use std::time::Instant;

/// A network that tells what each pixel of a picture shows, with the memory that it runs in. A clone has memory of its own, and the same weights.
#[derive(Clone, Debug)]
pub struct Segmenter<'e> {
    exec: &'e Exec<'e>,
    recipe: Recipe<'e>,
    input: [usize; 3],
    values: Vec<f32>,
    workspace: Workspace,
    of_mask: MaskWorkspace,
    of_alpha: AlphaWorkspace,
    size: [usize; 2],
    timings: PictureTimings,
}

/// Why a network does not tell what pixels show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSegmenter {
    /// It does something else.
    #[error("the network has no head that segments")]
    NoHead,
    /// Nobody says what becomes of a picture.
    #[error("the spec does not say how images are prepared")]
    NoPreprocess,
    /// Its input is no picture.
    #[error("images of {0} channels are no pictures, which have 3 (red, green, blue) or 1 (luma)")]
    Channels(usize),
}

impl<'e> Segmenter<'e> {
    /// With memory of its own: one for each thread that asks.
    ///
    /// # Errors
    /// The network's head does not segment, or its input is not made from pictures.
    pub fn new(exec: &'e Exec<'_>) -> Result<Self, NotSegmenter> {
        let network = exec.plan.network;
        let head = network.segment().ok_or(NotSegmenter::NoHead)?;
        let input = network.input;
        if !matches!(input.c, 1 | 3) {
            return Err(NotSegmenter::Channels(input.c));
        }
        let preprocess = network.preprocess.as_ref().ok_or(NotSegmenter::NoPreprocess)?;
        Ok(Self {
            exec,
            recipe: recipe(preprocess),
            input: [input.h, input.w, input.c],
            values: vec![0.0; exec.image_len()],
            workspace: exec.workspace(),
            of_mask: MaskWorkspace::new([input.h, input.w], head.classes),
            of_alpha: AlphaWorkspace::new([input.h, input.w], head.classes),
            size: [1, 1],
            timings: PictureTimings::default(),
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

    /// Looks at a picture, of which [`mask`](Self::mask) and [`alpha`](Self::alpha) are then asked.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized.
    pub fn look<'p>(&mut self, picture: impl Into<PictureRef<'p>>) -> Result<(), ImageError> {
        let start = Instant::now();
        let picture = picture.into();
        self.recipe.prepare_into(picture, self.input, &mut self.values)?;
        let prepared = Instant::now();
        let steps = match self.exec.plan.steps.as_slice() {
            // Masks are made without it.
            [steps @ .., last] if self.exec.plan.enlarges(last) => steps,
            steps => steps,
        };
        let (exec, workspace, values) = (self.exec, &mut self.workspace, &self.values);
        exec.engine
            .run(|cpu| exec.run(cpu, steps, workspace, values, &mut [], &mut |_, _| {}));
        self.size = picture.size();
        self.timings = PictureTimings {
            preprocess: prepared - start,
            network: prepared.elapsed(),
            ..PictureTimings::default()
        };
        Ok(())
    }

    /// The class of each pixel of the picture that was looked at.
    pub fn mask(&mut self) -> Mask {
        let start = Instant::now();
        let mut mask = Mask::new(self.size);
        let placing = self.exec.plan.network.placing();
        let (logits, workspace) = (logits(self.exec, &self.workspace), &mut self.of_mask);
        self.exec
            .engine
            .run(|cpu| mask.fill_on(cpu, logits, placing, workspace));
        self.timings.postprocess += start.elapsed();
        mask
    }

    /// How sure it is of each pixel that it shows a class; of a network with one class that is number 1.
    ///
    /// # Errors
    /// There is no such class.
    pub fn alpha(&mut self, class: usize) -> Result<Alpha, ClassError> {
        let start = Instant::now();
        let mut alpha = Alpha::new(self.size);
        let placing = self.exec.plan.network.placing();
        let (logits, workspace) = (logits(self.exec, &self.workspace), &mut self.of_alpha);
        self.exec
            .engine
            .run(|cpu| alpha.fill_on(cpu, logits, placing, class, workspace))?;
        self.timings.postprocess += start.elapsed();
        Ok(alpha)
    }

    /// What the picture took.
    #[must_use]
    pub fn timings(&self) -> PictureTimings {
        self.timings
    }
}

fn logits<'w>(exec: &'w Exec<'_>, workspace: &'w Workspace) -> LogitMap<'w> {
    let logits = match exec.plan.steps.last() {
        Some(last) if exec.plan.enlarges(last) => exec
            .value(workspace, last.inputs[0].value)
            .map(|map| LogitMap::enlarged(map, [last.output.h, last.output.w])),
        _ => exec.map(workspace, "logits").map(LogitMap::from),
    };
    match logits {
        Some(logits) => logits,
        None => unreachable!("a head that segments gives them"),
    }
}
