//! A run of floats that starts on a cache line.

const LINE_FLOATS: usize = 16;

/// Zeroed floats, 64-byte aligned, of a fixed length.
#[derive(Debug)]
pub struct Arena {
    buffer: Vec<f32>,
    start: usize,
    len: usize,
}

impl Arena {
    /// `len` zeros.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        let buffer = vec![0.0f32; len + LINE_FLOATS - 1];
        // The heap block does not move with the Vec, so that the offset stays right.
        let start = buffer
            .as_ptr()
            .align_offset(LINE_FLOATS * size_of::<f32>())
            .min(LINE_FLOATS - 1);
        Self { buffer, start, len }
    }

    /// The floats.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.buffer[self.start..self.start + self.len]
    }

    /// The floats, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.buffer[self.start..self.start + self.len]
    }
}

impl Clone for Arena {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len);
        copy.as_mut_slice().copy_from_slice(self.as_slice());
        copy
    }
}
