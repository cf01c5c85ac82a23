//! How pictures are resampled.

/// How a pixel of a resized picture is made from those of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The pixel under the centre, to the bytes of Pillow.
    Nearest,
    /// A triangle that widens where the picture shrinks, to the bytes of Pillow.
    Bilinear,
    /// A cubic that widens where the picture shrinks, to the bytes of Pillow.
    Bicubic,
    /// The four pixels around the centre, mixed as numbers: PyTorch's `interpolate` with `mode="bilinear"`,
    /// `align_corners=False`, `antialias=False`. Of a picture that shrinks by more than a half, pixels are left out.
    BilinearSampled,
}

impl Filter {
    /// What makes bytes of bytes; none where numbers are mixed.
    pub(crate) fn of_bytes(self) -> Option<mnv3_resize::Filter> {
        match self {
            Self::Nearest => Some(mnv3_resize::Filter::Nearest),
            Self::Bilinear => Some(mnv3_resize::Filter::Bilinear),
            Self::Bicubic => Some(mnv3_resize::Filter::Bicubic),
            Self::BilinearSampled => None,
        }
    }
}
