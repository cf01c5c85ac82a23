//! Bounds of the memory that a network would run in.

use crate::error::{Errors, Span};
use crate::graph::{Op, OpKind};
use crate::limits::{MAP, SCRATCH, WEIGHTS};
use crate::network::{Bottleneck, ComputedIn, Network, Shape};
use crate::spec::Spec;
use mnv3_ir::int8;

/// Reports what is beyond [`limits`](crate::limits): of a network only the first, since what follows a map that is too
/// large mostly is so too.
#[derive(Default)]
pub(crate) struct MemoryCheck {
    /// Whether something was reported.
    exceeded: bool,
}

impl MemoryCheck {
    /// Reports an image that is too large. It has no lanes.
    pub(crate) fn image(&mut self, input: Shape, span: Span, errors: &mut Errors) {
        let message = format!("the image has {} x {} x {} numbers", input.h, input.w, input.c);
        self.at_most(MAP, input.pixels() * input.c as u64, span, message, errors);
    }

    /// Reports a map that is too large to run.
    pub(crate) fn map(&mut self, shape: Shape, span: Span, what: &str, errors: &mut Errors) {
        let message = format!("{what} is a map of {} x {} x {}", shape.h, shape.w, shape.c);
        self.at_most(MAP, map_floats(shape), span, message, errors);
    }

    /// Reports what would take more floats than there may be; of a network only the first, since what follows a map that
    /// is too large mostly is so too.
    fn at_most(&mut self, most: u64, floats: u64, span: Span, message: String, errors: &mut Errors) {
        if floats > most && !self.exceeded {
            self.exceeded = true;
            let help = format!("{most} numbers are the most, with channels filled up to 16: make it smaller");
            errors.push(span, message, help);
        }
    }

    /// Reports rows whose scratch, and a network whose taps or weights, would take more memory than there may be.
    pub(crate) fn network(&mut self, network: &Network, spec: &Spec, errors: &mut Errors) {
        let stem = &network.stem;
        let patches = stem.output.w as u64 * lanes(stem.window.taps() * stem.input.c);
        let message = format!("stem gathers {patches} numbers for a row");
        self.at_most(SCRATCH, patches, spec.stem.span, message, errors);
        for (block, row) in network.bottlenecks.iter().zip(&spec.rows) {
            let scratch = block_scratch(block);
            let message = format!(
                "bottleneck {} needs room for {scratch} numbers on the way",
                block.number
            );
            let dilated = block.depthwise.window.dilation != [1, 1];
            let span = if dilated { row.dilation.span } else { row.exp.span };
            self.at_most(SCRATCH, scratch, span, message, errors);
        }
        self.head(network, spec, errors);
        self.int8(network, spec, errors);
        let graph = network.graph();
        // A head of several maps has them beside those of the rows, and keeps the map of an earlier row for itself.
        let head = network.segment().map(|_| graph.rows.len() - 1);
        let in_head_of = |row: usize| Some(row) == head;
        let in_head = |op: usize| in_head_of(graph.ops[op].row);
        // What a head that detects gives, and what it reads again later, is there as long as what is tapped.
        let of_head =
            |value| network.detect().is_some() && (graph.is_output(value) || graph.readers(value).count() > 1);
        let kept = (0..graph.ops.len()).filter(|&op| {
            let value = graph.ops[op].output;
            graph.taps(value).next().is_some() || in_head(op) || graph.readers(value).any(in_head) || of_head(value)
        });
        let floats = kept.map(|op| map_floats(graph.shape(graph.ops[op].output))).sum();
        let what = if head.is_some() {
            "the maps of the head"
        } else {
            "the tapped maps"
        };
        let message = format!("{what} have {floats} numbers together");
        self.at_most(SCRATCH, floats, spec.name.span, message, errors);
        let rows = graph.ops.iter().filter(|op| in_head_of(op.row)).filter_map(|op| {
            let OpKind::Depthwise { window, .. } = op.kind else {
                return None;
            };
            let map = graph.shape(op.inputs[0]);
            let columns = map.w + window.pad_w[0] + window.pad_w[1];
            Some((window.reach()[0] * columns) as u64 * lanes(map.c))
        });
        let most = rows.max().unwrap_or(0);
        let message = format!("the decoder needs room for {most} numbers on the way");
        self.at_most(SCRATCH, most, spec.name.span, message, errors);
        let weights = |op: &Op<'_>| {
            let (input, output) = (graph.shape(op.inputs[0]).c, graph.shape(op.output).c);
            lanes(output) * (op.kind.taps(input) as u64 + 1)
        };
        let layers = || graph.ops.iter().filter(|op| op.kind.tensors().is_some());
        let all: u64 = layers().map(weights).sum();
        if let Some(largest) = layers().max_by_key(|op| weights(op)) {
            let row = &graph.rows[largest.row].name;
            let message = format!(
                "the weights have {all} numbers, most of them in {} of {row}",
                largest.name
            );
            self.at_most(WEIGHTS, all, spec.name.span, message, errors);
        }
    }
}

