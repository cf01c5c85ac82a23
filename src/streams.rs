//! Many pictures to answers, on all cores.

use crate::floats::Floats;
use crate::image::Prepares;
use crate::{Classifier, Compiled, Detector, DetectorWorkspace, Model, Segmenter, SegmenterWorkspace, Workspace, head};
use mnv3_detect::Detection;
use mnv3_image::{Class, ImageError, PictureRef};
use mnv3_segment::Mask;
use mnv3_stream::{Answers, PictureSource, StreamError, StreamOptions, stream};
use std::marker::PhantomData;
use std::sync::Arc;

/// Masks of a thread that wait for the caller.
const MASKS: usize = 2;

impl<M: Classifier + Prepares> Compiled<M, head::Vector> {
    /// The `k` most probable classes of each of many pictures, in their order: files by their paths, bytes of files, or decoded pictures.
    ///
    /// Each thread does whole pictures, from the file to the answer, which keeps all cores busy where layers that are divided would
    /// not. A picture that cannot be read is one error. The threads stop when the answers are dropped.
    ///
    /// ```no_run
    /// # mnv3::mobilenet!("mnv3:large");
    /// # fn run(network: &MobileNetV3Large) {
    /// use mnv3::image::StreamOptions;
    ///
    /// let answers = network.classify_stream(["a.jpg", "b.jpg"], 5, StreamOptions::default().threads(2));
    /// println!("{} of them are pictures", answers.filter(Result::is_ok).count());
    /// # }
    /// ```
    pub fn classify_stream<I>(
        &self,
        inputs: I,
        k: usize,
        options: StreamOptions,
    ) -> Answers<Vec<Class<'static>>, StreamError>
    where
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'static>,
    {
        self.each(inputs, options, Workspace::new, move |network, workspace, picture| {
            network.classify_with(workspace, picture, k)
        })
    }
}

impl<M: Detector + Prepares> Compiled<M, head::Maps<head::Boxes>> {
    /// What there is in each of many pictures, in their order: see [`detect`](Self::detect), and of streams
    /// [`classify_stream`](Compiled::classify_stream).
    pub fn detect_stream<I>(&self, inputs: I, options: StreamOptions) -> Answers<Vec<Detection>, StreamError>
    where
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'static>,
    {
        let memory = || (PreparedInput::<M>::new(), DetectorWorkspace::new());
        self.each(inputs, options, memory, |network, (input, workspace), picture| {
            let size = picture.size();
            Ok(network.detect_into(workspace, input.prepared(picture)?, size).to_vec())
        })
    }
}

impl<M: Segmenter + Prepares> Compiled<M, head::Maps<head::Logits>> {
    /// The class of each pixel of each of many pictures, in their order: see [`segment`](Self::segment), and of streams
    /// [`classify_stream`](Compiled::classify_stream). A mask takes two bytes a pixel, so that by default two of them wait for each thread.
    pub fn segment_stream<I>(&self, inputs: I, options: StreamOptions) -> Answers<Mask, StreamError>
    where
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'static>,
    {
        let memory = || (PreparedInput::<M>::new(), SegmenterWorkspace::new());
        self.each(
            inputs,
            options.or_ahead(MASKS),
            memory,
            |network, (input, workspace), picture| {
                let mut mask = Mask::new(picture.size());
                network.segment_into(workspace, input.prepared(picture)?, &mut mask);
                Ok(mask)
            },
        )
    }
}

impl<M: Model, H: 'static> Compiled<M, H> {
    /// Asks about every picture, on threads that have `memory` each.
    fn each<I, S, A>(
        &self,
        inputs: I,
        options: StreamOptions,
        memory: impl Fn() -> S + Send + Sync + 'static,
        ask: impl Fn(&Self, &mut S, PictureRef<'_>) -> Result<A, ImageError> + Send + Sync + 'static,
    ) -> Answers<A, StreamError>
    where
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'static>,
        A: Send + 'static,
        M: Prepares,
    {
        let network = self.clone();
        let ask = Arc::new(ask);
        stream(inputs, options, move || {
            let (network, ask, mut memory) = (network.clone(), Arc::clone(&ask), memory());
            let mut decoder = Self::decoder(options.decoding_wanted());
            move |input: I::Item| {
                input
                    .into()
                    .with(&mut decoder, |picture| Ok(ask(&network, &mut memory, picture)?))
            }
        })
    }
}

/// Memory for the input of a network.
struct PreparedInput<M> {
    values: Vec<f32>,
    model: PhantomData<fn() -> M>,
}

impl<M: Prepares> PreparedInput<M> {
    fn new() -> Self {
        Self {
            values: vec![0.0; M::Input::LEN],
            model: PhantomData,
        }
    }

    fn prepared(&mut self, picture: PictureRef<'_>) -> Result<&M::Input, ImageError> {
        M::RECIPE.prepare_into(picture, M::INPUT_SIZE, &mut self.values)?;
        match M::Input::from_slice(&self.values) {
            Some(input) => Ok(input),
            None => unreachable!("it was made with that length"),
        }
    }
}
