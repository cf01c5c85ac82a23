//! What can be wrong with a picture.

/// Why an image cannot become a network's input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// It has no pixels.
    #[error("the image has no pixels ({width} x {height})")]
    Empty {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The network's input is no picture, or the recipe is for another count of channels.
    #[error(
        "the network takes {channels} channels, and the recipe has {numbers}: a picture has 3 (red, green, blue) or 1 (luma)"
    )]
    Channels {
        /// Of the network's input.
        channels: usize,
        /// Means and standard deviations of the recipe.
        numbers: usize,
    },
    /// The resizer refuses it.
    #[error("the image cannot be resized")]
    Resize(#[source] Box<dyn std::error::Error + Send + Sync>),
}
