//! The same in eight bits: convolutions by the integer kernels, to the same bits at every SIMD level and on any number of threads.

use crate::{Inputs, Workspace, by, in_workspace};
use mnv3_codegen::{Layer, Place, Plan, Residual, Step, StepKind};
use mnv3_ir::Region;
use mnv3_quantize::{Scales, ScalesError};
use mnv3_runtime::int8::{self, BlockLayers};
use mnv3_runtime::{Cpu, Engine, LengthError, Level, LevelError, Threads, WeightsError, by_value};
use mnv3_spec::graph::{Graph, Op, OpKind, ValueId};
use mnv3_weights::{Arena, Around, ChannelScales, Int8Layer};
use std::collections::HashMap;
use std::fmt;

/// A network in eight bits, ready to run: docs/int8.md says what it computes.
///
/// Its weights file has scales beside the weights, as `mnv3 quantize` writes them. Matrices of squeeze-excite and head stay in
/// single precision, or are stored as the spec's `matrices` says.
pub struct Int8<'p> {
    plan: &'p Plan<'p>,
    /// What stays in single precision is multiplied with what is packed here.
    engine: Engine,
    /// Convolutions by where their float weights lie.
    layers: HashMap<usize, Int8Layer>,
    scratch: usize,
}

/// Why a network cannot be run in eight bits.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Int8Error {
    /// Nothing resizes maps of bytes, and scales have no names for the layers of a detector.
    #[error("a network that segments or detects is not run in eight bits: run it in single precision")]
    Head,
    /// Blocks with such a gate are run op by op, for which there are no integer kernels.
    #[error("a network with `squeeze: {{ gate: sigmoid }}` is not run in eight bits: run it in single precision")]
    SigmoidGate,
    /// The file does not fit the network.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// It has no scales, or wrong ones: all that is wrong.
    #[error("{}; `mnv3 quantize` writes scales", lines(.0))]
    Scales(Vec<ScalesError>),
}

fn lines(errors: &[ScalesError]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n  ")
}

impl fmt::Debug for Int8<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = self.plan.network;
        self.engine.describe(&network.name, network.parameters(), f)
    }
}

impl<'p> Int8<'p> {
    /// Reads a safetensors file of weights and scales, and quantises the weights.
    ///
    /// # Errors
    /// Everything that is wrong with the file, or with its scales.
    pub fn new(plan: &'p Plan<'p>, weights: &[u8]) -> Result<Self, Int8Error> {
        if plan.network.segment().is_some() || plan.network.detect().is_some() {
            return Err(Int8Error::Head);
        }
        let steps = plan.steps.iter();
        if steps
            .into_iter()
            .any(|step| matches!(step.kind, StepKind::Depthwise { .. }))
        {
            return Err(Int8Error::SigmoidGate);
        }
        mnv3_codegen::with_manifest(plan.network, |manifest| {
            let engine = Engine::from_safetensors(weights, manifest)?;
            let tensor = |name: &str| mnv3_weights::tensor(weights, name);
            let scales = Scales::read(&plan.graph, &tensor).map_err(Int8Error::Scales)?;
            let scales = Maps::new(&plan.graph, scales);
            // Layers are in the order of the ops that have weights.
            let ops: Vec<&Op<'_>> = plan.graph.ops.iter().filter(|op| op.kind.tensors().is_some()).collect();
            let layers = Int8Layer::read(weights, manifest, &|i| scales.around(&plan.graph, ops[i]))?;
            let layers = layers.into_iter().zip(manifest.layers);
            let layers = layers
                .filter_map(|(layer, packed)| Some((packed.offset, layer?)))
                .collect();
            Ok(Self {
                plan,
                engine,
                layers,
                scratch: plan.steps.iter().map(scratch).max().unwrap_or_default(),
            })
        })
    }

    /// The same network, run at another SIMD level.
    ///
    /// # Errors
    /// The machine has no such level.
    pub fn with_level(self, level: Level) -> Result<Self, LevelError> {
        let engine = self.engine.with_level(level)?;
        Ok(Self { engine, ..self })
    }

    /// The same network, its layers divided among these threads.
    #[must_use]
    pub fn with_threads(self, threads: Threads) -> Self {
        // What threads share in eight bits needs no scratch of theirs.
        let engine = self.engine.with_threads(threads, 0);
        Self { engine, ..self }
    }

