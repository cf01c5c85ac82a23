//! Memory that starts with a cache line, seen as the numbers that lie in it.

use mnv3_ir::CACHE_LINE;
use std::fmt;

const LINE_FLOATS: usize = CACHE_LINE / size_of::<f32>();

/// Zeroed memory that starts with a cache line, of a fixed length.
pub struct Arena {
    memory: ArenaMemory,
    /// Floats before the first that is aligned.
    start: usize,
    len: usize,
}

/// Where they lie.
enum ArenaMemory {
    Heap(Vec<f32>),
    #[cfg(target_os = "linux")]
    Pages(memmap2::MmapMut),
}

impl ArenaMemory {
    fn zeroed(floats: usize) -> Self {
        #[cfg(target_os = "linux")]
        if let Some(pages) = huge_pages(floats) {
            return Self::Pages(pages);
        }
        Self::Heap(vec![0.0; floats])
    }

    fn floats(&self) -> &[f32] {
        match self {
            Self::Heap(floats) => floats,
            #[cfg(target_os = "linux")]
            Self::Pages(bytes) => bytemuck::cast_slice(bytes),
        }
    }

    fn floats_mut(&mut self) -> &mut [f32] {
        match self {
            Self::Heap(floats) => floats,
            #[cfg(target_os = "linux")]
            Self::Pages(bytes) => bytemuck::cast_slice_mut(bytes),
        }
    }
}

/// Pages of 2 MB where they are worth it and the system has them.
///
/// Weights are read from end to end for every image. In pages of 4 KB that costs thousands of translations, and as many
/// page faults when they are loaded.
#[cfg(target_os = "linux")]
fn huge_pages(floats: usize) -> Option<memmap2::MmapMut> {
    const HUGE: usize = 2 << 20;
    let bytes = floats * size_of::<f32>();
    if bytes < HUGE {
        return None;
    }
    let pages = memmap2::MmapMut::map_anon(bytes).ok()?;
    // A system without huge pages gives small ones, which do as well.
    let _ = pages.advise(memmap2::Advice::HugePage);
    Some(pages)
}

/// Its length: nobody reads a million numbers.
impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena {{ bytes: {} }}", self.bytes().len())
    }
}

impl Arena {
    /// `len` zeros, in single precision.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        let memory = ArenaMemory::zeroed(len + LINE_FLOATS - 1);
        // The block does not move with its owner, so that the offset stays right.
        let start = memory.floats().as_ptr().align_offset(CACHE_LINE).min(LINE_FLOATS - 1);
        Self { memory, start, len }
    }

    /// All of it in single precision.
    #[must_use]
    pub fn floats(&self) -> &[f32] {
        &self.memory.floats()[self.start..self.start + self.len]
    }

    /// The same, to be written.
    pub fn floats_mut(&mut self) -> &mut [f32] {
        &mut self.memory.floats_mut()[self.start..self.start + self.len]
    }

    /// As it lies in memory.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self.floats())
    }

    /// The same, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self.floats_mut())
    }
}

impl Clone for Arena {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len);
        copy.floats_mut().copy_from_slice(self.floats());
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;

    #[test]
    fn small_and_large_arenas_are_zeroed_aligned_and_cloned_with_their_content() {
        for len in [0, 1, 1000, 3_000_000] {
            let mut arena = Arena::zeroed(len);
            assert_eq!(arena.floats().len(), len);
            assert!(arena.floats().iter().all(|float| *float == 0.0));
            assert_eq!(arena.floats().as_ptr().align_offset(64), 0);
            arena.floats_mut().fill(1.5);
            let copy = arena.clone();
            arena.floats_mut().fill(2.5);
            assert!(copy.floats().iter().all(|float| *float == 1.5));
            assert_eq!(copy.floats().len(), len);
        }
    }
}
