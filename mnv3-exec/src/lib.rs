//! Runs a network without compiling it: the steps of a plan, one after the other, by the kernels that generated code
//! calls. The scores are the same to the bit.
//!
//! In: a [`Plan`] and a weights file. Out: scores and maps. For the command, which meets specs that nobody compiled, and
//! for tests of networks by the hundred. It decides nothing: a step says what is computed, from where and to where.
//!
//! ```
//! let network = mnv3_spec::load("mnv3:small", "".as_ref())?.network;
//! let plan = mnv3_codegen::Plan::new(&network);
//! let refused = mnv3_exec::Exec::new(&plan, b"");
//! assert!(refused.unwrap_err().to_string().contains("an empty file"));
//! # Ok::<(), mnv3_spec::SpecErrors>(())
//! ```

mod boxes;
#[cfg(feature = "image")]
mod classify;
#[cfg(feature = "image")]
mod detector;
#[cfg(feature = "image")]
mod embedder;
mod int8;
#[cfg(feature = "image")]
mod names;
mod peak;
#[cfg(feature = "image")]
mod segmenter;
#[cfg(feature = "image")]
mod streams;

pub use boxes::Boxes;
#[cfg(feature = "image")]
pub use classify::{Classifier, NotClassifier, recipe};
#[cfg(feature = "image")]
pub use detector::{Detector, NotDetector};
#[cfg(feature = "image")]
pub use embedder::{Embedder, NotEmbedder};
#[cfg(feature = "image")]
pub use names::class_name;
#[cfg(feature = "image")]
pub use segmenter::{NotSegmenter, Segmenter};

use mnv3_codegen::{Layer, Place, Plan, Residual, Step, StepKind};
use mnv3_ir::Region;
pub use mnv3_runtime::LengthError;
use mnv3_runtime::by_value::{self, BlockLayers};
use mnv3_runtime::{Cpu, Engine, Level, LevelError, MapView, Threads, WeightsError};
use mnv3_spec::graph::ValueId;
use mnv3_weights::{Arena, is_prepacked};
pub use peak::peak;
use std::fmt;

/// A network, ready to run.
pub struct Exec<'p> {
    plan: &'p Plan<'p>,
    engine: Engine,
}

/// The memory that a network runs in: made once, used for every image.
#[derive(Clone, Debug)]
pub struct Workspace(Arena);

impl fmt::Debug for Exec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = self.plan.network;
        self.engine.describe(&network.name, network.parameters(), f)
    }
}

