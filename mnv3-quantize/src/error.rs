//! Why a network cannot be calibrated.

use crate::simulation::SimulationError;

/// Why a network cannot be calibrated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// Nothing to look at.
    #[error("there are no images to calibrate with")]
    NoImages,
    /// A value is infinite, or no number.
    #[error(
        "{name} is not finite in single precision, with image {image} (from 0): the weights are not those of a network that works"
    )]
    NotFinite {
        /// Row and op.
        name: String,
        /// Which.
        image: usize,
    },
    /// Weights and scales do not go together.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Simulation(Vec<SimulationError>),
}
