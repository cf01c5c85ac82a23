//! Rows of the table: inverted residual blocks.

use super::resolver::Resolver;
use crate::dialect::{Rounding, SqueezePlace};
use crate::error::Span;
use crate::multiplier::make_divisible;
use crate::names::NamePlace;
use crate::network::{Act, Bottleneck, Dense, Depthwise, Shape, Shortcut, SqueezeExcite};
use crate::spec::{Row, Se};
use crate::templates::DenseNames;

impl Resolver<'_, '_> {
    pub(super) fn bottleneck(&mut self, row: &Row, mut place: NamePlace, input: Shape) -> Option<Bottleneck> {
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
        let squeeze_excite = match self.dialect.squeeze_place {
            SqueezePlace::AfterProject => None,
            SqueezePlace::AfterNl | SqueezePlace::BeforeNl => {
                self.squeeze_excite(row, gate_names, &mut place, exp, act)
            }
        };
        // What stands before the non-linearity takes it from the convolution.
        let gates_first = expands && self.dialect.squeeze_place == SqueezePlace::BeforeNl;
        let (depthwise_act, squeeze_excite) = match squeeze_excite {
            Some(gate) if gates_first => (Act::Identity, Some(SqueezeExcite { then: act, ..gate })),
            gate => (act, gate),
        };
        let depthwise = Depthwise {
            act: depthwise_act,
            ..depthwise
        };
        let project = self.tensors.conv(project_names, place, [1, 1], exp, out);
        let project = Dense {
            input: exp,
            output: out,
            act: Act::Identity,
            tensors: project,
        };
        let squeeze_excite = match self.dialect.squeeze_place {
            SqueezePlace::AfterNl | SqueezePlace::BeforeNl => squeeze_excite,
            SqueezePlace::AfterProject => {
                let gate = self.squeeze_excite(row, gate_names, &mut place, out, act);
                gate.map(|gate| SqueezeExcite {
                    after_project: true,
                    ..gate
                })
            }
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
        let shortcut = match residual {
            true => None,
            false => self.shortcut(row, place, input, output)?,
        };
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
            shortcut,
            act: if self.dialect.ends_in_nl { act } else { Act::Identity },
        })
    }

    fn squeeze_excite(
        &mut self,
        row: &Row,
        [reduce, excite]: [&DenseNames; 2],
        place: &mut NamePlace,
        channels: usize,
        act: Act,
    ) -> Option<SqueezeExcite> {
        let squeeze = self.squeeze(row, channels)?;
        let (form, bias) = (self.dialect.squeeze_layers, self.dialect.squeeze_bias);
        let reduce = self
            .tensors
            .maybe_normed(reduce, *place, form, [channels, squeeze], bias);
        let excite = self
            .tensors
            .maybe_normed(excite, *place, form, [squeeze, channels], bias);
        place.part += 1;
        Some(SqueezeExcite {
            reduce: Dense {
                input: channels,
                output: squeeze,
                act: if self.dialect.squeeze_by_row { act } else { Act::Relu },
                tensors: reduce,
            },
            expand: Dense {
                input: squeeze,
                output: channels,
                act: match self.dialect.gate_is_sigmoid {
                    true => Act::Identity,
                    false => self.dialect.gate,
                },
                tensors: excite,
            },
            sigmoid: self.dialect.gate_is_sigmoid,
            then: Act::Identity,
            after_project: false,
        })
    }

    /// What is added in the place of an input that does not fit; nothing where the dialect adds none, and where it would be the input
    /// itself. `None` after an error.
    fn shortcut(&mut self, row: &Row, place: NamePlace, input: Shape, output: Shape) -> Option<Option<Shortcut>> {
        let Some(rule) = self.dialect.shortcut.filter(|_| row.residual) else {
            return Some(None);
        };
        let names = &self.dialect.tensors.shortcut;
        let strided = row.s.value != [1, 1];
        let depthwise = match (strided, rule.k) {
            (false, _) => None,
            (true, None) => return Some(None),
            (true, Some(k)) => {
                let what = format!("what is added to bottleneck {}", place.block);
                let size = [input.h, input.w];
                let (window, found) = self.window(&what, row.s.span, size, k, row.s.value, [1, 1])?;
                self.fits(&what, row.k.span, found, output);
                let tensors = self.tensors.depthwise(&names.depthwise, place, window.kernel, input.c);
                Some(Depthwise {
                    channels: input.c,
                    window,
                    act: Act::Identity,
                    tensors,
                })
            }
        };
        if !strided {
            let what = format!("what is added to bottleneck {}", place.block);
            self.fits(&what, row.k.span, [input.h, input.w], output);
        }
        let project = (input.c != output.c).then(|| {
            let template = if strided { &names.project } else { &names.project_alone };
            let tensors = self.tensors.conv(template, place, [1, 1], input.c, output.c);
            let tensors = match strided && rule.bias {
                true => self.tensors.with_bias(tensors, output.c),
                false => tensors,
            };
            Dense {
                input: input.c,
                output: output.c,
                act: Act::Identity,
                tensors,
            }
        });
        Some(Some(Shortcut { depthwise, project }))
    }

    /// Reports a map that is to be added to one of another size.
    fn fits(&mut self, what: &str, span: Span, [h, w]: [usize; 2], output: Shape) {
        if [h, w] != [output.h, output.w] {
            let message = format!(
                "{what} is a map of {h} x {w}, the block gives {} x {}",
                output.h, output.w
            );
            let help = "write an odd kernel, which gives the size of the input over the stride, or residual: false";
            self.errors.push(span, message, help);
        }
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
}
