//! A network to be timed, with weights and an image of its own.

use mnv3::{Level, LevelError, MapView, Threads, WeightsError};
use mnv3_codegen::Plan;
use mnv3_exec::{Exec, LengthError, Workspace};
use mnv3_spec::{Layout, Tensor, Tensors};
use safetensors::Dtype;
use safetensors::tensor::{SafeTensorError, TensorView, serialize};
use std::time::Instant;

/// When the output of each row of the spec was complete.
#[derive(Default)]
pub(crate) struct Laps(pub(super) Vec<(String, Instant)>);

/// One network.
pub(crate) struct Subject<'p> {
    pub(super) plan: &'p Plan<'p>,
    exec: Exec<'p>,
    workspace: Workspace,
    image: Vec<f32>,
    scores: Vec<f32>,
    threads: usize,
}

/// Why a network cannot run with the weights that were made for it: never, unless this program is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubjectError {
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Safetensors(#[from] SafeTensorError),
    #[error(transparent)]
    Length(#[from] LengthError),
    #[error(transparent)]
    Threads(#[from] mnv3::ThreadsError),
    #[error(transparent)]
    Level(#[from] LevelError),
}

impl<'p> Subject<'p> {
    /// The network of a plan at a SIMD level, on so many threads.
    pub(crate) fn new(plan: &'p Plan<'p>, level: Level, threads: usize) -> Result<Self, SubjectError> {
        let exec = Exec::new(plan, &weights(plan)?)?.with_level(level)?;
        let exec = match threads {
            1 => exec,
            _ => exec.with_threads(Threads::new(threads)?),
        };
        Ok(Self {
            workspace: exec.workspace(),
            image: noise(1).take(exec.image_len()).collect(),
            scores: vec![0.0; exec.output_len()],
            plan,
            exec,
            threads,
        })
    }

    /// Runs once; on one thread, laps are noted.
    pub(super) fn forward(&mut self, laps: &mut Laps) -> Result<(), SubjectError> {
        let (exec, workspace, image, scores) = (&self.exec, &mut self.workspace, &self.image, &mut self.scores);
        if self.threads == 1 {
            let mut note = |name: &str, _: MapView<'_>| laps.0.push((name.to_owned(), Instant::now()));
            exec.forward_observed(workspace, image, scores, &mut note)?;
        } else {
            exec.forward_into(workspace, image, scores)?;
        }
        std::hint::black_box(scores);
        Ok(())
    }
}

/// Steps that what a network in eight bits is given and makes has from 0 to about its largest number.
const STEP: f32 = 0.02;

/// Untrained weights, as large as freshly initialised ones, so that no activation dies, explodes or is denormal; in eight bits
/// with any scales.
fn weights(plan: &Plan<'_>) -> Result<Vec<u8>, SafeTensorError> {
    let mut files: Vec<(&Tensor, Vec<u8>)> = Vec::new();
    for (i, tensors) in plan.graph.ops.iter().filter_map(|op| op.kind.tensors()).enumerate() {
        let scale = (6.0 / fan_in(tensors) as f32).sqrt();
        let kernel = noise(i as u64).map(|n| n * scale);
        files.push((&tensors.weight, bytes(&tensors.weight, kernel)));
        let mut fill = |tensor, value| files.push((tensor, bytes(tensor, std::iter::repeat(value))));
        tensors.bias.iter().for_each(|bias| fill(bias, 0.0));
        if let Some(norm) = &tensors.norm {
            fill(&norm.gamma, 1.0);
            fill(&norm.beta, 0.0);
            fill(&norm.mean, 0.0);
            fill(&norm.variance, 1.0);
        }
    }
    let mark = mnv3_codegen::scales_of(plan.network).map(f32::from);
    for tensor in &plan.scales {
        let is = |part: &str| tensor.name.ends_with(part);
        let numbers: Vec<f32> = if tensor.name == mnv3_weights::SCALES_OF {
            mark.to_vec()
        } else {
            let number = if is(".scale") { STEP } else { 128.0 };
            vec![number; tensor.shape.iter().product()]
        };
        files.push((tensor, bytes(tensor, numbers.into_iter())));
    }
    let views = files.iter().map(|(tensor, bytes)| {
        TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map(|view| (tensor.name.as_str(), view))
    });
    serialize(views.collect::<Result<Vec<_>, _>>()?, None)
}

/// Products that one output of a layer sums up: those of a kernel's numbers that belong to one output channel.
fn fan_in(tensors: &Tensors) -> u64 {
    let shape = &tensors.weight.shape;
    let outputs = match tensors.layout {
        Layout::Oihw => shape.first(),
        // Depthwise kernels are [kh, kw, channels, 1].
        Layout::Hwio => shape.last().filter(|last| **last > 1).or(shape.iter().rev().nth(1)),
    };
    (tensors.weight.numbers() / (*outputs.unwrap_or(&1)).max(1) as u64).max(1)
}

fn bytes(tensor: &Tensor, values: impl Iterator<Item = f32>) -> Vec<u8> {
    let numbers: usize = tensor.shape.iter().product();
    values.take(numbers).flat_map(f32::to_le_bytes).collect()
}

/// Numbers between -1 and 1 that look random, the same in every run (splitmix64).
fn noise(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
}
