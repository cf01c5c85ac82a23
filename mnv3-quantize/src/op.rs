//! Ops in eight bits, with the constants that they are computed with.

use crate::layer::Int8Layer;
use crate::requantise::Requantise;
use crate::squeeze_excite::FloatLinear;
use mnv3_spec::{Pool, Window};

/// An op with its constants.
#[derive(Clone, Debug)]
pub(crate) enum Int8Op {
    Convolution {
        window: Window,
        by_channel: bool,
        layer: Int8Layer,
        /// Beyond the map.
        pad: Vec<u8>,
        end: End,
    },
    FloatLinear(FloatLinear),
    WindowPool {
        pool: Pool,
        kernel: [usize; 2],
        stride: [usize; 2],
    },
    GlobalPool(Pool),
    Gate,
    Residual(Vec<Requantise>),
    Softmax,
    Sigmoid,
    Flatten,
}

impl Int8Op {
    /// Whether no input can make anything infinite, or larger than an integer.
    pub(crate) fn fits(&self, layer: Option<&Int8Layer>) -> bool {
        let most = |o: usize| layer.map_or(0, |layer| layer.most(o));
        let fit = |end: &[Requantise]| end.iter().enumerate().all(|(o, end)| end.fits(most(o)));
        match self {
            Self::Convolution {
                end: End::Bytes(end), ..
            }
            | Self::Residual(end) => fit(end),
            Self::FloatLinear(linear) => linear.finite(),
            Self::Convolution { end: End::Sums, .. }
            | Self::WindowPool { .. }
            | Self::GlobalPool(_)
            | Self::Gate
            | Self::Softmax
            | Self::Sigmoid
            | Self::Flatten => true,
        }
    }
}

/// What becomes of the sums of a convolution.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The next op's.
    Sums,
    Bytes(Vec<Requantise>),
}
