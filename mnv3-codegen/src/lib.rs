//! From a checked network to code.
//!
//! In: a [`Network`](mnv3_spec::Network) with every dimension known. Between: a [`Plan`] with every decision made.
//! Out: Rust, as tokens for the macro ([`tokens`]) or as formatted text with the YAML rows as comments ([`pretty`]); or a
//! PyTorch module to train the same network ([`torch()`]).
//! It never reads YAML and never runs a network. The macro, the command line and the snapshots all call these.

mod plan;
mod rust;
mod torch;
mod weights;

pub use mnv3_weights::PackedLayer;
pub use plan::{Block, Input, Layer, Place, Plan, Residual, Step, StepKind, WorkspacePlan};
pub use rust::{pretty, snapshot, thousands, tokens};
pub use torch::torch;
pub use weights::{WeightsFile, pack, scales_of, with_manifest};
