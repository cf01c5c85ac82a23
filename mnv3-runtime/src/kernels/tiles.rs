//! Register tiles: how many pixels and vectors of channels a kernel holds in registers at a time, for each kind of
//! register file. All that kernels choose by the SIMD level stands here; `docs/kernels.md` says why.
//!
//! | registers | levels |
//! | --- | --- |
//! | 32 of 16 lanes | AVX-512 |
//! | 16 of 8 | AVX2 |
//! | 32 of 4 | NEON |
//! | 16 of 4 | SSE2, wasm simd128, scalar |

use fearless_simd::{Simd, SimdBase};

/// The registers of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registers {
    /// 32 of 16 lanes.
    Wide,
    /// 16 of 8 lanes.
    Half,
    /// 32 of 4 lanes.
    ManyQuarter,
    /// 16 of 4 lanes.
    Quarter,
}

impl Registers {
    #[inline(always)]
    pub(super) const fn of<S: Simd>() -> Self {
        match <S::f32s as SimdBase<S>>::LEN {
            16.. => Self::Wide,
            8.. => Self::Half,
            _ if cfg!(target_arch = "aarch64") => Self::ManyQuarter,
            _ => Self::Quarter,
        }
    }
}

/// A tile of the 1x1 convolution.
pub(super) struct PointwiseTile {
    /// Pixels of a row.
    pub(super) pixels: usize,
    /// Pixels of the tile that fills up what the large ones leave of a row.
    pub(super) rest: usize,
    /// Vectors of output channels: of 16, but in halves of 8.
    pub(super) vectors: usize,
}

impl PointwiseTile {
    const fn new(pixels: usize, rest: usize, vectors: usize) -> Self {
        Self { pixels, rest, vectors }
    }
}

/// For rows of 14 pixels or more, 7, 4, and fewer.
pub(super) const WIDE: [PointwiseTile; 4] = [
    PointwiseTile::new(14, 7, 2),
    PointwiseTile::new(7, 4, 3),
    PointwiseTile::new(4, 2, 5),
    PointwiseTile::new(3, 1, 5),
];
/// For rows of 8 pixels or more, fewer, and for the last 8 of 16 channels alone.
pub(super) const HALF: [PointwiseTile; 3] = [
    PointwiseTile::new(6, 4, 1),
    PointwiseTile::new(4, 3, 1),
    PointwiseTile::new(7, 4, 1),
];
pub(super) const MANY_QUARTER: PointwiseTile = PointwiseTile::new(6, 4, 1);
pub(super) const QUARTER: PointwiseTile = PointwiseTile::new(2, 1, 1);

/// Pixels of a tile of the depthwise convolution.
pub(super) struct DepthwiseTile {
    /// In wide registers, where the stride is 1.
    pub(super) long: usize,
    /// In wide registers, and in halves of 8 channels in registers of 8 lanes.
    pub(super) usual: usize,
    /// In any other registers.
    pub(super) short: usize,
    /// Of rows that are shorter still.
    pub(super) least: usize,
}

pub(super) const DEPTHWISE: DepthwiseTile = DepthwiseTile {
    long: 14,
    usual: 7,
    short: 4,
    least: 2,
};

/// Pixels of a tile of the stem in wide registers.
pub(super) const STEM_WIDE: usize = 14;
/// In any other registers.
pub(super) const STEM: usize = 6;

/// Numbers of input under `pixels` of output, which are `step` apart and see `run` each.
pub(super) const fn span(pixels: usize, step: usize, run: usize) -> usize {
    (pixels - 1) * step + run
}
