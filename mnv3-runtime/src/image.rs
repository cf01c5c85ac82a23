//! From an ndarray image to the packed array that a network reads.

use ndarray::{ArrayView, Dimension};
use std::borrow::Cow;

/// An image of another shape than the network was compiled for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{network} takes an image of {} x {} x {} (height x width x channels), not {} x {} x {}{}",
    want[0], want[1], want[2], found[0], found[1], found[2], hint(*want, *found)
)]
pub struct ShapeError {
    /// The network's name.
    pub network: &'static str,
    /// Height, width, channels of the spec.
    pub want: [usize; 3],
    /// Height, width, channels given.
    pub found: [usize; 3],
}

/// A slice has not the length that the network needs. Nothing was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// The image.
    #[error("the image has {found} numbers, the network takes {want} (height x width x channels)")]
    Image {
        /// Numbers that it should have.
        want: usize,
        /// Numbers that it has.
        found: usize,
    },
    /// The scores or the embedding.
    #[error("there is room for an answer of {found} numbers, the network gives {want}")]
    Output {
        /// Numbers that the network gives; 0 without a head.
        want: usize,
        /// Room given.
        found: usize,
    },
}

fn hint([h, w, c]: [usize; 3], found: [usize; 3]) -> &'static str {
    if found == [c, h, w] {
        ": it looks like channels x height x width; permute its axes"
    } else if found == [w, h, c] && h != w {
        ": height and width are swapped"
    } else {
        ": resize it, or change `input` in the spec"
    }
}

/// An image, or several along axes before its own three, as one packed run of floats in the order of height, width,
/// channels; strides may be anything.
#[doc(hidden)]
pub fn packed<'a, D: Dimension>(
    network: &'static str,
    want: [usize; 3],
    images: ArrayView<'a, f32, D>,
) -> Result<Cow<'a, [f32]>, ShapeError> {
    let found = images.shape().last_chunk().copied().unwrap_or_default();
    if found != want {
        return Err(ShapeError { network, want, found });
    }
    Ok(match images.to_slice() {
        Some(floats) => floats.into(),
        None => images.iter().copied().collect::<Vec<f32>>().into(),
    })
}
