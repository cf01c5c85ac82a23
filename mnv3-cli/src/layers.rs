//! A network as a list of layers, with what each costs.

use mnv3_spec::{Act, Bottleneck, Conv, Dense, Head, Network, Pool, Shape, Source, Tensors, Window};

/// One layer.
pub(crate) struct Layer<'n> {
    /// `expand`, `depthwise`, `squeeze`, `excite`, `project`, `pool` and so on.
    pub(crate) name: &'static str,
    /// What slides over the map; `None` for layers that see the whole of it, or one vector.
    pub(crate) window: Option<Window>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// The non-linearity, or what a pool does.
    pub(crate) effect: Effect,
    /// Pools have none.
    pub(crate) tensors: Option<&'n Tensors>,
    pub(crate) multiply_adds: u64,
}

/// What a layer does beyond its products.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    Act(Act),
    /// Adds the input of its block.
    AddInput,
    /// Multiplies the map by its output.
    Gate(Act),
    Pool(Pool),
    Softmax,
}

/// The layers that one row of the spec stands for.
pub(crate) struct Group<'n> {
    /// `stem`, `bottleneck 1` and so on, `last`, `head`.
    pub(crate) name: String,
    pub(crate) source: &'n Source,
    pub(crate) layers: Vec<Layer<'n>>,
}

impl Layer<'_> {
    /// Trainable numbers.
    pub(crate) fn parameters(&self) -> u64 {
        let numbers = |tensors: &Tensors| {
            let norm = tensors.norm.iter().flat_map(|norm| [&norm.gamma, &norm.beta]);
            let trained = std::iter::once(&tensors.weight).chain(&tensors.bias).chain(norm);
            trained.map(mnv3_spec::Tensor::numbers).sum()
        };
        self.tensors.map_or(0, numbers)
    }
}

/// All layers, by the row that they come from.
pub(crate) fn groups(network: &Network) -> Vec<Group<'_>> {
    let mut groups = vec![single("stem", &network.stem)];
    groups.extend(network.bottlenecks.iter().map(bottleneck));
    groups.extend(network.last.iter().map(|last| single("last", last)));
    groups.extend(network.head.iter().map(|h| head(h, network.features())));
    groups
}

fn single<'n>(name: &'static str, conv: &'n Conv) -> Group<'n> {
    let layer = Layer {
        name: "conv",
        window: Some(conv.window),
        input: conv.input,
        output: conv.output,
        effect: Effect::Act(conv.act),
        tensors: Some(&conv.tensors),
        multiply_adds: conv.multiply_adds(),
    };
    Group {
        name: name.to_owned(),
        source: &conv.source,
        layers: vec![layer],
    }
}

/// A 1x1 convolution over a map, or a linear layer where the map is one pixel.
fn dense<'n>(name: &'static str, dense: &'n Dense, over: Shape) -> Layer<'n> {
    Layer {
        name,
        window: None,
        input: Shape { c: dense.input, ..over },
        output: Shape {
            c: dense.output,
            ..over
        },
        effect: Effect::Act(dense.act),
        tensors: Some(&dense.tensors),
        multiply_adds: dense.multiply_adds() * over.pixels(),
    }
}

fn bottleneck(block: &Bottleneck) -> Group<'_> {
    let mut layers = Vec::new();
    layers.extend(block.expand.iter().map(|expand| dense("expand", expand, block.input)));
    let depthwise = &block.depthwise;
    let channels = depthwise.channels;
    let kept = Shape {
        c: channels,
        ..block.output
    };
    let window = depthwise.window;
    layers.push(Layer {
        name: "depthwise",
        window: Some(window),
        input: Shape {
            c: channels,
            ..block.input
        },
        output: kept,
        effect: Effect::Act(depthwise.act),
        tensors: Some(&depthwise.tensors),
        multiply_adds: kept.pixels() * (window.kernel[0] * window.kernel[1] * channels) as u64,
    });
    if let Some(se) = &block.squeeze_excite {
        let vector = Shape {
            h: 1,
            w: 1,
            c: channels,
        };
        layers.push(pool("squeeze", Pool::Avg, None, kept, vector));
        layers.push(dense("reduce", &se.reduce, vector));
        layers.push(Layer {
            effect: Effect::Gate(se.expand.act),
            ..dense("excite", &se.expand, vector)
        });
    }
    let mut project = dense("project", &block.project, block.output);
    if block.residual {
        project.effect = Effect::AddInput;
    }
    layers.push(project);
    Group {
        name: format!("bottleneck {}", block.number),
        source: &block.source,
        layers,
    }
}

fn pool<'n>(name: &'static str, pool: Pool, window: Option<Window>, input: Shape, output: Shape) -> Layer<'n> {
    Layer {
        name,
        window,
        input,
        output,
        effect: Effect::Pool(pool),
        tensors: None,
        multiply_adds: 0,
    }
}

fn head(head: &Head, features: Shape) -> Group<'_> {
    let mut layers = Vec::new();
    let mut map = features;
    for w in &head.windows {
        let window = Window {
            kernel: w.kernel,
            stride: w.stride,
            dilation: [1, 1],
            pad_h: [0, 0],
            pad_w: [0, 0],
        };
        layers.push(pool("pool", w.pool, Some(window), w.input, w.output));
        map = w.output;
    }
    let vector = Shape { h: 1, w: 1, c: map.c };
    layers.push(pool("global pool", head.pool, None, map, vector));
    layers.extend(head.hidden.iter().map(|hidden| dense("hidden", hidden, vector)));
    let mut classes = dense("classes", &head.classes, vector);
    if head.softmax {
        classes.effect = Effect::Softmax;
    }
    layers.push(classes);
    Group {
        name: "head".to_owned(),
        source: &head.source,
        layers,
    }
}
