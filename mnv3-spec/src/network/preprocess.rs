//! How images become input.

use mnv3_ir::Placing;

/// How an image is brought to the network's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Resized straight to it, whatever becomes of the aspect ratio.
    Stretch,
    /// Resized, its aspect ratio kept, until it just covers `resized` (height, width), then cropped around its centre.
    Crop {
        /// Height and width to cover.
        resized: [usize; 2],
    },
    /// Resized, its aspect ratio kept, until the network's input just holds it, and filled up beside it.
    Pad {
        /// Where the picture lies.
        placing: Placing,
    },
    /// Resized to the network's height, its aspect ratio kept, as for lines of text; filled up on the right, or seen through
    /// windows.
    Line {
        /// The most windows, evenly spaced over a line that is longer than the network's width. `None`: such a line is squeezed into
        /// that width, and the columns of shorter ones are rounded up, as in PaddleOCR.
        windows: Option<usize>,
    },
}

/// The order of the channels of colour images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red, as OpenCV and Caffe have them.
    Bgr,
}

/// The filter of a resize; `Bilinear` and `Bicubic` are widened when an image shrinks (antialias).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The pixel under the centre.
    Nearest,
    /// Triangle.
    Bilinear,
    /// Cubic with a = -0.5, as Pillow has it.
    Bicubic,
    /// The four pixels around the centre, mixed as numbers.
    BilinearSampled,
}

/// Why a network says nothing of how images become its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprepared {
    /// The spec says `preprocess: none`.
    BySpec,
    /// The dialect says nothing of it, nor does the spec.
    ByDialect,
    /// The dialect's means and standard deviations are for another number of channels, and the spec gives none.
    ByChannels,
}

/// From an image to the network's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocess {
    /// To the network's size.
    pub fit: Fit,
    /// Of the resize.
    pub filter: Filter,
    /// Of the network's channels, where there are three.
    pub order: ColourOrder,
    /// What stands beside an image that does not fill the input: values of 0 to 1, for each channel. `None` for their means, which
    /// become 0.
    pub fill: Option<Vec<f64>>,
    /// Taken from values of 0 to 1, for each channel.
    pub mean: Vec<f64>,
    /// What then divides them, for each of the network's channels.
    pub std: Vec<f64>,
}
