//! What decoding gives.

use ::image::DynamicImage;

/// A picture as a person sees it, perhaps at a fraction of its size.
#[derive(Clone, Debug)]
pub struct DecodedPicture {
    /// Its pixels.
    pub picture: DynamicImage,
    /// Rows and columns of the whole picture, in which boxes are told, and to which masks are stretched.
    pub size: [usize; 2],
}
