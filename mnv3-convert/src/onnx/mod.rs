//! ONNX models: a graph of nodes, and its initializers.

mod tensor;
mod wire;

use crate::checkpoint::{ConvertOptions, Format};
use crate::error::ConvertError;
use crate::graph::{Axes, Constant, ModelGraph, ModelNode, NodeOp, ValueName};
use std::collections::HashMap;
use tensor::{Beside, tensor};
use wire::{Field, fields};

/// Reads the graph of a model, and with it all constants.
///
/// # Errors
/// It is broken, or its weights lie in a file that is not beside it.
pub(crate) fn graph<'f>(bytes: &'f [u8], options: &ConvertOptions<'_>) -> Result<ModelGraph<'f>, ConvertError> {
    let mut reader = OnnxReader {
        beside: Beside::of(options.folder),
        values: HashMap::new(),
        graph: ModelGraph {
            format: Format::Onnx,
            bytes: bytes.len(),
            held: Vec::new(),
            constants: HashMap::new(),
            names: Vec::new(),
            nodes: Vec::new(),
        },
    };
    let mut message = None;
    for field in fields(bytes) {
        if let (7, Field::Bytes(graph)) = field? {
            message = Some(graph);
        }
    }
    let message = message.ok_or_else(|| ConvertError::Onnx("it has no graph".to_owned()))?;
    for field in fields(message) {
        match field? {
            (1, Field::Bytes(node)) => reader.node(node)?,
            (5, Field::Bytes(initializer)) => {
                let (name, held) = tensor(initializer, &mut reader.beside)?;
                reader.constant(name, held);
            }
            _ => {}
        }
    }
    reader.graph.bytes += reader.beside.bytes();
    Ok(reader.graph)
}

struct OnnxReader<'f, 'o> {
    beside: Beside<'o>,
    /// Numbers of values by their names.
    values: HashMap<&'f str, ValueName>,
    graph: ModelGraph<'f>,
}

/// The attributes of a node that matter.
#[derive(Default)]
struct Attributes<'f> {
    axis: Option<i64>,
    epsilon: Option<f32>,
    transposed: [bool; 2],
    alpha: Option<f32>,
    /// The bounds of a clip, in old models.
    bounds: [Option<f32>; 2],
    /// The value of a constant: a tensor, or a single number.
    tensor: Option<&'f [u8]>,
}

impl<'f> OnnxReader<'f, '_> {
    fn value(&mut self, name: &'f str) -> ValueName {
        let next = self.values.len();
        *self.values.entry(name).or_insert(next)
    }

    fn constant(&mut self, name: &'f str, held: Option<crate::graph::Held<'f>>) {
        let Some(held) = held else { return };
        let value = self.value(name);
        self.graph.constants.insert(value, Constant::of(self.graph.held.len()));
        self.graph.names.push((name, value));
        self.graph.held.push(held);
    }

    fn node(&mut self, message: &'f [u8]) -> Result<(), ConvertError> {
        let (mut inputs, mut outputs, mut name, mut op) = (Vec::new(), Vec::new(), "", "");
        let mut attributes = Attributes::default();
        for field in fields(message) {
            match field? {
                (1, Field::Bytes(input)) => inputs.push(text(input)?),
                (2, Field::Bytes(output)) => outputs.push(text(output)?),
                (3, Field::Bytes(text_of)) => name = text(text_of)?,
                (4, Field::Bytes(text_of)) => op = text(text_of)?,
                (5, Field::Bytes(attribute)) => attributes.read(attribute)?,
                _ => {}
            }
        }
        let Some(&first) = outputs.first() else {
            return Ok(());
        };
        if let ("Constant", Some(numbers)) = (op, attributes.tensor) {
            let (_, held) = tensor(numbers, &mut self.beside)?;
            self.constant(first, held);
            return Ok(());
        }
        let op = kind(op, &attributes);
        let inputs = inputs
            .into_iter()
            .map(|input| (!input.is_empty()).then(|| self.value(input)))
            .collect();
        let node = ModelNode {
            op,
            name: if name.is_empty() { first } else { name },
            inputs,
            output: self.value(first),
        };
        self.graph.nodes.push(node);
        Ok(())
    }
}

impl<'f> Attributes<'f> {
    fn read(&mut self, message: &'f [u8]) -> Result<(), ConvertError> {
        let (mut name, mut float, mut int, mut tensor) = ("", None, None, None);
        for field in fields(message) {
            match field? {
                (1, Field::Bytes(text_of)) => name = text(text_of)?,
                (2, Field::Fixed32(bits)) => float = Some(f32::from_bits(bits)),
                (3, Field::Varint(number)) => int = Some(number.cast_signed()),
                (5, Field::Bytes(message)) => tensor = Some(message),
                _ => {}
            }
        }
        match name {
            "axis" => self.axis = int,
            "epsilon" => self.epsilon = float,
            "transA" => self.transposed[0] = int.is_some_and(|n| n != 0),
            "transB" => self.transposed[1] = int.is_some_and(|n| n != 0),
            "alpha" => self.alpha = float,
            "min" => self.bounds[0] = float,
            "max" => self.bounds[1] = float,
            "value" => self.tensor = tensor,
            _ => {}
        }
        Ok(())
    }
}

/// What an operator of ONNX does with weights.
fn kind(op: &str, attributes: &Attributes<'_>) -> NodeOp {
    match op {
        "Conv" => NodeOp::Layer(Axes::Oihw),
        "Gemm" => match (attributes.transposed, attributes.alpha.unwrap_or(1.0)) {
            ([false, true], 1.0) => NodeOp::Layer(Axes::Oi),
            ([false, false], 1.0) => NodeOp::Layer(Axes::Io),
            _ => NodeOp::Other,
        },
        "MatMul" => NodeOp::Layer(Axes::Io),
        // The default of the format.
        "BatchNormalization" => NodeOp::BatchNorm {
            epsilon: f64::from(attributes.epsilon.unwrap_or(1e-5)),
        },
        "Add" => NodeOp::Add,
        "Sub" => NodeOp::Sub,
        "Mul" => NodeOp::Mul,
        "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Cast" | "CastLike" | "Expand" => NodeOp::Same,
        "Transpose" => NodeOp::Transpose,
        "Clip" => NodeOp::Clip {
            upper: attributes.bounds[1].filter(|_| attributes.bounds[0] == Some(0.0)),
        },
        "DequantizeLinear" => NodeOp::Dequantise {
            axis: attributes.axis.and_then(|axis| usize::try_from(axis).ok()).unwrap_or(1),
        },
        "QLinearConv" | "QLinearMatMul" | "QGemm" | "ConvInteger" | "MatMulInteger" => NodeOp::Quantised,
        _ => NodeOp::Other,
    }
}

fn text(bytes: &[u8]) -> Result<&str, ConvertError> {
    std::str::from_utf8(bytes).map_err(|_| ConvertError::Onnx("a name in it is no text".to_owned()))
}
