//! The memory that a network runs in.

use crate::Model;
use mnv3_runtime::Arena;
use std::fmt;
use std::marker::PhantomData;

/// Buffers for one run of a network at a time: two for maps that alternate between blocks, one for scratch, and one for
/// maps that are handed to the caller.
///
/// That of another network does not compile. Made once, used for every image.
pub struct Workspace<M> {
    arena: Arena,
    model: PhantomData<fn() -> M>,
}

/// The parts of a workspace: even, odd, scratch, taps.
type Parts<'w, const EVEN: usize, const ODD: usize, const SCRATCH: usize> = (
    &'w mut [f32; EVEN],
    &'w mut [f32; ODD],
    &'w mut [f32; SCRATCH],
    &'w mut [f32],
);

impl<M: Model> Workspace<M> {
    /// Allocates [`Compiled::WORKSPACE_BYTES`](crate::Compiled::WORKSPACE_BYTES), zeroed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            arena: Arena::zeroed(M::BUFFERS.iter().sum()),
            model: PhantomData,
        }
    }

    /// The buffers, for generated code, which knows their lengths.
    #[doc(hidden)]
    pub fn split<const EVEN: usize, const ODD: usize, const SCRATCH: usize>(
        &mut self,
    ) -> Parts<'_, EVEN, ODD, SCRATCH> {
        let (even, rest) = split_buffer(self.arena.as_mut_slice());
        let (odd, rest) = split_buffer(rest);
        let (scratch, taps) = split_buffer(rest);
        (even, odd, scratch, taps)
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

impl<M: Model> Default for Workspace<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Clone for Workspace<M> {
    fn clone(&self) -> Self {
        Self {
            arena: self.arena.clone(),
            model: PhantomData,
        }
    }
}

impl<M> fmt::Debug for Workspace<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workspace {{ bytes: {} }}", size_of_val(self.arena.as_slice()))
    }
}
