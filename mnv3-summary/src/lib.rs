//! What a network amounts to, as tables for people: its layers with their shapes and costs, and where everything lies in
//! memory.
//!
//! In: a network, or its [`Plan`](mnv3_codegen::Plan). Out: text. The command shows it, tests take snapshots of it.

mod classes;
mod layers;
mod look;
mod placed;
mod preprocess;
pub mod snapshots;
mod table;
mod text;

pub use layers::{Effect, Layer, LayerGroup, groups};
pub use look::{Look, heading, quiet};
pub use mnv3_codegen::thousands;
pub use placed::{FLOAT, Placed, placed, scratch_parts, workspace_parts};
pub use preprocess::preprocess;
pub use table::{Side, Table};
pub use text::{plan, summary};
