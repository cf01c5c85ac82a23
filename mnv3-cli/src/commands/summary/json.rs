//! The same as JSON.

use mnv3_codegen::Plan;
use mnv3_ir::{BlockPlan, LANES, Region};
use mnv3_spec::{Act, ClassNames, Network, Pool, Shape, Tensor};
use mnv3_summary::{Effect, FLOAT, Layer, LayerGroup, Placed, placed, scratch_parts, workspace_parts};
use serde::Serialize;

/// Shapes are `[height, width, channels]`, pairs `[down, across]`, paddings `[before, after]`.
#[derive(Serialize)]
pub(super) struct SummaryJson<'n> {
    name: &'n str,
    spec: &'n str,
    dialect: &'n str,
    input: [usize; 3],
    parameters: u64,
    parameters_with_statistics: u64,
    multiply_adds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<LabelsJson<'n>>,
    rows: Vec<RowJson<'n>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<MemoryJson>,
}

/// The name of a set, or names.
#[derive(Serialize)]
#[serde(untagged)]
enum LabelsJson<'n> {
    Set(&'static str),
    Names(&'n [String]),
}

#[derive(Serialize)]
struct RowJson<'n> {
    name: &'n str,
    file: &'n str,
    line: usize,
    text: &'n str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    plan: Option<RowPlan>,
    layers: Vec<LayerLine<'n>>,
}

#[derive(Serialize)]
struct RowPlan {
    writes_to: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    block: Option<BlockJson>,
}

/// What an inverted residual block does in memory and time.
#[derive(Serialize)]
struct BlockJson {
    line_buffer: LineBufferJson,
    /// Expanded and at once convolved.
    channels_at_a_time: usize,
    /// Input rows that are expanded as one: with vectors of 16 numbers, and of fewer.
    expand_rows_at_a_time: [usize; 2],
    project_rows_at_a_time: usize,
    /// Bytes.
    scratch: usize,
    scratch_parts: Vec<RegionJson<&'static str>>,
}

/// Rows of the expanded map, with padding.
#[derive(Serialize)]
struct LineBufferJson {
    rows: usize,
    columns: usize,
    channels: usize,
}

/// A part of scratch or of the workspace, in bytes, from its start.
#[derive(Serialize)]
struct RegionJson<N> {
    name: N,
    offset: usize,
    bytes: usize,
}

#[derive(Serialize)]
struct LayerLine<'n> {
    name: &'n str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    window: Option<WindowJson>,
    input: [usize; 3],
    output: [usize; 3],
    #[serde(flatten)]
    then: Then,
    parameters: u64,
    multiply_adds: u64,
    tensors: Vec<TensorLine<'n>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed: Option<PackedJson>,
}

#[derive(Serialize)]
struct WindowJson {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    pad_height: [usize; 2],
    pad_width: [usize; 2],
}

#[derive(Serialize)]
struct Then {
    then: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    slope: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<f32>,
}

#[derive(Serialize)]
struct TensorLine<'n> {
    name: &'n str,
    shape: &'n [usize],
}

#[derive(Serialize)]
struct PackedJson {
    /// In bytes.
    offset: usize,
    bytes: usize,
    packing: &'static str,
}

/// In bytes.
#[derive(Serialize)]
struct MemoryJson {
    workspace: usize,
    workspace_parts: Vec<RegionJson<String>>,
    packed_weights: usize,
}

