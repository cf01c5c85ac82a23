//! A network as values and the ops between them: what there is to compute, with nothing decided of how.
//!
//! [`Graph::of`] (`lower`) walks the table once. Whoever generates, packs, counts or draws reads the graph; only the PyTorch module,
//! which has the shape of the table, reads the table itself.

mod points;
mod types;

pub use points::Point;
pub use types::{Graph, Op, OpKind, Output, OutputKind, Row, ValueId};
