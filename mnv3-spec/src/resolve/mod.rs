//! From a spec and its dialect to a network: shapes row by row, every misfit reported where it is written.

mod block;
mod classify;
mod detect;
mod resolver;
mod segment;
mod taps;

use crate::dialect::Dialect;
use crate::error::Errors;
use crate::head::Head as WrittenHead;
use crate::memory::MemoryCheck;
use crate::names::NamePlace;
use crate::network::{ComputedIn, Head, Network, Shape};
use crate::spec::Spec;
use crate::tensors::{TensorMaker, check_names};
use resolver::Resolver;

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
    let taps = taps::resolve(spec, &bottlenecks, resolver.errors);
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