impl<'p> Exec<'p> {
    /// Reads, checks and packs a weights file: safetensors, or one of packed weights.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(plan: &'p Plan<'p>, weights: &[u8]) -> Result<Self, WeightsError> {
        let engine = mnv3_codegen::with_manifest(plan.network, |manifest| {
            if is_prepacked(weights) {
                Engine::from_prepacked(weights, manifest)
            } else {
                Engine::from_safetensors(weights, manifest)
            }
        })?;
        Ok(Self { plan, engine })
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
        let engine = self.engine.with_threads(threads, self.plan.workspace.scratch.len);
        Self { engine, ..self }
    }

    /// Memory to run in.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace(Arena::zeroed(self.plan.workspace.floats()))
    }

    /// Numbers of an image: height times width times channels.
    #[must_use]
    pub fn image_len(&self) -> usize {
        image_len(self.plan)
    }

    /// Numbers of an answer: scores, or an embedding; 0 where the network gives maps.
    #[must_use]
    pub fn output_len(&self) -> usize {
        output_len(self.plan)
    }

    /// An image of height x width x channels, packed in that order, to scores or an embedding.
    ///
    /// # Errors
    /// A slice of another length.
    pub fn forward_into(
        &self,
        workspace: &mut Workspace,
        image: &[f32],
        answer: &mut [f32],
    ) -> Result<(), LengthError> {
        fits(self.plan, image, answer)?;
        self.engine
            .run(|cpu| self.run(cpu, &self.plan.steps, workspace, image, answer, &mut |_, _| {}));
        Ok(())
    }

    /// The same on one thread, and shows the output of every row of the spec to `observer`.
    ///
    /// # Errors
    /// A slice of another length.
    pub fn forward_observed(
        &self,
        workspace: &mut Workspace,
        image: &[f32],
        answer: &mut [f32],
        observer: &mut dyn FnMut(&str, MapView<'_>),
    ) -> Result<(), LengthError> {
        fits(self.plan, image, answer)?;
        let steps = &self.plan.steps;
        self.run(self.engine.alone(), steps, workspace, image, answer, observer);
        Ok(())
    }

    /// A tapped map by its name, or `features` of a network without a head, as the last run left it.
    #[must_use]
    pub fn map<'w>(&'w self, workspace: &'w Workspace, name: &str) -> Option<MapView<'w>> {
        let output = self.plan.graph.outputs.iter().find(|output| output.name == name)?;
        self.value(workspace, output.value)
    }

    fn value<'w>(&'w self, workspace: &'w Workspace, value: ValueId) -> Option<MapView<'w>> {
        let step = self.plan.steps.iter().find(|step| step.value == value)?;
        let map = match step.to {
            Place::Slot { region, .. } => &workspace.0.floats()[region.range()],
            Place::Image | Place::Output => return None,
        };
        Some(self.view(step, map))
    }

    fn run(
        &self,
        cpu: Cpu<'_>,
        steps: &[Step],
        workspace: &mut Workspace,
        image: &[f32],
        answer: &mut [f32],
        observer: &mut (dyn FnMut(&str, MapView<'_>) + '_),
    ) {
        for step in steps {
            let whole = workspace.0.floats_mut();
            let of = |input: usize| step.inputs.get(input).map_or(Place::Image, |input| input.from);
            let [first, second, output] = [of(0), of(1), step.to].map(|place| in_workspace(place, whole.len()));
            let parts = [first, second, output, self.plan.workspace.scratch];
            let Ok([first, second, output, scratch]) = whole.get_disjoint_mut(parts.map(Region::range)) else {
                unreachable!("a step reads and writes parts of the workspace that do not overlap")
            };
            let inputs = Inputs { image, first, second };
            if self.plan.is_int8() {
                int8::step(self.plan, &self.engine, cpu, step, inputs, output, scratch, answer);
            } else {
                self.step(cpu, step, inputs, output, scratch, answer);
            }
            if self.plan.is_observed(step) {
                observer(&self.plan.row(step).name, self.view(step, output));
            }
        }
    }

    /// A map as an observer sees it.
    fn view<'m>(&'m self, step: &Step, map: &'m [f32]) -> MapView<'m> {
        match int8::maker(self.plan, step.value).filter(|_| self.plan.is_int8()) {
            Some(maker) => mnv3_runtime::int8::view(&self.engine, by(maker), step.output, map),
            None => by_value::view(step.output, map),
        }
    }

    fn step(
        &self,
        cpu: Cpu<'_>,
        step: &Step,
        inputs: Inputs<'_>,
        output: &mut [f32],
        scratch: &mut [f32],
        answer: &mut [f32],
    ) {
        let weights = &self.engine;
        let shapes = [step.inputs[0].shape, step.output];
        let input = inputs.first;
        match &step.kind {
            StepKind::Stem { window, layer } => {
                by_value::stem(cpu, weights, by(layer), window, shapes, inputs.image, output, scratch);
            }
            StepKind::InvertedResidual(block) => {
                let layers = BlockLayers {
                    plan: &block.plan,
                    expand: block.expand.as_ref().map(by),
                    depthwise: by(&block.depthwise),
                    gate: block.gate.as_ref().map(|layers| layers.each_ref().map(by)),
                    project: by(&block.project),
                };
                let added = inputs.added(block.residual);
                by_value::inverted_residual(cpu, weights, &layers, input, added, output, scratch);
            }
            StepKind::Pointwise(layer) => by_value::pointwise(cpu, weights, by(layer), step.output, input, output),
            StepKind::WindowPool { pool, kernel, stride } => {
                by_value::window_pool(cpu, *pool, [*kernel, *stride], shapes, input, output);
            }
            StepKind::GlobalPool(pool) => by_value::global_pool(cpu, *pool, shapes[0], input, output),
            StepKind::Linear(layer) => by_value::linear(cpu, weights, by(layer), input, output),
            StepKind::Scores(layer) => {
                let padded = &mut scratch[..step.output.floats()];
                by_value::linear(cpu, weights, by(layer), input, padded);
                answer.copy_from_slice(&padded[..step.output.c]);
            }
            StepKind::Softmax => by_value::softmax(answer),
            StepKind::Sigmoid => by_value::sigmoid(answer),
            StepKind::Flatten => answer.copy_from_slice(&input[..step.output.c]),
            StepKind::Gate => by_value::gate(cpu, step.output, input, inputs.second, output),
            StepKind::Scale => by_value::scale(cpu, step.output, input, inputs.second, output),
            StepKind::Activation(act) => by_value::activate(cpu, step.output, *act, input, output),
            StepKind::Add => by_value::add(cpu, step.output, input, inputs.second, output),
            StepKind::Resize => by_value::resize(cpu, shapes, input, output, scratch),
            StepKind::Depthwise { window, layer } => {
                by_value::depthwise_map(cpu, weights, by(layer), window, shapes, input, output, scratch);
            }
            StepKind::PixelShuffle => by_value::pixel_shuffle(cpu, shapes, input, output),
        }
    }
}

fn image_len(plan: &Plan<'_>) -> usize {
    let input = plan.network.input;
    input.h * input.w * input.c
}

fn output_len(plan: &Plan<'_>) -> usize {
    plan.network.vector().unwrap_or(0)
}

fn fits(plan: &Plan<'_>, image: &[f32], answer: &[f32]) -> Result<(), LengthError> {
    let (want, found) = (image_len(plan), image.len());
    if want != found {
        return Err(LengthError::Image { want, found });
    }
    let (want, found) = (output_len(plan), answer.len());
    if want != found {
        return Err(LengthError::Output { want, found });
    }
    Ok(())
}

/// What a step may read.
struct Inputs<'i> {
    image: &'i [f32],
    first: &'i [f32],
    /// Nothing, where a step reads one value.
    second: &'i [f32],
}

impl<'i> Inputs<'i> {
    /// What a block adds to what it makes.
    fn added(&self, residual: Residual) -> Option<&'i [f32]> {
        match residual {
            Residual::None => None,
            Residual::Input => Some(self.first),
            Residual::Second => Some(self.second),
        }
    }
}

/// The part of a workspace that a place is: nothing of it, at its end, where it is the caller's.
fn in_workspace(place: Place, floats: usize) -> Region {
    match place {
        Place::Slot { region, .. } => region,
        Place::Image | Place::Output => Region { offset: floats, len: 0 },
    }
}

fn by(layer: &Layer) -> by_value::Layer {
    by_value::Layer {
        packed: layer.packed,
        act: layer.act,
    }
}
