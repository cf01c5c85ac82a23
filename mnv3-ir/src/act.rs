//! Non-linearities.

/// A non-linearity applied to one number, after bias or batch norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// x
    Identity,
    /// max(x, 0)
    Relu,
    /// min(max(x, 0), 6)
    Relu6,
    /// clip(slope * x + offset, 0, 1)
    HardSigmoid {
        /// 1/6 in the paper, 0.2 in Keras' `hard_sigmoid` of TF 2.0
        slope: f32,
        /// 0.5
        offset: f32,
    },
    /// x * clip(slope * x + offset, 0, 1)
    HardSwish {
        /// 1/6 in the paper
        slope: f32,
        /// 0.5
        offset: f32,
    },
}
