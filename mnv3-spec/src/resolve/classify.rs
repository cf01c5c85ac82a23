//! Heads that classify.

use super::resolver::Resolver;
use crate::head;
use crate::names::NamePlace;
use crate::network::{Act, Classes, Classify, Dense, PoolWindow, Shape, Tensors};

impl Resolver<'_, '_> {
    pub(super) fn classify(&mut self, head: &head::Classify, after: NamePlace, features: Shape) -> Option<Classify> {
        let mut x = features;
        let mut windows = Vec::new();
        let (last_pool, first_pools) = head.pools.split_last()?;
        for step in first_pools {
            let Some([kernel, stride]) = step.value.window else {
                let message = "a pool over the whole map stands before another pool";
                self.errors.push(
                    step.span,
                    message,
                    "write it last, or give it a kernel: { kind: avg, k: 2, s: 2 }",
                );
                return None;
            };
            let input = x;
            let Some([h, w]) = pooled([x.h, x.w], kernel, stride) else {
                let message = format!(
                    "a pool of {} x {} lies on a map of {} x {}",
                    kernel[0], kernel[1], x.h, x.w
                );
                self.errors.push(step.span, message, "write a smaller k");
                return None;
            };
            x = Shape { h, w, ..x };
            windows.push(PoolWindow {
                pool: step.value.kind,
                kernel,
                stride,
                input,
                output: x,
            });
        }
        if let Some([kernel, _]) = last_pool.value.window
            && kernel != [x.h, x.w]
        {
            let message = format!(
                "the last pool is of {} x {}, its map of {} x {}",
                kernel[0], kernel[1], x.h, x.w
            );
            let help = "write avg or max alone for the whole map";
            self.errors.push(last_pool.span, message, help);
        }
        let names = &self.dialect.tensors;
        let mut input = x.c;
        let mut hidden: Vec<Dense> = Vec::with_capacity(head.hidden.len());
        for (part, (width, nl)) in head.hidden.iter().enumerate() {
            // A single name tells several apart by its {part}.
            let Some(layer) = names.hidden.get(part).or(names.hidden.last()) else {
                unreachable!("there is a name")
            };
            let (form, bias) = (self.dialect.hidden_layer, self.dialect.hidden_bias);
            let place = NamePlace { part, ..after };
            let tensors = self
                .tensors
                .maybe_normed(layer, place, form, [input, width.value], bias);
            let factor = if part == 0 { 1.0 } else { self.dialect.hidden_scale };
            hidden.push(Dense {
                input,
                output: width.value,
                act: self.act(*nl),
                tensors: Tensors { factor, ..tensors },
            });
            input = width.value;
        }
        let template = if hidden.is_empty() {
            &names.classes_alone
        } else {
            &names.classes
        };
        let classes = head.classes.as_ref().map(|(classes, activation)| {
            let (output, form) = (classes.value, self.dialect.classes_layer);
            let tensors = Tensors {
                factor: hidden.last().map_or(1.0, |_| self.dialect.hidden_scale),
                ..self.tensors.dense(template, after, form, [input, output], true)
            };
            let layer = Dense {
                input,
                output,
                act: Act::Identity,
                tensors,
            };
            Classes {
                layer,
                activation: *activation,
            }
        });
        Some(Classify {
            source: head.source.clone(),
            windows,
            pool: last_pool.value.kind,
            after_pool: head.after_pool.map_or(Act::Identity, |nl| self.act(nl)),
            hidden,
            classes,
        })
    }
}

/// The size that a pool leaves: no padding, what does not fit at the end is left out.
fn pooled(size: [usize; 2], kernel: [usize; 2], stride: [usize; 2]) -> Option<[usize; 2]> {
    let out = |axis: usize| Some(size[axis].checked_sub(kernel[axis])? / stride[axis] + 1);
    Some([out(0)?, out(1)?])
}
