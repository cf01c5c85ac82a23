//! From the logits of a network that segments to masks of the size of the picture.
//!
//! In: a map of logits, one for each class of each pixel of the network's input, which the whole picture was stretched to, or in a part of which it lies ([`Placing`]). Out: a
//! [`Mask`] of classes, or the [`Alpha`] of one class, of the picture's own size, into memory that is used again. With the feature `image`,
//! what is done with them: [`cut_out`], [`over`], [`blend`].
//!
//! Both resizes are bilinear, the edges of first and last pixels on those of the picture, without a filter that widens (PyTorch's
//! `interpolate` with `mode="bilinear"`, `align_corners=False`, `antialias=False`): of logits for a mask, whose largest then counts; of
//! probabilities for alpha. Both go from strip to strip of the picture, at the SIMD level of the machine, without a map of the picture's size.

mod alpha;
mod between;
#[cfg(feature = "image")]
mod draw;
mod logits;
mod mask;
mod palette;
mod planes;
mod strips;

pub use alpha::{Alpha, AlphaWorkspace, ClassError};
#[cfg(feature = "image")]
pub use draw::{SizeError, blend, blurred, cut_out, over};
pub use logits::LogitMap;
pub use mask::{Mask, MaskWorkspace};
pub use mnv3_ir::Placing;
pub use palette::{voc_colour, voc_palette};
