//! Forms of layers.

/// The form of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "kernel height, kernel width and channels need no more words")]
pub enum Kind {
    /// Packed as `[ceil(output / 16)][kh * kw * input][16]`, then bias `[padded(output)]`, then scales, where its packing has
    /// any, `[padded(output)]`, each from a cache line on.
    Dense {
        kh: usize,
        kw: usize,
        input: usize,
        output: usize,
    },
    /// Packed as `[ceil(channels / 16)][kh * kw][16]`, then bias `[padded(channels)]`, each from a cache line on.
    Depthwise { kh: usize, kw: usize, channels: usize },
}

impl Kind {
    /// Output channels.
    #[must_use]
    pub const fn output(&self) -> usize {
        match *self {
            Self::Dense { output, .. } => output,
            Self::Depthwise { channels, .. } => channels,
        }
    }

    /// Weights that make one output.
    #[must_use]
    pub const fn taps(&self) -> usize {
        match *self {
            Self::Dense { kh, kw, input, .. } => kh * kw * input,
            Self::Depthwise { kh, kw, .. } => kh * kw,
        }
    }
}
