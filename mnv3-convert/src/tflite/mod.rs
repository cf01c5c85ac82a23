//! TensorFlow Lite models: a FlatBuffer of tensors, operators and buffers.

mod flat;

use crate::checkpoint::Format;
use crate::error::ConvertError;
use crate::graph::{Axes, Constant, Held, ModelGraph, ModelNode, NodeOp, Quantised};
use crate::strided::MAX_DIMENSIONS;
use flat::{FlatTable, root};
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

/// Inputs of an operator that are looked at.
const INPUTS: usize = 5;
/// More tensors and operators than any network has.
const MOST: usize = 1 << 15;

/// Fields of the format's tables, by their numbers in its schema.
mod field {
    pub(super) const MODEL_CODES: usize = 1;
    pub(super) const MODEL_GRAPHS: usize = 2;
    pub(super) const MODEL_BUFFERS: usize = 4;
    pub(super) const GRAPH_TENSORS: usize = 0;
    pub(super) const GRAPH_OPERATORS: usize = 3;
    pub(super) const TENSOR_SHAPE: usize = 0;
    pub(super) const TENSOR_TYPE: usize = 1;
    pub(super) const TENSOR_BUFFER: usize = 2;
    pub(super) const TENSOR_NAME: usize = 3;
    pub(super) const TENSOR_QUANTISATION: usize = 4;
    pub(super) const QUANTISATION_SCALE: usize = 2;
    pub(super) const QUANTISATION_ZERO: usize = 3;
    pub(super) const QUANTISATION_AXIS: usize = 6;
    pub(super) const OPERATOR_CODE: usize = 0;
    pub(super) const OPERATOR_INPUTS: usize = 1;
    pub(super) const OPERATOR_OUTPUTS: usize = 2;
    pub(super) const OPERATOR_OPTIONS: usize = 4;
    pub(super) const CODE_OLD: usize = 0;
    pub(super) const CODE_CUSTOM: usize = 1;
    pub(super) const CODE: usize = 3;
    pub(super) const BUFFER_DATA: usize = 0;
    pub(super) const BUFFER_OFFSET: usize = 1;
    pub(super) const BUFFER_SIZE: usize = 2;
}

/// Reads the first graph of a model, and with it all constants.
///
/// # Errors
/// It is broken.
pub(crate) fn graph(bytes: &[u8]) -> Result<ModelGraph<'_>, ConvertError> {
    let model = root(bytes).ok_or_else(|| broken("it ends before its first table"))?;
    let main = model.vector(field::MODEL_GRAPHS).table(0);
    let main = main.ok_or_else(|| broken("it has no graph"))?;
    let codes = model.vector(field::MODEL_CODES);
    let mut graph = ModelGraph {
        format: Format::Tflite,
        bytes: bytes.len(),
        held: Vec::new(),
        constants: HashMap::new(),
        names: Vec::new(),
        nodes: Vec::new(),
    };
    let tensors = main.vector(field::GRAPH_TENSORS);
    let operators = main.vector(field::GRAPH_OPERATORS);
    if tensors.len.max(operators.len) > MOST {
        return Err(broken("it has more tensors or operators than any network"));
    }
    let mut names = Vec::new();
    // Scales that may still be read: several tensors may share theirs.
    let mut left = bytes.len();
    for value in 0..tensors.len {
        let tensor = tensors
            .table(value)
            .ok_or_else(|| broken("a tensor in it is cut off"))?;
        let name = tensor.text(field::TENSOR_NAME).unwrap_or_default();
        names.push(name);
        if let Some((held, quantised)) = constant(bytes, &model, &tensor, name, &mut left)? {
            let constant = Constant {
                quantised,
                ..Constant::of(graph.held.len())
            };
            graph.constants.insert(value, constant);
            graph.names.push((name, value));
            graph.held.push(held);
        }
    }
    for index in 0..operators.len {
        let operator = operators
            .table(index)
            .ok_or_else(|| broken("an operator in it is cut off"))?;
        let code = usize::try_from(operator.i32(field::OPERATOR_CODE).unwrap_or(0)).ok();
        let code = code.and_then(|code| codes.table(code));
        let custom = code.and_then(|code| code.text(field::CODE_CUSTOM));
        let code = code.map_or(-1, |code| {
            // Codes beyond a byte have a field of their own.
            let old = i32::from(code.i8(field::CODE_OLD).unwrap_or(0));
            old.max(code.i32(field::CODE).unwrap_or(0))
        });
        let ids = |number: usize| {
            let ids = operator.vector(number).first(INPUTS).i32s().unwrap_or_default();
            ids.into_iter().map(|id| usize::try_from(id).ok()).collect::<Vec<_>>()
        };
        let outputs = ids(field::OPERATOR_OUTPUTS);
        let Some(output) = outputs.first().copied().flatten() else {
            continue;
        };
        graph.nodes.push(ModelNode {
            op: if code == CUSTOM {
                custom_kind(custom)
            } else {
                kind(code)
            },
            name: names.get(output).copied().unwrap_or_default(),
            inputs: ids(field::OPERATOR_INPUTS),
            output,
        });
        if let Some(op) = fused(code, &operator) {
            graph.nodes.push(ModelNode {
                op,
                name: names.get(output).copied().unwrap_or_default(),
                inputs: vec![Some(output)],
                output,
            });
        }
    }
    Ok(graph)
}

