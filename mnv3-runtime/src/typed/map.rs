//! Feature maps and vectors with their sizes in the type.

use crate::layer::padded;
use crate::observer::MapView;

/// A feature map of `H` rows, `W` columns and `C` channels in a buffer of the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a, const H: usize, const W: usize, const C: usize>(pub(super) &'a [f32]);

impl<const H: usize, const W: usize, const C: usize> Map<'_, H, W, C> {
    pub(super) const FLOATS: usize = H * W * padded(C);

    /// For an observer.
    #[must_use]
    pub fn view(&self) -> MapView<'_> {
        MapView {
            shape: [H, W, C],
            data: self.0,
        }
    }
}

/// A vector of `C` channels.
#[derive(Clone, Copy, Debug)]
pub struct Vector<'a, const C: usize>(pub(super) &'a [f32]);

/// How a map becomes a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Mean of every channel.
    Avg,
    /// Maximum of every channel.
    Max,
}
