//! From a spec and its dialect to a network: shapes row by row, every misfit reported where it is written.

mod classify;
mod detect;
mod segment;

use crate::dialect::{Dialect, Rounding};
use crate::error::{Errors, Span};
use crate::head::Head as WrittenHead;
use crate::memory::MemoryCheck;
use crate::multiplier::make_divisible;
use crate::names::NamePlace;
use crate::network::{
    Act, Bottleneck, ComputedIn, Conv, Dense, Depthwise, Head, Network, Shape, SqueezeExcite, Window,
};
use crate::spec::{self, Nl, Row, Se, Spec};
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
    if spec.precision == ComputedIn::Int8 && network.has_sigmoid_gates() {
        let help = "write precision: f32, or conventions: { squeeze: { gate: hard_sigmoid } }";
        resolver.errors.push(
            spec.name.span,
            "precision is int8, and gates of squeeze-excite are sigmoids",
            help,
        );
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

    fn bottleneck(&mut self, row: &Row, mut place: NamePlace, input: Shape) -> Option<Bottleneck> {
        let number = place.block;
        let what = format!("bottleneck {number}");
        let (exp, out, act) = (row.exp.value, row.out.value, self.act(row.nl));
        if exp < input.c {
            let message = format!(
                "{what} takes {} channels and expands to {exp}: exp must be at least the incoming {}",
                input.c, input.c
            );
            self.errors
                .push(row.exp.span, message, format!("write {} or more", input.c));
        }
        self.memory.map(
            Shape { c: exp, ..input },
            row.exp.span,
            &format!("expanded {what}"),
            self.errors,
        );
        let names = &self.dialect.tensors;
        let expands = exp != input.c || self.dialect.expand_when_equal;
        let expand = expands.then(|| {
            let tensors = self.tensors.conv(&names.expand, place, [1, 1], input.c, exp);
            place.part += 1;
            Dense {
                input: input.c,
                output: exp,
                act,
                tensors,
            }
        });
        let alone = &names.without_expand;
        let (depthwise_names, gate_names, project_names) = match expands {
            true => (&names.depthwise, [&names.reduce, &names.excite], &names.project),
            false => (&alone.depthwise, [&alone.reduce, &alone.excite], &alone.project),
        };
        let size = [input.h, input.w];
        let (window, [h, w]) = self.window(&what, row.k.span, size, row.k.value, row.s.value, row.dilation.value)?;
        let output = Shape { h, w, c: out };
        self.memory.map(output, row.out.span, &what, self.errors);
        let depthwise = Depthwise {
            channels: exp,
            window,
            act,
            tensors: self.tensors.depthwise(depthwise_names, place, window.kernel, exp),
        };
        place.part += 1;
        let squeeze_excite = self.squeeze(row, exp).map(|squeeze| {
            let form = self.dialect.squeeze_layers;
            let [reduce, excite] = gate_names;
            let reduce = self.tensors.dense(reduce, place, form, [exp, squeeze], true);
            let excite = self.tensors.dense(excite, place, form, [squeeze, exp], true);
            place.part += 1;
            SqueezeExcite {
                reduce: Dense {
                    input: exp,
                    output: squeeze,
                    act: if self.dialect.squeeze_by_row { act } else { Act::Relu },
                    tensors: reduce,
                },
                expand: Dense {
                    input: squeeze,
                    output: exp,
                    act: match self.dialect.gate_is_sigmoid {
                        true => Act::Identity,
                        false => self.dialect.gate,
                    },
                    tensors: excite,
                },
                sigmoid: self.dialect.gate_is_sigmoid,
            }
        });
        let project = self.tensors.conv(project_names, place, [1, 1], exp, out);
        let project = Dense {
            input: exp,
            output: out,
            act: Act::Identity,
            tensors: project,
        };
        let residual = row.residual && row.s.value == [1, 1] && input.c == out;
        if residual && [h, w] != size {
            let message = format!(
                "{what} adds its input of {} x {} to an output of {h} x {w}",
                input.h, input.w
            );
            self.errors.push(
                row.k.span,
                message,
                "write an odd kernel, which keeps the size, or residual: false",
            );
        }
        let source = row.source.clone();
        Some(Bottleneck {
            source,
            number,
            input,
            output,
            expand,
            depthwise,
            squeeze_excite,
            project,
            residual,
        })
    }

    fn squeeze(&self, row: &Row, exp: usize) -> Option<usize> {
        match row.se {
            Se::Off => None,
            Se::Width(width) => Some(width),
            Se::On => {
                let exact = exp as f64 * self.dialect.squeeze_ratio;
                Some(match self.dialect.squeeze_rounding {
                    Rounding::Floor => (exact.floor() as usize).max(1),
                    Rounding::Multiple(divisor) => make_divisible(exact, divisor),
                })
            }
        }
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
