//! Where everything goes: tensors in a row, packed weights in one arena, maps in alternating buffers.
//!
//! Decisions live here, so that backends only write down what was decided.

use mnv3_spec::network::{self, Bottleneck, Matrices, Network, PoolWindow, Shape, Tensor, Tensors};
use mnv3_weights::{LANES, Layout, Recipe, padded, stem_scratch};

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
        let layout = match tensors.layout {
            network::Layout::Oihw => Layout::Oihw,
            network::Layout::Hwio => Layout::Hwio,
        };
        let mut recipe = form.read(layout, self.tensors.len()).at(self.weight_floats);
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
        let mut written = vec![map_floats(network.stem.output)];
        written.extend(network.bottlenecks.iter().map(|b| {
            if self.taps(b.number).is_empty() {
                map_floats(b.output)
            } else {
                0
            }
        }));
        written.extend(network.last.iter().map(|last| map_floats(last.output)));
        let mut scratch: Vec<usize> = network.bottlenecks.iter().map(block_scratch).collect();
        let stem = &network.stem;
        scratch.push(stem_scratch(stem.output.w, stem.window.kernel, stem.input.c));
        if let Some(head) = &network.head {
            written.extend(head.windows.iter().map(|w: &PoolWindow| map_floats(w.output)));
            written.push(padded(network.features().c));
            written.extend(head.hidden.iter().map(|h| padded(h.output)));
            scratch.push(padded(head.classes.output));
        }
        let largest = |from: usize| written.iter().skip(from).step_by(2).copied().max().unwrap_or(0);
        let tapped = network.bottlenecks.iter().filter(|b| !self.taps(b.number).is_empty());
        let taps = tapped.map(|b| map_floats(b.output)).sum();
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

/// Floats of a map in memory.
pub(crate) fn map_floats(shape: Shape) -> usize {
    shape.h * shape.w * padded(shape.c)
}

/// Floats of scratch of a block.
#[must_use]
pub fn block_scratch(b: &Bottleneck) -> usize {
    let w = b.depthwise.window;
    mnv3_weights::block_scratch(
        [b.input.h, b.input.w],
        [b.output.h, b.output.w],
        [w.kernel[0], w.dilation[0]],
        w.pad_w,
        b.expand.as_ref().map(|expand| expand.input),
        b.depthwise.channels,
        b.output.c,
        b.squeeze_excite.as_ref().map(|se| se.reduce.output),
    )
}

/// Channels of a block that are expanded and at once convolved.
#[must_use]
pub fn chunk(b: &Bottleneck) -> usize {
    LANES * mnv3_weights::chunk(b.input.w, b.squeeze_excite.is_some(), b.depthwise.channels)
}