impl MemoryCheck {
    /// Reports what a head that detects needs on the way.
    fn head(&mut self, network: &Network, spec: &Spec, errors: &mut Errors) {
        let Some(head) = network.detect() else { return };
        let extras = head.extras.iter().map(block_scratch);
        let predictors = head.predictions.iter().map(|prediction| {
            let [h, w] = prediction.logits.depthwise.window.kernel;
            let rows = (h + 14) * (prediction.map.w + w + 14);
            let channels = prediction.map.c.max(prediction.logits.project.output);
            rows as u64 * lanes(channels) * 2
        });
        let most = extras.chain(predictors).max().unwrap_or(0);
        let message = format!("the head needs room for {most} numbers on the way");
        self.at_most(SCRATCH, most, spec.name.span, message, errors);
    }
}

impl MemoryCheck {
    /// Reports what a network in eight bits needs on the way, where that is more.
    fn int8(&mut self, network: &Network, spec: &Spec, errors: &mut Errors) {
        if network.precision == ComputedIn::F32 {
            return;
        }
        let Shape { h, w, c } = network.input;
        let stem = int8::stem_scratch([h, w], c, &network.stem.window) as u64;
        let message = format!("stem needs room for {stem} numbers on the way");
        self.at_most(SCRATCH, stem, spec.stem.span, message, errors);
        for (block, row) in network.bottlenecks.iter().zip(&spec.rows) {
            let scratch = int8::block_scratch(&block.plan().sizes) as u64;
            let message = format!(
                "bottleneck {} needs room for {scratch} numbers on the way in eight bits",
                block.number
            );
            self.at_most(SCRATCH, scratch, row.exp.span, message, errors);
        }
    }
}

/// Channels as they lie in memory.
fn lanes(channels: usize) -> u64 {
    mnv3_ir::padded(channels) as u64
}

/// Floats of a map in memory.
fn map_floats(shape: Shape) -> u64 {
    shape.pixels() * lanes(shape.c)
}

/// Floats of scratch of a block. Where its parts alone are beyond what may be, their size, which no arithmetic of a 32-bit
/// machine overflows.
fn block_scratch(block: &Bottleneck) -> u64 {
    let window = &block.depthwise.window;
    let columns = block.input.w + window.pad_w[0] + window.pad_w[1];
    let channels = lanes(block.depthwise.channels);
    let line_buffer = (window.reach()[0] * columns) as u64 * channels;
    let gated = block.squeeze_excite.as_ref().is_some_and(|gate| !gate.after_project);
    if !gated && line_buffer > SCRATCH {
        return line_buffer;
    }
    let depthwise_map = block.output.h as u64 * (block.output.w as u64 + 1) * channels;
    if gated && depthwise_map > SCRATCH {
        return depthwise_map;
    }
    if block.runs_op_by_op() && line_buffer > SCRATCH {
        return line_buffer;
    }
    let shortcut = block.shortcut.as_ref().and_then(|shortcut| shortcut.depthwise.as_ref());
    let shortcut = shortcut.map_or(0, |depthwise| {
        let columns = block.input.w + depthwise.window.pad_w[0] + depthwise.window.pad_w[1];
        (depthwise.window.reach()[0] * columns) as u64 * lanes(depthwise.channels)
    });
    shortcut.max(block.plan().scratch.floats as u64)
}
