//! From a spec and its dialect to a network: shapes row by row, every misfit reported where it is written.

mod block;
mod classify;
mod detect;
mod segment;

use crate::dialect::Dialect;
use crate::error::{Errors, Span};
use crate::head::Head as WrittenHead;
use crate::memory::MemoryCheck;
use crate::names::NamePlace;
use crate::network::{Act, ComputedIn, Conv, Head, Network, Shape, Window};
use crate::spec::{self, Nl, Spec};
use crate::tensors::{TensorMaker, check_names};
use crate::window::window;

/// Resolves a spec whose multipliers were carried out; `stages` are those of its rows.
pub(crate) fn network(
    spec: &Spec,
    stages: &[(usize, usize)],
    dialect: &Dialect,
    file: &str,
    errors: &mut Errors,
) -> Option<Network> {
    let mut resolver = Resolver {
        dialect,
        tensors: TensorMaker::new(dialect),
        memory: MemoryCheck::default(),
        errors,
    };
    let [h, w] = spec.size.value;
    let input = Shape {
        h,
        w,
        c: spec.channels.value,
    };
    resolver.memory.image(input, spec.size.span, resolver.errors);
    let stem = resolver.stem(&spec.stem, input)?;
    let mut x = stem.output;
    let count = stages.last().map_or(0, |(stage, _)| stage + 1);
    let after = NamePlace {
        stages: count,
        after: spec.rows.len() + 1,
        ..NamePlace::default()
    };
    let mut bottlenecks = Vec::with_capacity(spec.rows.len());
    for (i, (row, &(stage, index))) in spec.rows.iter().zip(stages).enumerate() {
        let place = NamePlace {
            block: i + 1,
            stage,
            index,
            ..after
        };
        let block = resolver.bottleneck(row, place, x)?;
        x = block.output;
        bottlenecks.push(block);
    }

    let mut last = Vec::with_capacity(spec.last.len());
    for (part, conv) in spec.last.iter().enumerate() {
        let place = NamePlace {
            part,
            after: after.after + part,
            ..after
        };
        let conv = resolver.last(conv, place, x);
        x = conv.output;
        last.push(conv);
    }
    let head = match &spec.head {
        Some(WrittenHead::Segment(head)) => {
            let before = segment::SegmentInputs {
                stem: &stem,
                bottlenecks: &bottlenecks,
                high: x,
                after,
            };
            Some(Head::Segment(resolver.segment(head, &before)?))
        }
        Some(WrittenHead::Classify(head)) => Some(Head::Classify(resolver.classify(head, after, x)?)),
        Some(WrittenHead::Detect(head)) => {
            let before = detect::Before {
                stem: stem.output,
                bottlenecks: &bottlenecks,
                features: x,
                has_last: !last.is_empty(),
            };
            Some(Head::Detect(resolver.detect(head, &before)?))
        }
        None => None,
    };
    let taps = crate::taps::resolve(spec, &bottlenecks, resolver.errors);
    let network = Network {
        name: spec.name.value.clone(),
        file: file.to_owned(),
        dialect: dialect.name.clone(),
        naming: dialect.naming,
        input,
        stem,
        bottlenecks,
        last,
        head,
        class_names: spec.head.as_ref().and_then(|head| head.class_names().cloned()),
        taps,
        preprocess: None,
        unprepared: None,
        matrices: spec.matrices,
        precision: spec.precision,
    };
    if let (ComputedIn::Int8, Some(has)) = (spec.precision, network.only_in_f32()) {
        let message = format!("precision is int8, and the network has {has}");
        let help = "write precision: f32: there is no integer arithmetic for that";
        resolver.errors.push(spec.name.span, message, help);
    }
    check_names(&network, dialect, spec.name.span, resolver.errors);
    resolver.memory.network(&network, spec, resolver.errors);
    Some(network)
}

struct Resolver<'a, 'd> {
    dialect: &'d Dialect,
    tensors: TensorMaker<'d>,
    memory: MemoryCheck,
    errors: &'a mut Errors,
}

impl Resolver<'_, '_> {
    fn act(&self, nl: Nl) -> Act {
        match nl {
            Nl::Re => self.dialect.re,
            Nl::Hs => self.dialect.hs,
        }
    }

    fn window(
        &mut self,
        what: &str,
        span: Span,
        [h, w]: [usize; 2],
        kernel: [usize; 2],
        stride: [usize; 2],
        dilation: [usize; 2],
    ) -> Option<(Window, [usize; 2])> {
        let found = window(self.dialect.padding, [h, w], kernel, stride, dilation);
        if found.is_none() {
            let reach = [0, 1].map(|axis| dilation[axis] * (kernel[axis] - 1) + 1);
            let message = format!(
                "{what} has a map of {h} x {w} and a kernel that reaches {} x {}",
                reach[0], reach[1]
            );
            self.errors
                .push(span, message, "write a smaller kernel or dilation, or a larger input");
        }
        found
    }

    fn stem(&mut self, stem: &spec::Stem, input: Shape) -> Option<Conv> {
        let size = [input.h, input.w];
        let (window, [h, w]) = self.window("stem", stem.k.span, size, stem.k.value, stem.s.value, [1, 1])?;
        let output = Shape {
            h,
            w,
            c: stem.out.value,
        };
        self.memory.map(output, stem.span, "stem", self.errors);
        let names = &self.dialect.tensors.stem;
        let tensors = self
            .tensors
            .conv(names, NamePlace::default(), window.kernel, input.c, output.c);
        Some(Conv {
            source: stem.source.clone(),
            input,
            output,
            window,
            act: self.act(stem.nl),
            tensors,
        })
    }

    fn last(&mut self, last: &spec::Last, after: NamePlace, input: Shape) -> Conv {
        let output = Shape {
            c: last.out.value,
            ..input
        };
        self.memory.map(output, last.span, "last", self.errors);
        let tensors = self
            .tensors
            .conv(&self.dialect.tensors.last, after, [1, 1], input.c, output.c);
        let window = Window {
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            pad_h: [0, 0],
            pad_w: [0, 0],
        };
        Conv {
            source: last.source.clone(),
            input,
            output,
            window,
            act: self.act(last.nl),
            tensors,
        }
    }
}
