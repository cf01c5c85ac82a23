//! From the numbers that an SSD head gives to boxes: ordinary code over slices.
//!
//! In: for each anchor its scores as logits and four offsets, in the order of [`AnchorGrid`]s. Out: [`Detection`]s, best
//! first. Softmax or sigmoid, decoding, the best of each class, non-maximum suppression class by class, the best of
//! all: as torchvision's `SSD.postprocess_detections` does it. Memory is made once, in a [`Workspace`]; the same numbers
//! give the same boxes in the same order on every machine, whatever numbers they are.
//!
//! ```
//! use mnv3_detect::{AnchorGrid, Postprocessing, ScoreFunction, TORCHVISION_OFFSET_WEIGHTS};
//!
//! // One anchor in the middle of the image, half as high and as wide.
//! let postprocessing = Postprocessing {
//!     grids: &[AnchorGrid { rows: 1, columns: 1, sizes: &[[0.5, 0.5]] }],
//!     input: [100, 200],
//!     columns: 3,
//!     scores: ScoreFunction::SoftmaxWithBackground,
//!     offset_weights: TORCHVISION_OFFSET_WEIGHTS,
//!     threshold: 0.5,
//!     candidates: 10,
//!     overlap: 0.55,
//!     most: 10,
//! };
//! let mut workspace = postprocessing.workspace();
//! let found = postprocessing.run(&mut workspace, &[0.0, 0.0, 4.0], &[0.0; 4], [100, 200])?;
//! assert_eq!(found[0].class, 2);
//! assert_eq!(found[0].bounds.corners(), [50.0, 25.0, 150.0, 75.0]);
//! # Ok::<(), mnv3_detect::CountError>(())
//! ```

mod anchors;
mod best;
mod bounds;
mod postprocessing;
mod scores;
mod suppress;
#[cfg(test)]
mod tests;

pub use anchors::{Anchor, AnchorGrid, anchors};
pub use bounds::Bounds;
pub use mnv3_ir::{Placement, Placing};
pub use postprocessing::{CountError, Postprocessing, Workspace};
pub use scores::ScoreFunction;

/// What torchvision divides offsets by: of the centre across and down, of width and height.
pub const TORCHVISION_OFFSET_WEIGHTS: [f32; 4] = [10.0, 10.0, 5.0, 5.0];

/// A box, what it holds, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where, in pixels of the image.
    pub bounds: Bounds,
    /// The column of its score; with a background, which is column 0, classes begin at 1.
    pub class: usize,
    /// From 0 to 1.
    pub score: f32,
}
