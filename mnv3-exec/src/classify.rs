//! Pictures to named classes (feature `image`), as the compiled network's `classify` answers them.

use crate::{Exec, Workspace, class_name};
use mnv3_image::{ChannelOrder, Class, Decoding, Filter, Fit, ImageError, PictureDecoder, PictureRef, Recipe};
use mnv3_spec::network::{self, OutputActivation, Preprocess};

/// A network that pictures are put to, with the memory that it runs in. A clone has memory of its own, and the same weights.
///
/// ```no_run
/// # fn ask(photo: &mnv3_image::DynamicImage) -> Result<(), Box<dyn std::error::Error>> {
/// let network = mnv3_spec::load("mnv3:small", "".as_ref())?.network;
/// let plan = mnv3_codegen::Plan::new(&network);
/// let exec = mnv3_exec::Exec::new(&plan, &std::fs::read("small.safetensors")?)?;
/// let mut classifier = mnv3_exec::Classifier::new(&exec)?;
/// for class in classifier.classify(photo, 5)? {
///     println!("{:5.1} %  {}", 100.0 * class.probability, class.label.unwrap_or("?"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Classifier<'e> {
    exec: &'e Exec<'e>,
    recipe: Recipe<'e>,
    /// What the network does with scores.
    activation: OutputActivation,
    workspace: Workspace,
}

/// Why a network cannot tell classes of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotClassifier {
    /// It gives maps.
    #[error("the network has no head that classifies: it gives maps")]
    NoHead,
    /// It gives embeddings.
    #[error("the head has no classes, so that the network gives an embedding")]
    NoClasses,
    /// Nobody says what becomes of a picture.
    #[error("the spec does not say how images are prepared")]
    NoPreprocess,
    /// Its input is no picture.
    #[error("images of {0} channels are no pictures, which have 3 (red, green, blue) or 1 (luma)")]
    Channels(usize),
}

impl<'e> Classifier<'e> {
    /// With memory of its own: one for each thread that asks.
    ///
    /// # Errors
    /// The network has no head or no classes, or its input is not made from pictures.
    pub fn new(exec: &'e Exec<'_>) -> Result<Self, NotClassifier> {
        let network = exec.plan.network;
        let head = network.classify().ok_or(NotClassifier::NoHead)?;
        let classes = head.classes.as_ref().ok_or(NotClassifier::NoClasses)?;
        if !matches!(network.input.c, 1 | 3) {
            return Err(NotClassifier::Channels(network.input.c));
        }
        let preprocess = network.preprocess.as_ref().ok_or(NotClassifier::NoPreprocess)?;
        Ok(Self {
            exec,
            recipe: recipe(preprocess),
            activation: classes.activation,
            workspace: exec.workspace(),
        })
    }

    /// What the network does with scores.
    #[must_use]
    pub fn activation(&self) -> OutputActivation {
        self.activation
    }

    /// What makes pictures of the bytes of files for this network: one for each thread.
    #[must_use]
    pub fn decoder(&self, decoding: Decoding) -> PictureDecoder<'e> {
        let input = self.exec.plan.network.input;
        match decoding {
            Decoding::Exact => PictureDecoder::exact(),
            Decoding::Scaled => PictureDecoder::scaled(self.recipe, [input.h, input.w, input.c]),
        }
    }

    /// The `k` most probable classes of a picture, the most probable first; all of them where there are fewer. Of several
    /// windows of a line, the mean of their probabilities counts.
    ///
    /// # Errors
    /// The picture has no pixels or cannot be resized.
    pub fn classify<'p>(&mut self, picture: impl Into<PictureRef<'p>>, k: usize) -> Result<Vec<Class<'e>>, ImageError> {
        let input = self.exec.plan.network.input;
        let windows = self.recipe.windows(picture, [input.h, input.w, input.c])?;
        let scores = windows.iter().map(|window| {
            let mut scores = vec![0.0; self.exec.output_len()];
            let window = window.as_slice().unwrap_or_default();
            match self.exec.forward_into(&mut self.workspace, window, &mut scores) {
                Ok(()) => scores,
                Err(_) => unreachable!("a window has the size of the input"),
            }
        });
        let network = self.exec.plan.network;
        Ok(mnv3_image::classes(scores, self.activation, k, |class| {
            class_name(network, class)
        }))
    }
}

/// How a spec says that pictures become input.
#[must_use]
pub fn recipe(preprocess: &Preprocess) -> Recipe<'_> {
    Recipe {
        fit: match preprocess.fit {
            network::Fit::Stretch => Fit::Stretch,
            network::Fit::Crop { resized } => Fit::Crop(resized),
            network::Fit::Pad { placing } => Fit::Pad(placing),
            network::Fit::Line { windows: Some(windows) } => Fit::Line(windows),
            network::Fit::Line { windows: None } => Fit::SqueezedLine,
        },
        filter: match preprocess.filter {
            network::Filter::Nearest => Filter::Nearest,
            network::Filter::Bilinear => Filter::Bilinear,
            network::Filter::Bicubic => Filter::Bicubic,
            network::Filter::BilinearSampled => Filter::BilinearSampled,
        },
        order: match preprocess.order {
            network::ColourOrder::Rgb => ChannelOrder::Rgb,
            network::ColourOrder::Bgr => ChannelOrder::Bgr,
        },
        fill: preprocess.fill.as_deref(),
        mean: &preprocess.mean,
        std: &preprocess.std,
    }
}
