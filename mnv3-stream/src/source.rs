//! Pictures as callers have them.

use mnv3_image::{DecodeError, DynamicImage, PictureDecoder, PictureRef};
use std::fmt;
use std::path::{Path, PathBuf};

/// A picture that is yet to be read, or decoded, or is there.
#[derive(Clone)]
#[non_exhaustive]
pub enum PictureSource {
    /// A file.
    Path(PathBuf),
    /// What is in a file.
    Bytes(Vec<u8>),
    /// Pixels.
    Picture(DynamicImage),
}

impl PictureSource {
    /// Reads and decodes it, and shows it to a function; its memory is the decoder's for the next.
    ///
    /// # Errors
    /// The file cannot be read, or is no picture, or what the function says.
    pub fn with<T, E: From<DecodeError>>(
        self,
        decoder: &mut PictureDecoder<'_>,
        see: impl FnOnce(PictureRef<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let picture = match self {
            Self::Path(path) => decoder.decode(&mnv3_image::read(path)?)?,
            Self::Bytes(bytes) => decoder.decode(&bytes)?,
            Self::Picture(picture) => return see((&picture).into()),
        };
        let seen = see((&picture).into());
        decoder.recycle(picture);
        seen
    }
}

impl fmt::Debug for PictureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Picture(picture) => write!(f, "Picture({} x {})", picture.width(), picture.height()),
        }
    }
}

impl From<PathBuf> for PictureSource {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&Path> for PictureSource {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<&PathBuf> for PictureSource {
    fn from(path: &PathBuf) -> Self {
        Self::Path(path.clone())
    }
}

/// A path.
impl From<&str> for PictureSource {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

/// A path.
impl From<String> for PictureSource {
    fn from(path: String) -> Self {
        Self::Path(path.into())
    }
}

impl From<Vec<u8>> for PictureSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for PictureSource {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<DynamicImage> for PictureSource {
    fn from(picture: DynamicImage) -> Self {
        Self::Picture(picture)
    }
}
