//! The memory that a network runs in.

use crate::arena::Arena;

/// Buffers for one run at a time: two for maps that alternate between blocks, one for scratch; sizes in floats.
///
/// Its size is in its type, so that a workspace of another network does not compile. Made once, used for every image.
#[derive(Clone, Debug)]
pub struct Workspace<const EVEN: usize, const ODD: usize, const SCRATCH: usize> {
    arena: Arena,
}

impl<const EVEN: usize, const ODD: usize, const SCRATCH: usize> Workspace<EVEN, ODD, SCRATCH> {
    /// Allocates `4 * (EVEN + ODD + SCRATCH)` bytes, zeroed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            arena: Arena::zeroed(EVEN + ODD + SCRATCH),
        }
    }

    /// The three buffers, for generated code.
    #[doc(hidden)]
    pub fn split(&mut self) -> (&mut [f32; EVEN], &mut [f32; ODD], &mut [f32; SCRATCH]) {
        let floats = self.arena.as_mut_slice();
        let Some((even, rest)) = floats.split_first_chunk_mut() else {
            unreachable!("the arena holds all three")
        };
        let Some((odd, rest)) = rest.split_first_chunk_mut() else {
            unreachable!("the arena holds all three")
        };
        let Some((scratch, _)) = rest.split_first_chunk_mut() else {
            unreachable!("the arena holds all three")
        };
        (even, odd, scratch)
    }
}

impl<const EVEN: usize, const ODD: usize, const SCRATCH: usize> Default for Workspace<EVEN, ODD, SCRATCH> {
    fn default() -> Self {
        Self::new()
    }
}