fn broken(what: &str) -> ConvertError {
    ConvertError::Tflite(what.to_owned())
}

/// The number of operators that are known by name.
const CUSTOM: i32 = 32;

/// What an operator of MediaPipe's does with weights.
fn custom_kind(name: Option<&str>) -> NodeOp {
    match name {
        Some("Convolution2DTransposeBias") => NodeOp::Layer(Axes::Transposed),
        _ => NodeOp::Other,
    }
}

/// What an operator does with weights, by its number in the format's schema.
fn kind(code: i32) -> NodeOp {
    match code {
        0 => NodeOp::Add,
        3 => NodeOp::Layer(Axes::Ohwi),
        4 => NodeOp::Layer(Axes::Depthwise),
        // Its constants know their scale themselves.
        6 => NodeOp::Dequantise { axis: 0 },
        9 => NodeOp::Layer(Axes::Oi),
        18 => NodeOp::Mul,
        // Reshape, squeeze, cast, expand_dims.
        22 | 43 | 53 | 70 => NodeOp::Same,
        41 => NodeOp::Sub,
        21 => NodeOp::Clip { upper: Some(6.0) },
        152 => NodeOp::Clip { upper: Some(1.0) },
        _ => NodeOp::Other,
    }
}

/// The non-linearity that is one with an operator, by its number in the format's schema.
fn fused(code: i32, operator: &FlatTable<'_>) -> Option<NodeOp> {
    // Where the options of each kind of operator say it.
    let number = match code {
        0 | 9 | 18 | 41 => 0,
        3 => 3,
        4 => 4,
        _ => return None,
    };
    match operator.table(field::OPERATOR_OPTIONS)?.i8(number)? {
        0 => None,
        3 => Some(NodeOp::Clip { upper: Some(6.0) }),
        _ => Some(NodeOp::Fused),
    }
}

type TensorNumbers<'f> = (Held<'f>, Option<Rc<Quantised>>);

/// A tensor's numbers, if it is a constant of a kind that weights may have.
fn constant<'f>(
    bytes: &'f [u8],
    model: &FlatTable<'f>,
    tensor: &FlatTable<'f>,
    name: &str,
    left: &mut usize,
) -> Result<Option<TensorNumbers<'f>>, ConvertError> {
    let index = tensor.i32(field::TENSOR_BUFFER).unwrap_or(0);
    let index = usize::try_from(index).map_err(|_| broken("a tensor in it has no buffer"))?;
    let Some(data) = data(bytes, model, index) else {
        return Ok(None);
    };
    let dtype = match tensor.i8(field::TENSOR_TYPE).unwrap_or(0) {
        0 => Dtype::F32,
        1 => Dtype::F16,
        2 => Dtype::I32,
        3 => Dtype::U8,
        4 => Dtype::I64,
        9 => Dtype::I8,
        10 => Dtype::F64,
        18 => Dtype::BF16,
        _ => return Ok(None),
    };
    let sizes = tensor.vector(field::TENSOR_SHAPE);
    let shape = sizes.first(MAX_DIMENSIONS).i32s().unwrap_or_default();
    let shape: Option<Vec<usize>> = shape.into_iter().map(|size| usize::try_from(size).ok()).collect();
    let shape = shape.filter(|_| sizes.len <= MAX_DIMENSIONS);
    let shape = shape.ok_or_else(|| ConvertError::Tensor {
        name: name.to_owned(),
        what: "its sizes are no sizes".to_owned(),
    })?;
    let quantised = tensor.table(field::TENSOR_QUANTISATION).and_then(|quantisation| {
        let [scale, zero] = [field::QUANTISATION_SCALE, field::QUANTISATION_ZERO].map(|n| quantisation.vector(n));
        *left = left.checked_sub(scale.len.max(zero.len))?;
        let axis = quantisation.i32(field::QUANTISATION_AXIS).unwrap_or(0);
        let quantised = Quantised {
            scale: scale.f32s().filter(|scale| !scale.is_empty())?,
            zero: zero.i64s()?,
            axis: usize::try_from(axis).ok()?,
        };
        Some(Rc::new(quantised))
    });
    let held = Held::new(name, shape, dtype, Cow::Borrowed(data))?;
    Ok(Some((held, quantised)))
}

/// The bytes of a buffer, which in large files lie behind the tables; nothing where it is empty, as those of inputs are.
fn data<'f>(bytes: &'f [u8], model: &FlatTable<'f>, index: usize) -> Option<&'f [u8]> {
    let buffer = model.vector(field::MODEL_BUFFERS).table(index)?;
    let inner = buffer.vector(field::BUFFER_DATA).bytes(1)?;
    if !inner.is_empty() {
        return Some(inner);
    }
    let number = |field: usize| usize::try_from(buffer.u64(field)?).ok();
    let (start, size) = (number(field::BUFFER_OFFSET)?, number(field::BUFFER_SIZE)?);
    // An offset of 0 or 1 says that there is none.
    let data = bytes.get(start..start.checked_add(size)?)?;
    (start > 1 && !data.is_empty()).then_some(data)
}
