//! Heads that classify.

use super::Resolver;
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
        let hidden = head.hidden.as_ref().map(|(width, nl)| {
            let form = self.dialect.hidden_layer;
            let (channels, bias) = ([x.c, width.value], self.dialect.hidden_bias);
            let tensors = self.tensors.dense(&names.hidden, after, form, channels, bias);
            Dense {
                input: x.c,
                output: width.value,
                act: self.act(*nl),
                tensors,
            }
        });
        let input = hidden.as_ref().map_or(x.c, |h| h.output);
        let template = if hidden.is_some() {
            &names.classes
        } else {
            &names.classes_alone
        };
        let classes = head.classes.as_ref().map(|(classes, activation)| {
            let (output, form) = (classes.value, self.dialect.classes_layer);
            let tensors = Tensors {
                factor: hidden.as_ref().map_or(1.0, |_| self.dialect.hidden_scale),
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
