//! Scales and zero points of a network's values.

use mnv3_spec::graph::{Graph, ValueId};
use std::collections::HashMap;

/// Of a value: `x = scale * (q - zero_point)` in each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelScales {
    /// Above zero, normal and finite.
    pub scale: Vec<f32>,
    /// What zero is.
    pub zero_point: Vec<u8>,
}

/// Of the image. Its zero is a real number, so that the bytes of a picture are its quantised values: 255 times the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct InputScales {
    /// Above zero, normal and finite.
    pub scale: Vec<f32>,
    /// From 0 to 255.
    pub zero_point: Vec<f32>,
}

/// Of all quantised values of a network.
#[derive(Clone, Debug)]
pub struct Scales {
    /// Of the image.
    pub input: InputScales,
    /// Of each of [`points`](Graph::points).
    pub of: HashMap<ValueId, ChannelScales>,
}

/// What is wrong with scales.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ScalesError {
    /// A value has none.
    #[error("{name} has no scales")]
    Missing { name: String },
    /// Too many, or too few.
    #[error("{name} has {channels} channels, and {scales} scales with {zero_points} zero points")]
    Count {
        name: String,
        channels: usize,
        scales: usize,
        zero_points: usize,
    },
    /// Not a normal number above zero.
    #[error("the scale of {name} is {scale} in channel {channel}: it must be a normal number above zero")]
    Scale { name: String, channel: usize, scale: f32 },
    /// A zero point is no byte.
    #[error("the zero point of {name} is {zero} in channel {channel}: it must be a whole number from 0 to 255")]
    Byte { name: String, channel: usize, zero: f32 },
    /// The image's zero is beyond all bytes.
    #[error("the zero point of the input is {zero_point} in channel {channel}: it must be from 0 to 255")]
    ZeroPoint { channel: usize, zero_point: f32 },
}

/// What names of their tensors begin with.
const PREFIX: &str = "int8.";

impl ScalesError {
    /// The value: row and op, or `input`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Missing { name } | Self::Count { name, .. } | Self::Scale { name, .. } | Self::Byte { name, .. } => {
                name
            }
            Self::ZeroPoint { .. } => "input",
        }
    }
}

impl Scales {
    /// Those of a file: `tensor` gives the numbers of the tensor of a name, such as `int8.bottleneck_1.expand.scale`, and
    /// `int8.bottleneck_1.expand.zero` beside it.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(graph: &Graph<'_>, tensor: &dyn Fn(&str) -> Option<Vec<f32>>) -> Result<Self, Vec<ScalesError>> {
        let pair = |name: &str| {
            let pair = ["scale", "zero"].map(|part| tensor(&format!("{PREFIX}{name}.{part}")).unwrap_or_default());
            pair.iter().any(|part| !part.is_empty()).then_some(pair)
        };
        let mut problems = Vec::new();
        let input = pair("input").map(|[scale, zero_point]| InputScales { scale, zero_point });
        let input = input.unwrap_or_else(|| {
            problems.push(ScalesError::Missing {
                name: "input".to_owned(),
            });
            let channels = graph.shape(graph.input).c;
            InputScales {
                scale: vec![1.0; channels],
                zero_point: vec![0.0; channels],
            }
        });
        let mut of = HashMap::new();
        for point in graph.points() {
            let Some([scale, zero]) = pair(&point.name) else {
                continue;
            };
            let byte = |zero: &f32| (0.0..=255.0).contains(zero) && zero.fract() == 0.0;
            if let Some((channel, &zero)) = zero.iter().enumerate().find(|(_, zero)| !byte(zero)) {
                let name = point.name;
                problems.push(ScalesError::Byte { name, channel, zero });
            } else {
                let zero_point = zero.into_iter().map(|zero| zero as u8).collect();
                of.insert(point.value, ChannelScales { scale, zero_point });
            }
        }
        let scales = Self { input, of };
        let known: Vec<String> = problems.iter().map(|problem| problem.name().to_owned()).collect();
        let others = scales.problems(graph).into_iter();
        problems.extend(others.filter(|problem| !known.iter().any(|name| name == problem.name())));
        if problems.is_empty() { Ok(scales) } else { Err(problems) }
    }

    /// Names and numbers of the tensors that [`read`](Self::read) wants.
    #[must_use]
    pub fn tensors(&self, graph: &Graph<'_>) -> Vec<(String, Vec<f32>)> {
        let pair = |name: &str, scale: Vec<f32>, zero: Vec<f32>| {
            [
                (format!("{PREFIX}{name}.scale"), scale),
                (format!("{PREFIX}{name}.zero"), zero),
            ]
        };
        let InputScales { scale, zero_point } = self.input.clone();
        let mut tensors = Vec::from(pair("input", scale, zero_point));
        for point in graph.points() {
            if let Some(ChannelScales { scale, zero_point }) = self.of.get(&point.value) {
                let zero = zero_point.iter().copied().map(f32::from).collect();
                tensors.extend(pair(&point.name, scale.clone(), zero));
            }
        }
        tensors
    }

    /// Everything that is wrong with them for a network.
    #[must_use]
    pub fn problems(&self, graph: &Graph<'_>) -> Vec<ScalesError> {
        let mut problems = Vec::new();
        let InputScales { scale, zero_point } = &self.input;
        check(
            "input",
            graph.shape(graph.input).c,
            scale,
            zero_point.len(),
            &mut problems,
        );
        let outside = |(_, zero): &(usize, &f32)| !(0.0..=255.0).contains(*zero);
        if let Some((channel, &zero_point)) = zero_point.iter().enumerate().find(outside) {
            problems.push(ScalesError::ZeroPoint { channel, zero_point });
        }
        for point in graph.points() {
            match self.of.get(&point.value) {
                Some(ChannelScales { scale, zero_point }) => {
                    check(&point.name, point.channels, scale, zero_point.len(), &mut problems);
                }
                None => problems.push(ScalesError::Missing { name: point.name }),
            }
        }
        problems
    }
}

fn check(name: &str, channels: usize, scale: &[f32], zero_points: usize, problems: &mut Vec<ScalesError>) {
    if scale.len() != channels || zero_points != channels {
        problems.push(ScalesError::Count {
            name: name.to_owned(),
            channels,
            scales: scale.len(),
            zero_points,
        });
    }
    let wrong = |(_, scale): &(usize, &f32)| !(scale.is_normal() && **scale > 0.0);
    if let Some((channel, &scale)) = scale.iter().enumerate().find(wrong) {
        problems.push(ScalesError::Scale {
            name: name.to_owned(),
            channel,
            scale,
        });
    }
}
