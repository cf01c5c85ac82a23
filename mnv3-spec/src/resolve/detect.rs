//! Heads that detect.

use super::resolver::Resolver;
use super::taps;
use crate::at::At;
use crate::dialect::StoredAs;
use crate::head::{self, Extra};
use crate::names::NamePlace;
use crate::network::{Act, Bottleneck, Dense, Depthwise, Detect, Prediction, Predictor, ScoreFunction, Shape, Tapped};

/// What is predicted of a map.
#[derive(Clone, Copy)]
enum Predicted {
    Logits,
    Offsets,
}

/// A network as far as the head.
pub(super) struct Before<'b> {
    pub(super) stem: Shape,
    pub(super) bottlenecks: &'b [Bottleneck],
    /// The last map; of a network without `last`, that of the last bottleneck.
    pub(super) features: Shape,
    pub(super) has_last: bool,
}

impl Resolver<'_, '_> {
    pub(super) fn detect(&mut self, head: &head::Detect, before: &Before<'_>) -> Option<Detect> {
        let own: Vec<_> = head.maps.iter().map(|map| self.map_of(map, before)).collect();
        let mut shapes: Vec<Shape> = own.into_iter().collect::<Option<_>>()?;
        let mut extras = Vec::with_capacity(head.extras.len());
        for (i, row) in head.extras.iter().enumerate() {
            let input = *shapes.last()?;
            let extra = self.extra(row, i + 1, head.nl, input)?;
            shapes.push(extra.output);
            extras.push(extra);
        }
        if head.scales.value.len() != shapes.len() + 1 {
            let message = format!("{} maps have {} scales", shapes.len(), head.scales.value.len());
            let help = format!(
                "write {}: one for each of maps and extras, and one more, which the squares of the last map reach towards",
                shapes.len() + 1
            );
            self.errors.push(head.scales.span, message, help);
            return None;
        }
        let mut predictions = Vec::with_capacity(shapes.len());
        for (i, map) in shapes.into_iter().enumerate() {
            predictions.push(self.prediction(head, i, map)?);
        }
        let (candidates, most) = (head.candidates, head.most);
        Some(Detect {
            source: head.source.clone(),
            classes: head.classes.count.value,
            scores: head.scores,
            maps: head.maps.iter().map(|map| map.value).collect(),
            extras,
            predictions,
            offset_weights: head.offset_weights,
            threshold: head.threshold,
            candidates,
            overlap: head.overlap,
            most,
        })
    }

    /// The shape of a map that the head reads.
    fn map_of(&mut self, map: &At<Tapped>, before: &Before<'_>) -> Option<Shape> {
        taps::check("a map of head", map, before.bottlenecks, before.has_last, self.errors);
        match map.value {
            Tapped::Stem => Some(before.stem),
            Tapped::Bottleneck(number) => before.bottlenecks.get(number - 1).map(|block| block.output),
            Tapped::Expand(number) => {
                let block = before.bottlenecks.get(number - 1)?;
                let c = block.expand.as_ref()?.output;
                Some(Shape { c, ..block.input })
            }
            Tapped::Last => before.has_last.then_some(before.features),
        }
    }

