//! The memory that a network runs in.

use crate::Model;
use mnv3_runtime::Arena;
use std::fmt;
use std::marker::PhantomData;

/// Memory for one run of a network at a time: slots for maps, which those share that are not needed at the same time, and
/// scratch.
///
/// That of another network does not compile. Made once, used for every image.
pub struct Workspace<M> {
    arena: Arena,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Workspace<M> {
    /// Allocates [`Compiled::WORKSPACE_BYTES`](crate::Compiled::WORKSPACE_BYTES), zeroed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            arena: Arena::zeroed(M::WORKSPACE_FLOATS),
            model: PhantomData,
        }
    }

    /// The slots and the scratch, for generated code, which knows their lengths.
    #[doc(hidden)]
    pub fn slots(&mut self) -> Slots<'_> {
        Slots(self.arena.floats_mut())
    }
}

/// What is left of a workspace while generated code takes slot after slot.
#[doc(hidden)]
#[derive(Debug)]
pub struct Slots<'w>(&'w mut [f32]);

impl<'w> Slots<'w> {
    /// The next `N` floats.
    pub fn take<const N: usize>(&mut self) -> &'w mut [f32; N] {
        match std::mem::take(&mut self.0).split_first_chunk_mut() {
            Some((slot, rest)) => {
                self.0 = rest;
                slot
            }
            None => unreachable!("a workspace holds all its parts"),
        }
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
        write!(f, "Workspace {{ bytes: {} }}", size_of_val(self.arena.floats()))
    }
}