impl<'n> SummaryJson<'n> {
    pub(super) fn new(network: &'n Network, groups: &'n [LayerGroup<'n>], plan: Option<&Plan<'_>>) -> Self {
        let places = plan.map(|plan| placed(plan, groups));
        let places = places.iter().flatten().map(Some).chain(std::iter::repeat(None));
        Self {
            name: &network.name,
            spec: &network.file,
            dialect: &network.dialect,
            input: numbers(network.input),
            parameters: network.parameters(),
            parameters_with_statistics: network.parameters_with_statistics(),
            multiply_adds: network.multiply_adds(),
            labels: network.class_names.as_ref().map(|names| match names {
                ClassNames::Set(set) => LabelsJson::Set(set.name()),
                ClassNames::Own(names) => LabelsJson::Names(names),
            }),
            rows: groups
                .iter()
                .zip(places)
                .map(|(group, placed)| RowJson::new(group, placed))
                .collect(),
            plan: plan.map(MemoryJson::new),
        }
    }
}

impl<'n> RowJson<'n> {
    fn new(group: &'n LayerGroup<'n>, placed: Option<&Placed<'_>>) -> Self {
        let packed = placed
            .iter()
            .flat_map(|p| &p.packed)
            .copied()
            .chain(std::iter::repeat(None));
        let packed = packed.map(|p| {
            p.map(|p| PackedJson {
                offset: p.offset,
                bytes: p.packed_bytes(),
                packing: p.around.map_or(p.packing.name(), |_| "int8"),
            })
        });
        Self {
            name: &group.name,
            file: &group.source.file,
            line: group.source.line,
            text: &group.source.text,
            plan: placed.map(RowPlan::new),
            layers: group
                .layers
                .iter()
                .zip(packed)
                .map(|(layer, packed)| LayerLine::new(layer, packed))
                .collect(),
        }
    }
}

impl RowPlan {
    fn new(placed: &Placed<'_>) -> Self {
        Self {
            writes_to: placed.writes_to.clone(),
            block: placed.block.as_ref().map(BlockJson::new),
        }
    }
}

impl BlockJson {
    fn new(plan: &BlockPlan) -> Self {
        Self {
            line_buffer: LineBufferJson {
                rows: plan.line_buffer.rows,
                columns: plan.line_buffer.columns,
                channels: plan.line_buffer.groups * LANES,
            },
            channels_at_a_time: plan.groups_at_once * LANES,
            expand_rows_at_a_time: [plan.expand_rows(LANES), plan.expand_row_batch],
            project_rows_at_a_time: plan.project_row_batch,
            scratch: plan.scratch.floats * FLOAT,
            scratch_parts: scratch_parts(plan).into_iter().map(RegionJson::new).collect(),
        }
    }
}

impl<N> RegionJson<N> {
    fn new((name, region): (N, Region)) -> Self {
        Self {
            name,
            offset: region.offset * FLOAT,
            bytes: region.len * FLOAT,
        }
    }
}

impl<'n> LayerLine<'n> {
    fn new(layer: &'n Layer<'n>, packed: Option<PackedJson>) -> Self {
        let tensors = layer.tensors.into_iter().flat_map(|t| t.iter());
        let tensor = |Tensor { name, shape }: &'n Tensor| TensorLine { name, shape };
        Self {
            name: layer.name,
            window: layer.window.map(|w| WindowJson {
                kernel: w.kernel,
                stride: w.stride,
                dilation: w.dilation,
                pad_height: w.pad_h,
                pad_width: w.pad_w,
            }),
            input: numbers(layer.input),
            output: numbers(layer.output),
            then: Then::new(layer.effect),
            parameters: layer.parameters(),
            multiply_adds: layer.multiply_adds,
            tensors: tensors.map(tensor).collect(),
            packed,
        }
    }
}

impl Then {
    fn new(effect: Effect) -> Self {
        let plain = |then| Self {
            then,
            slope: None,
            offset: None,
        };
        let hard = |then, slope, offset| Self {
            then,
            slope: Some(slope),
            offset: Some(offset),
        };
        match effect {
            Effect::Act(Act::Identity) => plain("identity"),
            Effect::Act(Act::Relu) => plain("relu"),
            Effect::Act(Act::Relu6) => plain("relu6"),
            Effect::Act(Act::HardSigmoid { slope, offset }) => hard("hard_sigmoid", slope, offset),
            Effect::Act(Act::HardSwish { slope, offset }) => hard("hard_swish", slope, offset),
            Effect::AddInput => plain("add_input"),
            Effect::Gate(act) => Self::new(Effect::Act(act)),
            Effect::Pool(Pool::Avg) => plain("mean"),
            Effect::Pool(Pool::Max) => plain("maximum"),
            Effect::Softmax => plain("softmax"),
            Effect::Sigmoid | Effect::SigmoidGate => plain("sigmoid"),
            Effect::Resize => plain("bilinear"),
            Effect::ResizeAndAdd => plain("bilinear_add"),
        }
    }
}

impl MemoryJson {
    fn new(plan: &Plan<'_>) -> Self {
        Self {
            workspace: plan.workspace_bytes(),
            workspace_parts: workspace_parts(&plan.workspace)
                .into_iter()
                .map(RegionJson::new)
                .collect(),
            packed_weights: plan.weight_bytes,
        }
    }
}

fn numbers(Shape { h, w, c }: Shape) -> [usize; 3] {
    [h, w, c]
}
