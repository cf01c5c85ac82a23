//! `forward` and `predict`: the layers one after the other, with the map after each.

use super::paths::Paths;
use super::print::{line, pair, string};
use super::{acts, detect, layers, segment};
use mnv3_spec::network::{
    Act, ClassNames, Classify, Conv, Dense, Network, OutputActivation, Pool, PoolWindow, Segment, Shape, Tapped,
    Upsampling,
};

/// What `forward` gives.
pub(super) fn annotation(network: &Network) -> &'static str {
    match (network.classify(), network.taps.is_empty()) {
        (Some(_), true) => "Tensor",
        (Some(_), false) => "tuple[Tensor, dict[str, Tensor]]",
        (None, _) => "dict[str, Tensor]",
    }
}

/// What `forward` gives, in words.
pub(super) fn answer(network: &Network) -> String {
    let maps = if network.taps.is_empty() {
        ""
    } else {
        ", and tapped maps by name"
    };
    match (network.classes(), network.vector()) {
        (Some(classes), _) => format!("N x {} logits{}{maps}", classes.layer.output, of_set(network)),
        (None, Some(width)) => format!("N x {width}, an embedding{maps}"),
        (None, None) if network.segment().is_some() => {
            format!("logits of each pixel{}, as `logits`{maps}", of_set(network))
        }
        (None, None) if network.detect().is_some() => format!(
            "logits{} and offsets of the anchors of each map, as `logits_1`, `offsets_1` and so on{maps}",
            of_set(network)
        ),
        (None, None) => format!("the last map, as `features`{maps}"),
    }
}

/// Whose classes they are, if a set's.
fn of_set(network: &Network) -> String {
    match &network.class_names {
        Some(ClassNames::Set(set)) => format!(" of the classes of {}", set.name()),
        Some(ClassNames::Own(_)) | None => String::new(),
    }
}

/// Both methods.
pub(super) fn print(network: &Network, paths: &Paths, out: &mut String) {
    let annotation = annotation(network);
    line(out, 4, &format!("def forward(self, x: Tensor) -> {annotation}:"));
    let maps = !network.taps.is_empty() || network.classify().is_none();
    if maps {
        line(out, 8, "maps: dict[str, Tensor] = {}");
    }
    let to_image = |head: &Segment| matches!(head.upsampling, Upsampling::LowClasses(_));
    if network.segment().is_some_and(to_image) {
        line(out, 8, "size = x.shape[2:]");
    }
    let of = |tapped: Tapped| -> String {
        let taps = network.taps.iter().filter(|tap| tap.of == tapped);
        let of_segment = network
            .segment()
            .into_iter()
            .flat_map(|head| segment::names_of(head, tapped));
        let of_detect = network
            .detect()
            .into_iter()
            .flat_map(|head| detect::names_of(head, tapped));
        let own = of_segment.chain(of_detect).map(|name| format!("{name} = "));
        taps.map(|tap| format!("maps[{}] = ", string(&tap.name)))
            .chain(own)
            .collect()
    };
    conv(&network.stem, &paths.stem, &of(Tapped::Stem), out);
    for (b, block) in network.bottlenecks.iter().zip(&paths.blocks) {
        let taps = of(Tapped::Bottleneck(b.number));
        let module = format!("self.get_submodule({})", string(&block.path));
        let expanded = of(Tapped::Expand(b.number));
        let given = if expanded.is_empty() { "x" } else { "x, y" };
        if let (false, Some(expand)) = (expanded.is_empty(), &b.expand) {
            let map = Shape {
                c: expand.output,
                ..b.input
            };
            line(out, 8, &format!("y = {expanded}{module}.expanded(x)  # {}", shape(map)));
        }
        line(out, 8, &format!("x = {taps}{module}({given})  # {}", shape(b.output)));
    }
    for (i, (last, path)) in network.last.iter().zip(&paths.last).enumerate() {
        let is_last = i + 1 == network.last.len();
        let taps = if is_last { of(Tapped::Last) } else { String::new() };
        conv(last, path, &taps, out);
    }
    match network.classify() {
        Some(head) => vector(head, paths, maps, out),
        None => {
            match (network.segment(), &paths.segment, network.detect(), &paths.detect) {
                (Some(head), Some(paths), ..) => segment::forward(head, paths, out),
                (.., Some(head), Some(paths)) => detect::forward(head, paths, out),
                _ => line(out, 8, "maps[\"features\"] = x"),
            }
            line(out, 8, "return maps");
        }
    }
    predict(network, annotation, out);
}

/// `taps` are assignments beside that to `x`.
fn conv(conv: &Conv, [layer, norm]: &[String; 2], taps: &str, out: &mut String) {
    let act = acts::name(conv.act);
    let call = format!("x = {taps}{act}(self.normed({}, {}, x))", string(layer), string(norm));
    line(out, 8, &format!("{call}  # {}", shape(conv.output)));
}

