//! From an ndarray image to the packed array that a network reads.

use ndarray::ArrayView3;

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

fn hint([h, w, c]: [usize; 3], found: [usize; 3]) -> &'static str {
    if found == [c, h, w] {
        ": it looks like channels x height x width; permute its axes"
    } else if found == [w, h, c] && h != w {
        ": height and width are swapped"
    } else {
        ": resize it, or change `input` in the spec"
    }
}

/// The image as one packed run of floats in the order of height, width, channels; its strides may be anything.
#[doc(hidden)]
pub fn packed<const FLOATS: usize>(
    network: &'static str,
    want: [usize; 3],
    image: ArrayView3<'_, f32>,
) -> Result<Box<[f32; FLOATS]>, ShapeError> {
    let (h, w, c) = image.dim();
    let error = ShapeError {
        network,
        want,
        found: [h, w, c],
    };
    if error.found != want {
        return Err(error);
    }
    let floats: Box<[f32]> = image.iter().copied().collect();
    floats.try_into().map_err(|_| error)
}
