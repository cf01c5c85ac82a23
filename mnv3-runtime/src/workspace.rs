//! The memory that a network runs in.

use mnv3_weights::Arena;
use std::fmt;

/// Buffers for one run at a time; sizes in floats. Two for maps that alternate between blocks, one for scratch, and
/// one for maps that are handed to the caller.
///
/// Its size is in its type, so that a workspace of another network does not compile. Made once, used for every image.
#[derive(Clone)]
pub struct Workspace<const EVEN: usize, const ODD: usize, const SCRATCH: usize, const TAPS: usize> {
    arena: Arena,
}

/// The parts of a workspace: even, odd, scratch, taps.
type Parts<'w, const EVEN: usize, const ODD: usize, const SCRATCH: usize, const TAPS: usize> = (
    &'w mut [f32; EVEN],
    &'w mut [f32; ODD],
    &'w mut [f32; SCRATCH],
    &'w mut [f32],
);

impl<const EVEN: usize, const ODD: usize, const SCRATCH: usize, const TAPS: usize> Workspace<EVEN, ODD, SCRATCH, TAPS> {
    /// Allocates `4 * (EVEN + ODD + SCRATCH + TAPS)` bytes, zeroed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            arena: Arena::zeroed(EVEN + ODD + SCRATCH + TAPS),
        }
    }

    /// The buffers, for generated code.
    #[doc(hidden)]
    pub fn split(&mut self) -> Parts<'_, EVEN, ODD, SCRATCH, TAPS> {
        let (even, rest) = split_buffer(self.arena.as_mut_slice());
        let (odd, rest) = split_buffer(rest);
        let (scratch, taps) = split_buffer(rest);
        (even, odd, scratch, taps)
    }
}

impl<const EVEN: usize, const ODD: usize, const SCRATCH: usize, const TAPS: usize> fmt::Debug
    for Workspace<EVEN, ODD, SCRATCH, TAPS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace {{ bytes: {} }}", size_of_val(self.arena.as_slice()))
    }
}

/// The first `N` floats and the rest.
#[doc(hidden)]
pub fn split_buffer<const N: usize>(floats: &mut [f32]) -> (&mut [f32; N], &mut [f32]) {
    match floats.split_first_chunk_mut() {
        Some(parts) => parts,
        None => unreachable!("a workspace holds all its parts"),
    }
}

impl<const EVEN: usize, const ODD: usize, const SCRATCH: usize, const TAPS: usize> Default
    for Workspace<EVEN, ODD, SCRATCH, TAPS>
{
    fn default() -> Self {
        Self::new()
    }
}
