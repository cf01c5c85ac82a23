//! What a picture takes.

use std::time::Duration;

/// How long each part of an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureTimings {
    /// From the picture to the network's input.
    pub preprocess: Duration,
    /// From the input to what the head gives.
    pub network: Duration,
    /// From that to boxes or masks of the picture.
    pub postprocess: Duration,
}