    fn extra(&mut self, row: &Extra, number: usize, act: Act, input: Shape) -> Option<Bottleneck> {
        let what = format!("extra {number}");
        let (exp, out) = (row.exp.value, row.out.value);
        let place = |part| NamePlace {
            block: number,
            part,
            ..NamePlace::default()
        };
        let names = &self.dialect.tensors.detect.extra;
        self.memory.map(
            Shape { c: exp, ..input },
            row.exp.span,
            &format!("expanded {what}"),
            self.errors,
        );
        let expand = self.tensors.conv(names, place(0), [1, 1], input.c, exp);
        let size = [input.h, input.w];
        let (window, [h, w]) = self.window(&what, row.k.span, size, row.k.value, row.s.value, [1, 1])?;
        let output = Shape { h, w, c: out };
        self.memory.map(output, row.out.span, &what, self.errors);
        let depthwise = self.tensors.depthwise(names, place(1), window.kernel, exp);
        let project = self.tensors.conv(names, place(2), [1, 1], exp, out);
        let dense = |input, output, tensors| Dense {
            input,
            output,
            act,
            tensors,
        };
        Some(Bottleneck {
            source: row.source.clone(),
            number,
            input,
            output,
            expand: Some(dense(input.c, exp, expand)),
            depthwise: Depthwise {
                channels: exp,
                window,
                act,
                tensors: depthwise,
            },
            squeeze_excite: None,
            project: dense(exp, out, project),
            residual: false,
            shortcut: None,
            act: Act::Identity,
        })
    }

    fn prediction(&mut self, head: &head::Detect, i: usize, map: Shape) -> Option<Prediction> {
        let sizes = sizes(&head.scales.value[i..], &head.ratios);
        let columns = match head.scores {
            ScoreFunction::SoftmaxWithBackground => head.classes.count.value + 1,
            ScoreFunction::Sigmoid => head.classes.count.value,
        };
        let logits = self.predictor(head, Predicted::Logits, i, map, sizes.len() * columns)?;
        let offsets = self.predictor(head, Predicted::Offsets, i, map, sizes.len() * 4)?;
        Some(Prediction {
            map,
            sizes,
            logits,
            offsets,
        })
    }

    fn predictor(
        &mut self,
        head: &head::Detect,
        what: Predicted,
        i: usize,
        map: Shape,
        out: usize,
    ) -> Option<Predictor> {
        let place = NamePlace {
            block: i + 1,
            ..NamePlace::default()
        };
        let name = match what {
            Predicted::Logits => format!("logits_{}", i + 1),
            Predicted::Offsets => format!("offsets_{}", i + 1),
        };
        let size = [map.h, map.w];
        let (window, output) = self.window("head", head.k.span, size, head.k.value, [1, 1], [1, 1])?;
        if output != size {
            let message = format!(
                "a kernel of {} x {} does not keep the size of a map",
                head.k.value[0], head.k.value[1]
            );
            self.errors
                .push(head.k.span, message, "write an odd kernel, which keeps the size");
            return None;
        }
        self.memory
            .map(Shape { c: out, ..map }, head.classes.count.span, &name, self.errors);
        let names = &self.dialect.tensors.detect;
        let names = match what {
            Predicted::Logits => &names.logits,
            Predicted::Offsets => &names.offsets,
        };
        let depthwise = self.tensors.depthwise(&names.depthwise, place, window.kernel, map.c);
        let project = self
            .tensors
            .dense(&names.predict, place, StoredAs::Conv, [map.c, out], true);
        Some(Predictor {
            name,
            depthwise: Depthwise {
                channels: map.c,
                window,
                act: head.nl,
                tensors: depthwise,
            },
            project: Dense {
                input: map.c,
                output: out,
                act: Act::Identity,
                tensors: project,
            },
        })
    }
}

/// Height and width of the anchors of a map, from its scale and the next: a square, one between both scales, and for each
/// ratio a wide one and a tall one, as SSD has them; none is larger than the image.
fn sizes(scales: &[f64], ratios: &[f64]) -> Vec<[f64; 2]> {
    let (scale, next) = match scales {
        [scale, next, ..] => (*scale, *next),
        [scale] => (*scale, *scale),
        [] => return Vec::new(),
    };
    let between = (scale * next).sqrt();
    let pairs = ratios.iter().flat_map(|ratio| {
        let (long, short) = (scale * ratio.sqrt(), scale / ratio.sqrt());
        [[short, long], [long, short]]
    });
    let all = [[scale; 2], [between; 2]].into_iter().chain(pairs);
    all.map(|size| size.map(|side: f64| side.min(1.0))).collect()
}
