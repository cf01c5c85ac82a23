//! The statements of the forward function: a call for each step, with what stands before and after it.

use super::comment::Comments;
use super::{elementwise, inverted_residual, linear, locals, pointwise, pool, stem};
use crate::plan::{Plan, StepKind};
use mnv3_spec::graph::Row;
use proc_macro2::TokenStream;
use quote::quote;

/// Statements of the forward function, for the steps at some places.
pub(super) fn statements(plan: &Plan<'_>, steps: impl Iterator<Item = usize>, comments: &mut Comments) -> TokenStream {
    let mut statements = TokenStream::new();
    let mut row = None;
    for at in steps {
        let step = &plan.steps[at];
        if row.replace(step.row) != Some(step.row) {
            let Row { name, source } = plan.row(step);
            let label = name.strip_prefix("bottleneck ").unwrap_or(name);
            let label = if name.starts_with("last") { "last" } else { label };
            let text = format!("{label}   {}   {}", source.text, comments.place(source));
            statements.extend(comments.marker(text));
        }
        let input = locals::input(plan, at);
        let call = call(plan, at);
        let kept = locals::kept(plan, at);
        statements.extend(quote!(#input #call #kept));
    }
    statements
}

/// One step.
fn call(plan: &Plan<'_>, at: usize) -> TokenStream {
    let step = &plan.steps[at];
    match &step.kind {
        StepKind::Stem { window, layer } => stem::emit(plan, step, window, layer),
        StepKind::InvertedResidual(block) => inverted_residual::emit(plan, at, block),
        StepKind::Pointwise(layer) => pointwise::emit(plan, step, layer),
        StepKind::WindowPool { pool, kernel, stride } => pool::windows(plan, step, *pool, *kernel, *stride),
        StepKind::GlobalPool(pool) => pool::global(plan, step, *pool),
        StepKind::Linear(layer) => linear::hidden(plan, step, layer),
        StepKind::Scores(layer) => linear::scores(plan, layer),
        StepKind::Softmax => linear::softmax(),
        StepKind::Sigmoid => linear::sigmoid(),
        StepKind::Flatten => linear::flatten(),
        StepKind::Gate => elementwise::gate(step, locals::second(plan, at)),
        StepKind::Scale => elementwise::scale(step, locals::second(plan, at)),
        StepKind::Activation(act) => elementwise::activation(plan, step, *act),
        StepKind::Add => elementwise::add(step, locals::second(plan, at)),
        StepKind::Resize => elementwise::resize(plan, step),
        StepKind::Depthwise { window, layer } => inverted_residual::depthwise_alone(plan, step, window, layer),
        StepKind::PixelShuffle => elementwise::pixel_shuffle(step),
    }
}
