//! A picture that is looked at, whether all of its pixels were decoded or not.

use crate::DecodedPicture;
use ::image::DynamicImage;

/// The pixels of a picture, and the size that it has by itself.
#[derive(Clone, Copy, Debug)]
pub struct PictureRef<'p> {
    pub(crate) picture: &'p DynamicImage,
    /// Rows and columns.
    pub(crate) whole: [u32; 2],
}

impl PictureRef<'_> {
    /// Rows and columns of the whole picture.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.whole.map(|n| n as usize)
    }
}

impl<'p> From<&'p DynamicImage> for PictureRef<'p> {
    fn from(picture: &'p DynamicImage) -> Self {
        Self {
            picture,
            whole: [picture.height(), picture.width()],
        }
    }
}

impl<'p> From<&'p DecodedPicture> for PictureRef<'p> {
    fn from(decoded: &'p DecodedPicture) -> Self {
        Self {
            picture: &decoded.picture,
            whole: decoded.size.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        }
    }
}
