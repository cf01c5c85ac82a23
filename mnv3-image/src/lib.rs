//! From a picture to a network's input, and from scores to named classes.
//!
//! In: a picture of the crate `image`, and a spec's [`Recipe`]. Out: the tensor that the library's own evaluation transform
//! gives. What a recipe is made from is not known here: compiled networks write theirs down, `mnv3-exec` reads it from the
//! spec.
//!
//! ```
//! use mnv3_image::{DynamicImage, Fit, Recipe};
//!
//! let recipe = Recipe {
//!     fit: Fit::Crop([256, 256]),
//!     mean: &[0.485, 0.456, 0.406],
//!     std: &[0.229, 0.224, 0.225],
//!     ..Recipe::PLAIN
//! };
//! let input = recipe.prepare(&DynamicImage::new_rgb8(640, 480), [224, 224, 3])?;
//! assert_eq!(input.dim(), (224, 224, 3));
//! # Ok::<(), mnv3_image::ImageError>(())
//! ```

mod classes;
mod decode;
mod error;
mod filter;
mod fit;
mod line;
mod name;
mod picture_ref;
mod recipe;
mod sampled;
mod size;
mod timings;
mod transparency;

pub use ::image::DynamicImage;
pub use classes::{Class, classes};
pub use decode::{DecodeError, DecodedPicture, Decoding, PictureDecoder, decode, open, read};
pub use error::ImageError;
pub use filter::Filter;
pub use fit::Fit;
pub use mnv3_ir::Placing;
pub use mnv3_runtime::OutputActivation;
pub use name::is_picture_name;
pub use picture_ref::PictureRef;
pub use recipe::{ChannelOrder, Recipe};
pub use timings::PictureTimings;
pub use transparency::on_white;
