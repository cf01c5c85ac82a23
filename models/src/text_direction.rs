//! Is a line of text upright, or turned by 180 degrees?
//!
//! What happens to the pixels before the network sees them is what happened in training. The model card,
//! `specs/text-direction.md`, has the contract, how the model was trained, and where it is weak.
//!
//! ```
//! use mnv3_models::text_direction::{Classifier, Direction};
//!
//! # fn open(name: &str) -> image::ImageResult<image::DynamicImage> {
//! #     image::open(format!("{}/../tests/images/{name}", env!("CARGO_MANIFEST_DIR")))
//! # }
//! let mut classifier = Classifier::new();
//! let answer = classifier.classify(&open("line-upside-down.png")?)?;
//! assert_eq!(answer.direction(), Direction::UpsideDown);
//! println!("{:?} with probability {:.3}", answer.direction(), answer.probability());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use image::DynamicImage;
use mnv3_image::{ImageError, on_white};
use std::fmt;

mnv3::mobilenet!("mnv3:text-direction", weights = "mnv3:text-direction");

/// How many times longer than high a line may be: real ones stay under 100.
pub const LONGEST: u32 = 256;

/// The least probability with which a direction is named; below it the answer is [`Direction::Unsure`]. The model card,
/// `specs/text-direction.md`, says how many lines, and how many pictures that are none, stay below it.
pub const THRESHOLD: f64 = 0.8;

/// The network with its weights, and the memory that it runs in: one for each thread that asks, of which a clone shares the weights.
pub struct Classifier {
    model: TextDirection,
    workspace: TextDirectionWorkspace,
}

/// Which way a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// As it is read.
    Upright,
    /// Turned by 180 degrees.
    UpsideDown,
    /// Neither is likely enough: the picture holds no horizontal line of text, or one that says too little.
    Unsure,
}

/// What the model says of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The probability, 0 to 1, that the line is upside down: the mean over its windows.
    pub upside_down: f64,
}

impl Answer {
    /// The likelier direction, or [`Direction::Unsure`] below the [`THRESHOLD`].
    #[must_use]
    pub fn direction(self) -> Direction {
        self.direction_from(THRESHOLD)
    }

    /// The likelier direction, or [`Direction::Unsure`] if its probability is below `threshold`. Up to 0.5 there is always a
    /// direction, above 1 never.
    #[must_use]
    pub fn direction_from(self, threshold: f64) -> Direction {
        if self.probability() < threshold {
            Direction::Unsure
        } else if self.upside_down > 0.5 {
            Direction::UpsideDown
        } else {
            Direction::Upright
        }
    }

    /// The probability of the likelier direction, 0.5 to 1, whether it is named or not.
    #[must_use]
    pub fn probability(self) -> f64 {
        self.upside_down.max(1.0 - self.upside_down)
    }
}

/// Why a picture is no line of text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is more than [`LONGEST`] times as long as it is high. Cut it into lines, or the line into parts.
    #[error("the image is {0} times as long as it is high")]
    Long(u32),
    /// It has no pixels, or cannot be resized.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl Classifier {
    /// Unpacks the weights that are in the program.
    #[must_use]
    pub fn new() -> Self {
        Self {
            model: TextDirection::embedded(),
            workspace: TextDirection::workspace(),
        }
    }

    /// One horizontal line of text, cut closely, as a person sees it: turned as its EXIF data say, which is the decoder's to
    /// do. Transparent parts are taken as white. A picture without such a line has an answer too, which ought to be
    /// [`Direction::Unsure`].
    ///
    /// # Errors
    /// The picture has no pixels, or is far too long for a line.
    pub fn classify(&mut self, picture: &DynamicImage) -> Result<Answer, LineError> {
        let upside_down = self.upside_down(picture)?;
        Ok(Answer { upside_down })
    }

    /// The probability, 0 to 1, that the line is upside down.
    fn upside_down(&mut self, picture: &DynamicImage) -> Result<f64, LineError> {
        if let Some(length) = picture.width().checked_div(picture.height())
            && length > LONGEST
        {
            return Err(LineError::Long(length));
        }
        let windows = if picture.color().has_alpha() {
            TextDirection::windows(&DynamicImage::from(on_white(picture.clone())))?
        } else {
            TextDirection::windows(picture)?
        };
        let mut sum = 0.0;
        for window in &windows {
            let mut scores = [0.0; TextDirection::CLASSES];
            let window = window.as_slice().and_then(|window| window.try_into().ok());
            let Some(window) = window else {
                unreachable!("a window has the size of the input")
            };
            self.model.forward_into(&mut self.workspace, window, &mut scores);
            sum += f64::from(scores[1]);
        }
        Ok(sum / windows.len() as f64)
    }
}

/// The same weights, in memory of its own to run in.
impl Clone for Classifier {
    fn clone(&self) -> Self {
        Self {
            model: self.model.clone(),
            workspace: TextDirection::workspace(),
        }
    }
}

impl Default for Classifier {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classifier").field("model", &self.model).finish()
    }
}
