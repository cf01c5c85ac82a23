//! Layers: packed weights, and what follows them.

use mnv3_ir::Act;
use mnv3_weights::PackedLayer;

/// Packed weights, and what follows them.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// How they are packed, and where they lie.
    pub packed: PackedLayer,
    /// After bias or batch norm.
    pub act: Act,
}
