//! Many pictures to answers, on all cores (feature `image`), as streams of compiled networks answer them.

use crate::{Classifier, Detector, Segmenter};
use mnv3_detect::Detection;
use mnv3_image::Class;
use mnv3_segment::Mask;
use mnv3_stream::{Answers, PictureSource, StreamError, StreamOptions, stream_in};
use std::thread::Scope;

impl<'e> Classifier<'e> {
    /// The `k` most probable classes of each of many pictures, in their order: files by their paths, bytes of files, or decoded
    /// pictures. Each thread of the scope does whole pictures, in memory of its own; one that cannot be read is one error.
    ///
    /// ```no_run
    /// # fn ask(classifier: &mnv3_exec::Classifier<'_>) {
    /// use mnv3_stream::StreamOptions;
    ///
    /// std::thread::scope(|scope| {
    ///     for classes in classifier.stream(scope, ["a.jpg", "b.jpg"], 5, StreamOptions::default()) {
    ///         println!("{classes:?}");
    ///     }
    /// });
    /// # }
    /// ```
    pub fn stream<'scope, I>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        inputs: I,
        k: usize,
        options: StreamOptions,
    ) -> Answers<Vec<Class<'e>>, StreamError>
    where
        'e: 'scope,
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'scope>,
    {
        let like = self.clone();
        stream_in(scope, inputs, options, move || {
            let mut classifier = like.clone();
            let mut decoder = classifier.decoder(options.decoding_wanted());
            move |input: I::Item| {
                input
                    .into()
                    .with(&mut decoder, |picture| Ok(classifier.classify(picture, k)?))
            }
        })
    }
}

impl<'e> Detector<'e> {
    /// What there is in each of many pictures, in their order: see [`Classifier::stream`].
    pub fn stream<'scope, I>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        inputs: I,
        options: StreamOptions,
    ) -> Answers<Vec<Detection>, StreamError>
    where
        'e: 'scope,
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'scope>,
    {
        let like = self.clone();
        stream_in(scope, inputs, options, move || {
            let mut detector = like.clone();
            let mut decoder = detector.decoder(options.decoding_wanted());
            move |input: I::Item| {
                input
                    .into()
                    .with(&mut decoder, |picture| Ok(detector.detect(picture)?.to_vec()))
            }
        })
    }
}

impl<'e> Segmenter<'e> {
    /// The class of each pixel of each of many pictures, in their order: see [`Classifier::stream`]. A mask takes two bytes a
    /// pixel, so that by default two of them wait for each thread.
    pub fn stream<'scope, I>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        inputs: I,
        options: StreamOptions,
    ) -> Answers<Mask, StreamError>
    where
        'e: 'scope,
        I: IntoIterator<Item: Into<PictureSource>, IntoIter: Send + 'scope>,
    {
        let like = self.clone();
        stream_in(scope, inputs, options.or_ahead(2), move || {
            let mut segmenter = like.clone();
            let mut decoder = segmenter.decoder(options.decoding_wanted());
            move |input: I::Item| {
                input.into().with(&mut decoder, |picture| {
                    segmenter.look(picture)?;
                    Ok(segmenter.mask())
                })
            }
        })
    }
}
