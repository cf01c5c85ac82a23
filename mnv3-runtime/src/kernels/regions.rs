//! Scratch cut into the parts that a plan names.

use mnv3_ir::Region;

/// Parts of `scratch`, none of which overlaps another.
pub(super) fn regions<const N: usize>(scratch: &mut [f32], parts: [Region; N]) -> [&mut [f32]; N] {
    match scratch.get_disjoint_mut(parts.map(Region::range)) {
        Ok(parts) => parts,
        Err(_) => unreachable!("a plan's parts lie one after the other, and in its scratch"),
    }
}
