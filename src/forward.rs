//! What the macro writes of each network beside [`Model`]: how it runs, by what comes out of it.

use crate::Workspace;
use crate::floats::Floats;
use crate::model::{Model, head};
use mnv3_detect::Postprocessing;
use mnv3_runtime::{Cpu, Engine, MapView, Observer, OutputActivation, Placing};

/// A network whose head pools the last map: an image becomes one vector. That of a [`Classifier`] is scores; with
/// `classes: none` it is an embedding, the vector that scores would be made from.
pub trait Pooled: Model<Head = head::Vector> {
    /// `[f32; N]`: scores, or the embedding.
    type Output: Floats;

    /// One image; `observer` is shown the output of every block.
    #[doc(hidden)]
    fn forward_on<'w>(
        engine: &'w Engine,
        cpu: Cpu<'_>,
        workspace: &'w mut Workspace<Self>,
        image: &Self::Input,
        output: &mut Self::Output,
        observer: &mut impl Observer,
    ) -> Self::Maps<'w>;
}

/// A network whose head has classes.
pub trait Classifier: Pooled {
    /// Scores of an image.
    const CLASSES: usize;
    /// What became of the scores: logits, or probabilities.
    const ACTIVATION: OutputActivation;
}

/// A network whose outputs are maps: without a head, or with one that gives maps.
pub trait MapModel: Model {
    /// One image; `observer` is shown the output of every block.
    #[doc(hidden)]
    fn forward_on<'w>(
        engine: &'w Engine,
        cpu: Cpu<'_>,
        workspace: &'w mut Workspace<Self>,
        image: &Self::Input,
        observer: &mut impl Observer,
    ) -> Self::Maps<'w>;
}

/// A network without a head.
pub trait Backbone: MapModel + Model<Head = head::Maps<head::Features>> {
    /// Height, width and channels of the last map.
    const FEATURES: [usize; 3];

    /// The last map.
    #[doc(hidden)]
    fn features<'w>(maps: &Self::Maps<'w>) -> MapView<'w>;
}

/// A network whose head segments.
pub trait Segmenter: MapModel + Model<Head = head::Maps<head::Logits>> {
    /// Classes of a pixel.
    const CLASSES: usize;
    /// How a picture lies in the input, as its spec says.
    const PLACING: Placing = Placing::Stretched;

    /// The logits, of the height and width of the image.
    #[doc(hidden)]
    fn logits<'w>(maps: &Self::Maps<'w>) -> MapView<'w>;
}

/// A network whose head detects.
pub trait Detector: MapModel + Model<Head = head::Maps<head::Boxes>> {
    /// Its anchors, and what is wanted of boxes.
    const POSTPROCESSING: Postprocessing<'static>;
    /// How a picture lies in the input, as its spec says.
    const PLACING: Placing = Placing::Stretched;

    /// Shows the logits and offsets of each map, in the order of the anchors.
    #[doc(hidden)]
    fn predictions<'w>(maps: &Self::Maps<'w>, see: &mut dyn FnMut(MapView<'w>, MapView<'w>));
}