    /// Memory to run in.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace(Arena::zeroed(self.plan.workspace.floats() + self.scratch))
    }

    /// An image of height x width x channels, packed in that order, to scores.
    ///
    /// # Errors
    /// A slice of another length.
    pub fn forward_into(
        &self,
        workspace: &mut Workspace,
        image: &[f32],
        answer: &mut [f32],
    ) -> Result<(), LengthError> {
        crate::fits(self.plan, image, answer)?;
        self.engine.run(|cpu| self.run(cpu, workspace, image, answer, None));
        Ok(())
    }

    /// The same, and shows every map that a step makes, and every vector, to `observer`.
    ///
    /// # Errors
    /// A slice of another length.
    pub fn forward_observed(
        &self,
        workspace: &mut Workspace,
        image: &[f32],
        answer: &mut [f32],
        observer: &mut (dyn FnMut(ValueId, Int8Value) + Send),
    ) -> Result<(), LengthError> {
        crate::fits(self.plan, image, answer)?;
        self.engine
            .run(|cpu| self.run(cpu, workspace, image, answer, Some(observer)));
        Ok(())
    }

    fn run(
        &self,
        cpu: Cpu<'_>,
        workspace: &mut Workspace,
        image: &[f32],
        answer: &mut [f32],
        mut observer: Option<&mut (dyn FnMut(ValueId, Int8Value) + Send)>,
    ) {
        // What made the map that is read next.
        let mut maker = None;
        for step in &self.plan.steps {
            let whole = workspace.0.floats_mut();
            let scratch = Region {
                offset: self.plan.workspace.floats(),
                len: self.scratch,
            };
            let of = |input: usize| step.inputs.get(input).map_or(Place::Image, |input| input.from);
            let [first, second, output] = [of(0), of(1), step.to].map(|place| in_workspace(place, scratch.offset));
            let parts = [first, second, output, scratch];
            let Ok([first, second, output, scratch]) = whole.get_disjoint_mut(parts.map(Region::range)) else {
                unreachable!("a step reads and writes parts of the workspace that do not overlap")
            };
            let inputs = Inputs { image, first, second };
            self.step(cpu, step, maker, inputs, output, scratch, answer);
            maker = self.maker(step).or(maker);
            if let Some(observer) = &mut observer {
                observer(step.value, made(step, output, answer));
            }
        }
    }

    /// The layer whose output scales a step's map has, if it is not that of its input.
    fn maker(&self, step: &Step) -> Option<&Int8Layer> {
        match &step.kind {
            StepKind::Stem { layer, .. } | StepKind::Pointwise(layer) => Some(self.layer(layer)),
            StepKind::InvertedResidual(block) => Some(self.layer(&block.project)),
            StepKind::WindowPool { .. }
            | StepKind::GlobalPool(_)
            | StepKind::Linear(_)
            | StepKind::Scores(_)
            | StepKind::Gate
            | StepKind::Add
            | StepKind::Resize
            | StepKind::Depthwise { .. }
            | StepKind::PixelShuffle
            | StepKind::Softmax
            | StepKind::Sigmoid
            | StepKind::Flatten => None,
        }
    }

    fn layer(&self, layer: &Layer) -> &Int8Layer {
        match self.layers.get(&layer.packed.offset) {
            Some(layer) => layer,
            None => unreachable!("all convolutions are in eight bits"),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that a step may read or write")]
    fn step(
        &self,
        cpu: Cpu<'_>,
        step: &Step,
        maker: Option<&Int8Layer>,
        inputs: Inputs<'_>,
        output: &mut [f32],
        scratch: &mut [f32],
        answer: &mut [f32],
    ) {
        let weights = &self.engine;
        let (input, shapes) = (inputs.first, [step.inputs[0].shape, step.output]);
        match &step.kind {
            StepKind::Stem { window, layer } => {
                int8::stem(cpu, self.layer(layer), window, shapes, inputs.image, output, scratch);
            }
            StepKind::InvertedResidual(block) => {
                let layers = BlockLayers {
                    sizes: &block.plan.sizes,
                    expand: block.expand.as_ref().map(|layer| self.layer(layer)),
                    depthwise: self.layer(&block.depthwise),
                    gate: block.gate.as_ref().map(|layers| layers.each_ref().map(by)),
                    project: self.layer(&block.project),
                };
                let added = match block.residual {
                    Residual::None => None,
                    Residual::Input => Some(input),
                    Residual::Second => Some(inputs.second),
                };
                int8::inverted_residual(cpu, weights, &layers, input, added, output, scratch);
            }
            StepKind::Pointwise(layer) => int8::pointwise(cpu, self.layer(layer), step.output, input, output),
            StepKind::WindowPool { pool, kernel, stride } => {
                int8::window_pool(*pool, [*kernel, *stride], shapes, input, output);
            }
            StepKind::GlobalPool(pool) => {
                let Some(maker) = maker else {
                    unreachable!("the stem makes a map")
                };
                int8::global_pool(cpu, *pool, maker, shapes[0], input, output);
            }
            StepKind::Linear(layer) => int8::linear(cpu, weights, by(layer), input, output),
            StepKind::Scores(layer) => {
                let padded = &mut scratch[..step.output.floats()];
                int8::linear(cpu, weights, by(layer), input, padded);
                answer.copy_from_slice(&padded[..step.output.c]);
            }
            StepKind::Softmax => by_value::softmax(answer),
            StepKind::Sigmoid => by_value::sigmoid(answer),
            StepKind::Flatten => answer.copy_from_slice(&input[..step.output.c]),
            StepKind::Gate | StepKind::Add | StepKind::Resize | StepKind::Depthwise { .. } | StepKind::PixelShuffle => {
                unreachable!("a network with one is refused")
            }
        }
    }
}

/// What a step has made.
#[derive(Clone, Debug, PartialEq)]
pub enum Int8Value {
    /// Bytes of height x width x channels.
    Map(Vec<u8>),
    /// In single precision.
    Vector(Vec<f32>),
}

fn made(step: &Step, output: &[f32], answer: &[f32]) -> Int8Value {
    match step.kind {
        StepKind::Stem { .. }
        | StepKind::InvertedResidual(_)
        | StepKind::Pointwise(_)
        | StepKind::WindowPool { .. } => Int8Value::Map(int8::bytes(step.output, output)),
        StepKind::GlobalPool(_) | StepKind::Linear(_) => Int8Value::Vector(output[..step.output.c].to_vec()),
        StepKind::Scores(_) | StepKind::Softmax | StepKind::Sigmoid | StepKind::Flatten => {
            Int8Value::Vector(answer.to_vec())
        }
        StepKind::Gate | StepKind::Add | StepKind::Resize | StepKind::Depthwise { .. } | StepKind::PixelShuffle => {
            unreachable!("a network with one is refused")
        }
    }
}

/// Floats of scratch that a step needs.
fn scratch(step: &Step) -> usize {
    match &step.kind {
        StepKind::Stem { window, .. } => int8::stem_scratch(window, step.inputs[0].shape),
        StepKind::InvertedResidual(block) => int8::block_scratch(&block.plan.sizes),
        StepKind::Scores(_) => step.output.floats(),
        StepKind::Pointwise(_)
        | StepKind::WindowPool { .. }
        | StepKind::GlobalPool(_)
        | StepKind::Linear(_)
        | StepKind::Gate
        | StepKind::Add
        | StepKind::Resize
        | StepKind::Depthwise { .. }
        | StepKind::PixelShuffle
        | StepKind::Softmax
        | StepKind::Sigmoid
        | StepKind::Flatten => 0,
    }
}

/// Scales and zero points of maps, in single precision.
struct Maps {
    of: HashMap<ValueId, [Vec<f32>; 2]>,
}

impl Maps {
    fn new(graph: &Graph<'_>, scales: Scales) -> Self {
        let maps = scales.of.into_iter().map(|(value, scales)| {
            let zero = scales.zero_point.into_iter().map(f32::from).collect();
            (value, [scales.scale, zero])
        });
        let mut of: HashMap<ValueId, [Vec<f32>; 2]> = maps.collect();
        of.insert(graph.input, [scales.input.scale, scales.input.zero_point]);
        Self { of }
    }

    fn scales(&self, value: ValueId) -> Option<ChannelScales<'_>> {
        let [scale, zero] = self.of.get(&value)?;
        Some(ChannelScales { scale, zero })
    }

    /// The maps around a convolution; `None` of what stays in single precision.
    fn around(&self, graph: &Graph<'_>, op: &Op<'_>) -> Option<Around<'_>> {
        let act = match op.kind {
            OpKind::Conv { act, .. } | OpKind::Depthwise { act, .. } | OpKind::Pointwise { act, .. } => act,
            OpKind::Linear { .. }
            | OpKind::WindowPool { .. }
            | OpKind::GlobalPool { .. }
            | OpKind::Scale
            | OpKind::Add
            | OpKind::Softmax
            | OpKind::Sigmoid
            | OpKind::Flatten
            | OpKind::Resize
            | OpKind::PixelShuffle => return None,
        };
        let added = graph
            .ops
            .iter()
            .find(|reader| matches!(reader.kind, OpKind::Add) && reader.inputs[0] == op.output);
        Some(Around {
            input: self.scales(op.inputs[0])?,
            image: op.inputs[0] == graph.input,
            output: self.scales(added.map_or(op.output, |added| added.output))?,
            residual: added.and_then(|added| self.scales(added.inputs[1])),
            act,
        })
    }
}
