//! What a network is computed in, and how its matrices are stored.

use super::{Act, Network};

/// The numbers that a network is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputedIn {
    /// Single precision.
    F32,
    /// Eight bits from the image to the last map, single precision from there on: docs/int8.md.
    Int8,
}

/// How packed matrices are stored that one vector is multiplied with: squeeze-excite, and the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrices {
    /// As the arithmetic is done.
    F32,
    /// Half as many bytes to bring from memory, eleven bits of precision; converted as they are read.
    F16,
    /// A quarter as many bytes: whole numbers from -127 to 127, with a scale for each output; converted as they are read.
    I8,
}

impl Network {
    /// What of it runs op by op, so that there are no integer kernels for it; nothing where all of it can be computed in eight bits.
    #[must_use]
    pub fn only_in_f32(&self) -> Option<&'static str> {
        if self.segment().is_some() || self.detect().is_some() {
            return Some("a head that gives maps");
        }
        let gates = || {
            self.bottlenecks
                .iter()
                .filter_map(|block| block.squeeze_excite.as_ref())
        };
        if gates().any(|gate| gate.sigmoid) {
            return Some("gates of squeeze-excite that are sigmoids");
        }
        if gates().any(|gate| gate.then != Act::Identity || gate.after_project) {
            return Some("squeeze-excite in another place than after the non-linearity");
        }
        if self.bottlenecks.iter().any(|block| block.shortcut.is_some()) {
            return Some("inputs of blocks that are convolved before they are added");
        }
        if self.bottlenecks.iter().any(|block| block.act != Act::Identity) {
            return Some("blocks that end in a non-linearity");
        }
        let pooled = self.classify().is_some_and(|head| head.after_pool != Act::Identity);
        pooled.then_some("a non-linearity after the pool")
    }
}
