//! What all parts of the resolver share, and the rows that every network has.

use crate::dialect::Dialect;
use crate::error::{Errors, Span};
use crate::memory::MemoryCheck;
use crate::names::NamePlace;
use crate::network::{Act, Conv, Shape, Window};
use crate::nl::Nl;
use crate::spec;
use crate::tensors::TensorMaker;
use crate::window::window;

pub(super) struct Resolver<'a, 'd> {
    pub(super) dialect: &'d Dialect,
    pub(super) tensors: TensorMaker<'d>,
    pub(super) memory: MemoryCheck,
    pub(super) errors: &'a mut Errors,
}

impl Resolver<'_, '_> {
    pub(super) fn act(&self, nl: Nl) -> Act {
        match nl {
            Nl::Re => self.dialect.re,
            Nl::Hs => self.dialect.hs,
        }
    }

    pub(super) fn window(
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

    pub(super) fn stem(&mut self, stem: &spec::Stem, input: Shape) -> Option<Conv> {
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

    pub(super) fn last(&mut self, last: &spec::Last, after: NamePlace, input: Shape) -> Conv {
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
