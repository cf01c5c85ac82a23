//! A network as a list of layers, with what each costs.

use mnv3_spec::graph::{Graph, Op, OpKind, Row};
use mnv3_spec::{Act, Pool, Shape, Source, Tensors, Window};

/// One layer.
pub struct Layer<'n> {
    /// `expand`, `depthwise`, `squeeze`, `excite`, `project`, `pool` and so on.
    pub name: &'static str,
    /// What slides over the map; `None` for layers that see the whole of it, or one vector.
    pub window: Option<Window>,
    /// What goes in.
    pub input: Shape,
    /// What comes out.
    pub output: Shape,
    /// The non-linearity, or what a pool does.
    pub effect: Effect,
    /// Pools have none.
    pub tensors: Option<&'n Tensors>,
    /// Of one image.
    pub multiply_adds: u64,
}

/// What a layer does beyond its products.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// A non-linearity.
    Act(Act),
    /// Adds the input of its block.
    AddInput,
    /// Multiplies the map by its output.
    Gate(Act),
    /// The mean or the maximum.
    Pool(Pool),
    /// Makes probabilities of scores that add up to 1.
    Softmax,
    /// A sigmoid.
    Sigmoid,
    /// Multiplies the map by the sigmoid of its output.
    SigmoidGate,
    /// Another height and width, bilinear.
    Resize,
    /// The same, and a map is added.
    ResizeAndAdd,
}

/// The layers that one row of the spec stands for.
pub struct LayerGroup<'n> {
    /// `stem`, `bottleneck 1` and so on, `last`, `head`, as in [`Graph::rows`].
    pub name: String,
    /// The row as it is written.
    pub source: &'n Source,
    /// In the order in which they run.
    pub layers: Vec<Layer<'n>>,
}

impl Layer<'_> {
    /// Trainable numbers.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.tensors.map_or(0, Tensors::parameters)
    }
}

/// All layers, by the row that they come from. What has no products of its own is told with the layer before it.
#[must_use]
pub fn groups<'n>(graph: &Graph<'n>) -> Vec<LayerGroup<'n>> {
    let row = |row: &Row<'n>| LayerGroup {
        name: row.name.clone(),
        source: row.source,
        layers: Vec::new(),
    };
    let mut groups: Vec<LayerGroup<'n>> = graph.rows.iter().map(row).collect();
    for op in &graph.ops {
        let layers = &mut groups[op.row].layers;
        match (layer(graph, op), layers.last_mut()) {
            (Some(layer), _) => layers.push(layer),
            (None, Some(before)) => before.effect = with(before.effect, &op.kind),
            (None, None) => {}
        }
    }
    groups
}

/// `None` for ops that are told with the layer before them.
fn layer<'n>(graph: &Graph<'n>, op: &Op<'n>) -> Option<Layer<'n>> {
    let plain = |kernel, stride| Window {
        kernel,
        stride,
        dilation: [1, 1],
        pad_h: [0, 0],
        pad_w: [0, 0],
    };
    let (window, effect) = match op.kind {
        OpKind::Conv { window, act, .. } | OpKind::Depthwise { window, act, .. } => (Some(window), Effect::Act(act)),
        OpKind::Pointwise { act, .. } => (Some(plain([1, 1], [1, 1])), Effect::Act(act)),
        OpKind::Linear { act, .. } => (None, Effect::Act(act)),
        OpKind::WindowPool { pool, kernel, stride } => (Some(plain(kernel, stride)), Effect::Pool(pool)),
        OpKind::GlobalPool { pool } => (None, Effect::Pool(pool)),
        OpKind::Activation { act } => (None, Effect::Act(act)),
        OpKind::Resize => (None, Effect::Resize),
        OpKind::Scale | OpKind::Add | OpKind::Softmax | OpKind::Sigmoid | OpKind::Flatten | OpKind::PixelShuffle => {
            return None;
        }
    };
    Some(Layer {
        name: op.name,
        window,
        input: graph.shape(op.inputs[0]),
        output: graph.shape(op.output),
        effect,
        tensors: op.kind.tensors(),
        multiply_adds: graph.multiply_adds(op),
    })
}

/// What a layer does together with the op after it.
fn with(effect: Effect, op: &OpKind<'_>) -> Effect {
    match (op, effect) {
        (OpKind::Scale, Effect::Act(act)) => Effect::Gate(act),
        (OpKind::Scale, Effect::Sigmoid) => Effect::SigmoidGate,
        (OpKind::Add, Effect::Resize) => Effect::ResizeAndAdd,
        (OpKind::Add, _) => Effect::AddInput,
        (OpKind::Softmax, _) => Effect::Softmax,
        (OpKind::Sigmoid, _) => Effect::Sigmoid,
        (
            OpKind::Conv { .. }
            | OpKind::Depthwise { .. }
            | OpKind::Pointwise { .. }
            | OpKind::Linear { .. }
            | OpKind::WindowPool { .. }
            | OpKind::GlobalPool { .. }
            | OpKind::Activation { .. }
            | OpKind::Scale
            | OpKind::Flatten
            | OpKind::Resize
            | OpKind::PixelShuffle,
            effect,
        ) => effect,
    }
}
