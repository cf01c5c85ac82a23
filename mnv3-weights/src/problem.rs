//! One thing that can be wrong with a weights file.

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Problem {
    /// Not a safetensors file.
    #[error("this is {0}")]
    NotSafetensors(String),
    /// A file of packed weights that cannot be used.
    #[error(transparent)]
    Prepacked(PrepackedProblem),
    /// A wanted tensor is not there.
    #[error("{name} {shape:?} is missing{}", .nearest.as_ref().map(|n| format!("; the nearest name is {n}")).unwrap_or_default())]
    Missing {
        name: String,
        shape: Vec<usize>,
        nearest: Option<String>,
    },
    /// Keras' automatic names match by order, so that there must be as many.
    #[error("the network has {want} tensors of the kind {kind}, the file {found}")]
    Count { kind: String, want: usize, found: usize },
    /// Another shape.
    #[error("{name} is {found:?} in the file, the network wants {want:?}{hint}")]
    Shape {
        name: String,
        want: Vec<usize>,
        found: Vec<usize>,
        hint: String,
    },
    /// Numbers of another kind.
    #[error("{name} holds {dtype} numbers; F32, F16, BF16 and F64 can be read: convert it when you export")]
    Dtype { name: String, dtype: String },
    /// NaN or infinity, or beyond what single precision holds.
    #[error("{name} is not finite in f32 at {count} of its numbers, the first at index {first}")]
    NotFinite { name: String, count: usize, first: usize },
    /// A variance below zero.
    #[error("{name} is a variance and has {value} at index {index}")]
    Variance { name: String, index: usize, value: f32 },
    /// Every number is finite, but what a batch norm makes of them is not.
    #[error("{name} and the batch norm after it multiply to numbers beyond f32, the first in output channel {channel}")]
    Overflow { name: String, channel: usize },
    /// Every number is finite, but not in half precision.
    #[error(
        "{name} has numbers beyond 65504, the first in output channel {channel}, which f16 does not hold: write \
         `matrices: f32` in the spec"
    )]
    BeyondHalf { name: String, channel: usize },
    /// In eight bits: more steps than 32 bits hold.
    #[error(
        "{name} makes numbers of more than 2^30 steps of its output's scale, the first in output channel {channel}: make the \
         scales again with `mnv3 quantize`"
    )]
    Steps { name: String, channel: usize },
    /// In eight bits: values have no scales.
    #[error(
        "the file has no scales for eight bits ({first}{}): `mnv3 quantize SPEC WEIGHTS --calibrate FOLDER -o OUT` finds them",
        others_too(*.others)
    )]
    NoScales { first: String, others: usize },
    /// In eight bits: the scales were made for other rows.
    #[error("its scales are of another network, or the spec has changed since: make them again with `mnv3 quantize`")]
    OtherScales,
    /// In eight bits: a scale that nothing can be divided by.
    #[error(
        "{name} is {scale} in channel {channel}: a scale is a normal number above zero; make it again with `mnv3 quantize`"
    )]
    Scale { name: String, channel: usize, scale: f32 },
    /// In eight bits: a zero point that is no byte.
    #[error(
        "{name} is {zero} in channel {channel}: a zero point is a {}number from 0 to 255; make it again with `mnv3 quantize`",
        if *.whole { "whole " } else { "" }
    )]
    ZeroPoint {
        name: String,
        channel: usize,
        zero: f32,
        whole: bool,
    },
    /// The same name twice.
    #[error("{name} is in the file twice")]
    Duplicate { name: String },
}

impl Problem {
    /// One word for what is wrong, for machines.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotSafetensors(_) => "not_safetensors",
            Self::Prepacked(_) => "prepacked",
            Self::Missing { .. } => "missing",
            Self::Count { .. } => "count",
            Self::Shape { .. } => "shape",
            Self::Dtype { .. } => "dtype",
            Self::NotFinite { .. } => "not_finite",
            Self::Variance { .. } => "variance",
            Self::Overflow { .. } => "overflow",
            Self::BeyondHalf { .. } => "beyond_half",
            Self::Steps { .. } => "steps",
            Self::NoScales { .. } => "no_scales",
            Self::OtherScales => "other_scales",
            Self::Scale { .. } => "scale",
            Self::ZeroPoint { .. } => "zero_point",
            Self::Duplicate { .. } => "duplicate",
        }
    }
}

/// How many others there are.
fn others_too(others: usize) -> String {
    match others {
        0 => String::new(),
        _ => format!(" and {others} others are missing"),
    }
}

/// Why a file of packed weights cannot be used. The remedy is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum PrepackedProblem {
    /// It starts with other bytes.
    #[error("it is not a file of packed weights; make one with `mnv3 pack`")]
    OtherFormat,
    /// It has fewer bytes than its header says.
    #[error("it is cut off: it has {found} of {want} bytes; pack it again with `mnv3 pack`")]
    CutOff { want: u64, found: u64 },
    /// It has more bytes than its header says.
    #[error("it has a tail: {found} bytes instead of {want}; pack it again with `mnv3 pack`")]
    Tail { want: u64, found: u64 },
    /// Another version of mnv3 made it.
    #[error("it is of layout {found}, this version of mnv3 reads layout {want}; pack it again with `mnv3 pack`")]
    Layout { want: u32, found: u32 },
    /// A byte is not what it was when the file was made.
    #[error("its checksum is wrong: it is damaged; pack it again with `mnv3 pack`")]
    Damaged,
    /// It is whole, but of another network.
    #[error("it was packed for another network, or the spec has changed since; pack it again with `mnv3 pack`")]
    OtherNetwork,
}