/// Channels first, as PyTorch has them.
fn shape(shape: Shape) -> String {
    format!("{} x {} x {}", shape.c, shape.h, shape.w)
}

fn vector(head: &Classify, paths: &Paths, maps: bool, out: &mut String) {
    for window in &head.windows {
        window_pool(window, out);
    }
    let function = match head.pool {
        Pool::Avg => "mean",
        Pool::Max => "amax",
    };
    let classes = head.classes.as_ref().map(|classes| &classes.layer);
    let mut form = head
        .hidden
        .first()
        .or(classes)
        .map_or(HeadInput::Vector, HeadInput::wanted);
    let keep = match form {
        HeadInput::Vector => "",
        HeadInput::Map => ", keepdim=True",
    };
    line(out, 8, &format!("x = x.{function}((2, 3){keep})"));
    if head.after_pool != Act::Identity {
        line(out, 8, &format!("x = {}(x)", acts::name(head.after_pool)));
    }
    let scaled = |layer: &Dense, out: &mut String| {
        let factor = layer.tensors.factor;
        if factor != 1.0 {
            line(out, 8, &format!("x = {factor:?} * x"));
        }
    };
    for (layer, (path, norm)) in head.hidden.iter().zip(&paths.hidden) {
        scaled(layer, out);
        line(
            out,
            8,
            &format!("x = {}", on_channels(layer, path, norm.as_ref(), form)),
        );
        form = HeadInput::wanted(layer);
    }
    let mut answer = "x".to_owned();
    if let (Some(layer), Some(path)) = (classes, &paths.classes) {
        line(out, 8, "x = F.dropout(x, self.dropout, self.training)");
        scaled(layer, out);
        answer = on_channels(layer, path, None, form);
        form = HeadInput::wanted(layer);
    }
    let flat = match form {
        HeadInput::Vector => "",
        HeadInput::Map => ".flatten(1)",
    };
    let maps = if maps { ", maps" } else { "" };
    line(out, 8, &format!("return {answer}{flat}{maps}"));
}

/// What a layer of the head works on.
#[derive(Clone, Copy)]
enum HeadInput {
    /// N x C, for matrices.
    Vector,
    /// N x C x 1 x 1, for 1x1 convolutions.
    Map,
}

impl HeadInput {
    fn wanted(layer: &Dense) -> Self {
        if layers::is_matrix(&layer.tensors.weight.shape) {
            Self::Vector
        } else {
            Self::Map
        }
    }
}

/// A layer of the head on `x`, which has the form that the step before left.
fn on_channels(layer: &Dense, path: &str, norm: Option<&String>, form: HeadInput) -> String {
    let input = match (form, HeadInput::wanted(layer)) {
        (HeadInput::Map, HeadInput::Vector) => "x.flatten(1)",
        (HeadInput::Vector, HeadInput::Map) => "x[:, :, None, None]",
        (HeadInput::Vector, HeadInput::Vector) | (HeadInput::Map, HeadInput::Map) => "x",
    };
    let call = match norm {
        None => format!("self.get_submodule({})({input})", string(path)),
        Some(norm) => format!("self.normed({}, {}, {input})", string(path), string(norm)),
    };
    match layer.act {
        Act::Identity => call,
        act => format!("{}({call})", acts::name(act)),
    }
}

fn window_pool(window: &PoolWindow, out: &mut String) {
    let function = match window.pool {
        Pool::Avg => "avg_pool2d",
        Pool::Max => "max_pool2d",
    };
    let (kernel, stride) = (pair(window.kernel), pair(window.stride));
    line(
        out,
        8,
        &format!("x = F.{function}(x, {kernel}, {stride})  # {}", shape(window.output)),
    );
}

fn predict(network: &Network, annotation: &str, out: &mut String) {
    out.push('\n');
    line(out, 4, "@torch.no_grad()");
    line(out, 4, &format!("def predict(self, x: Tensor) -> {annotation}:"));
    let function = match network.classes().map(|classes| classes.activation) {
        Some(OutputActivation::Softmax) => Some("softmax(1)"),
        Some(OutputActivation::Sigmoid) => Some("sigmoid()"),
        Some(OutputActivation::Identity) | None => None,
    };
    let what = if function.is_some() { ": probabilities" } else { "" };
    line(
        out,
        8,
        &format!("\"\"\"What the compiled network answers{what}. Call `eval()` before.\"\"\""),
    );
    match (function, network.taps.is_empty()) {
        (Some(function), true) => line(out, 8, &format!("return self(x).{function}")),
        (Some(function), false) => {
            line(out, 8, "scores, maps = self(x)");
            line(out, 8, &format!("return scores.{function}, maps"));
        }
        (None, _) => line(out, 8, "return self(x)"),
    }
}
