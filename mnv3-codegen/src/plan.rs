//! Where everything goes: tensors in a row, packed weights in one arena, maps in alternating buffers.
//!
//! Decisions live here, so that backends only write down what was decided.

use mnv3_ir::{BlockPlan, BlockSizes, padded, stem_scratch};
use mnv3_spec::network::{Bottleneck, Matrices, Network, Tensor, Tensors};
use mnv3_weights::Recipe;

/// Which of the two alternating buffers of the workspace a map is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// The first.
    Even,
    /// The second.
    Odd,
}

impl Buffer {
    /// The one that is free while this one is read.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Even => Self::Odd,
            Self::Odd => Self::Even,
        }
    }
}

/// The plan of a network.
#[derive(Clone, Debug)]
pub struct Plan<'n> {
    /// What it is a plan of.
    pub network: &'n Network,
    /// All tensors that a weights file must have, in the order of the structure.
    pub tensors: Vec<&'n Tensor>,
    /// All layers in the order of the structure, which is also the order in the arena.
    pub layers: Vec<Recipe>,
    /// Floats of the arena.
    pub weight_floats: usize,
    /// Floats of the buffers [`Buffer::Even`], [`Buffer::Odd`], of the scratch and of tapped maps.
    pub workspace: [usize; 4],
}

impl<'n> Plan<'n> {
    /// Lays out a network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        let mut plan = Self {
            network,
            tensors: Vec::new(),
            layers: Vec::new(),
            weight_floats: 0,
            workspace: [0; 4],
        };
        plan.place_weights();
        plan.place_maps();
        plan
    }

    fn place_weights(&mut self) {
        let network = self.network;
        let stem = &network.stem;
        let dense = |input, output| Recipe::dense([1, 1], input, output);
        let matrix = |input, output| match network.matrices {
            Matrices::F32 => dense(input, output),
            Matrices::F16 => dense(input, output).half(),
        };
        self.place(
            Recipe::dense(stem.window.kernel, stem.input.c, stem.output.c),
            &stem.tensors,
        );
        for b in &network.bottlenecks {
            if let Some(e) = &b.expand {
                self.place(dense(e.input, e.output), &e.tensors);
            }
            let d = &b.depthwise;
            self.place(Recipe::depthwise(d.window.kernel, d.channels), &d.tensors);
            if let Some(se) = &b.squeeze_excite {
                self.place(matrix(se.reduce.input, se.reduce.output), &se.reduce.tensors);
                self.place(matrix(se.expand.input, se.expand.output), &se.expand.tensors);
            }
            self.place(dense(b.project.input, b.project.output), &b.project.tensors);
        }
        for last in &network.last {
            self.place(dense(last.input.c, last.output.c), &last.tensors);
        }
        if let Some(head) = &network.head {
            for layer in head.hidden.iter().chain([&head.classes]) {
                self.place(matrix(layer.input, layer.output), &layer.tensors);
            }
        }
    }

    fn place(&mut self, form: Recipe, tensors: &'n Tensors) {
        let mut recipe = form.read(tensors.layout, self.tensors.len()).at(self.weight_floats);
        if tensors.bias.is_some() {
            recipe = recipe.bias();
        }
        if let Some(norm) = &tensors.norm {
            recipe = recipe.norm(norm.epsilon);
        }
        self.weight_floats += recipe.packed_floats();
        self.layers.push(recipe);
        self.tensors.extend(tensors.iter());
    }

    /// Maps alternate: the stem writes the even buffer, the first block the odd one, and so on to the head's vectors.
    /// A tapped block's output has a place of its own, since it must outlive the run.
    fn place_maps(&mut self) {
        let network = self.network;
        let mut written = vec![network.stem.output.floats()];
        written.extend(network.bottlenecks.iter().map(|b| {
            if self.taps(b.number).is_empty() {
                b.output.floats()
            } else {
                0
            }
        }));
        written.extend(network.last.iter().map(|last| last.output.floats()));
        let of_block = |b| block_plan(b).scratch.floats;
        let mut scratch: Vec<usize> = network.bottlenecks.iter().map(of_block).collect();
        let stem = &network.stem;
        scratch.push(stem_scratch(stem.output.w, &stem.window, stem.input.c));
        if let Some(head) = &network.head {
            written.extend(head.windows.iter().map(|w| w.output.floats()));
            written.push(padded(network.features().c));
            written.extend(head.hidden.iter().map(|h| padded(h.output)));
            scratch.push(padded(head.classes.output));
        }
        let largest = |from: usize| written.iter().skip(from).step_by(2).copied().max().unwrap_or(0);
        let tapped = network.bottlenecks.iter().filter(|b| !self.taps(b.number).is_empty());
        let taps = tapped.map(|b| b.output.floats()).sum();
        self.workspace = [largest(0), largest(1), scratch.into_iter().max().unwrap_or(0), taps];
    }

    /// Names of the taps at a bottleneck.
    #[must_use]
    pub fn taps(&self, bottleneck: usize) -> Vec<&'n str> {
        let network: &'n Network = self.network;
        network
            .taps
            .iter()
            .filter(|tap| tap.bottleneck == bottleneck)
            .map(|tap| tap.name.as_str())
            .collect()
    }

    /// Bytes of a workspace.
    #[must_use]
    pub fn workspace_bytes(&self) -> usize {
        self.workspace.iter().sum::<usize>() * size_of::<f32>()
    }
}

/// What a block does in memory and time.
#[must_use]
pub fn block_plan(b: &Bottleneck) -> BlockPlan {
    BlockPlan::new(BlockSizes {
        input: [b.input.h, b.input.w],
        output: [b.output.h, b.output.w],
        window: b.depthwise.window,
        expand: b.expand.as_ref().map(|expand| expand.input),
        channels: b.depthwise.channels,
        squeeze: b.squeeze_excite.as_ref().map(|se| se.reduce.output),
        project: b.project.output,
    })
}
