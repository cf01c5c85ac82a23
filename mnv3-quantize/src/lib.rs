//! Networks in eight bits: what they compute, and how their scales are found.
//!
//! [`Simulation`] runs a graph in plain integer loops and gives the very bits that the integer kernels must give, at every
//! SIMD level. It shares no code with the kernels and their packed weights: docs/int8.md is what both follow.
//!
//! In: a graph, its float weights, and the [`Scales`] of its values. Out: every value. A quantised value is u8 with a scale
//! and a zero point for each channel, `x = scale * (q - zero_point)`; [`points`](mnv3_spec::graph::Graph::points) lists which values are quantised.

mod agreement;
mod calibrate;
mod correction;
mod error;
mod float;
mod fold;
mod kernels;
mod layer;
mod op;
mod parallel;
mod pools;
mod prepare;
mod ranges;
mod report;
mod requantise;
mod scales;
mod simulation;
mod squeeze_excite;
mod statistics;

pub use agreement::Agreement;
pub use calibrate::{Calibration, Granularity, Options, Pass, Progress, RangeRule, calibrate};
pub use correction::Correction;
pub use error::CalibrationError;
pub use float::{Float, FloatValues};
pub use layer::Int8Layer;
pub use report::{ValueReport, report};
pub use scales::{ChannelScales, InputScales, Scales, ScalesError};
pub use simulation::{Simulation, SimulationError, Value, Values};
