//! The Rust backend: the struct that `mobilenet!` defines.

mod act;
mod comment;
mod detector;
mod doc;
mod elementwise;
#[cfg(test)]
mod emitted;
mod inverted_residual;
mod items;
mod linear;
mod locals;
mod manifest;
mod maps;
mod pointwise;
mod pool;
mod preprocess;
mod stem;
mod windows;

pub use doc::thousands;

use crate::plan::{Place, Plan, Step, StepKind};
use crate::weights::WeightsFile;
use comment::{Comments, LineNumbers};
use mnv3_ir::Shape;
use mnv3_spec::graph::Row;
use mnv3_spec::network::Network;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The items that a network compiles to, with its weights if they are to be part of the program.
#[must_use]
pub fn tokens(network: &Network, weights: Option<&WeightsFile>) -> TokenStream {
    items::emit(network, weights, &mut Comments::Drop)
}

/// The same as formatted Rust, with the YAML row over each group of statements and where it stands.
#[must_use]
pub fn pretty(network: &Network) -> String {
    print(network, None, LineNumbers::Numbered)
}

/// The same for tests that compare it with what it was: without the numbers of the lines in which rows stand, so that what is
/// written above a row, such as a comment, changes nothing.
#[must_use]
pub fn snapshot(network: &Network, weights: Option<&WeightsFile>) -> String {
    print(network, weights, LineNumbers::Unnumbered)
}

fn print(network: &Network, weights: Option<&WeightsFile>, lines: LineNumbers) -> String {
    let mut comments = Comments::Keep(Vec::new(), lines);
    let items = items::emit(network, weights, &mut comments);
    match syn::parse2::<syn::File>(items.clone()) {
        Ok(file) => comments.restore(&prettyplease::unparse(&file)),
        // Tokens made by quote! always parse; should they not, unformatted code is still the most useful answer.
        Err(_) => items.to_string(),
    }
}

/// Statements of the forward function, for the steps at some places.
fn statements(plan: &Plan<'_>, steps: impl Iterator<Item = usize>, comments: &mut Comments) -> TokenStream {
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
        StepKind::Add => elementwise::add(step, locals::second(plan, at)),
        StepKind::Resize => elementwise::resize(step),
        StepKind::Depthwise { window, layer } => inverted_residual::depthwise_alone(plan, step, window, layer),
        StepKind::PixelShuffle => elementwise::pixel_shuffle(step),
    }
}

/// The buffer that a step writes to, as the expression to hand to a layer.
fn buffer(step: &Step) -> TokenStream {
    match step.to {
        Place::Slot { slot, .. } => {
            let slot = slot_name(slot);
            quote!(#slot)
        }
        Place::Image | Place::Output => unreachable!("only steps with a slot ask for a buffer"),
    }
}

/// What a slot of the workspace is called.
fn slot_name(slot: usize) -> Ident {
    format_ident!("slot{}", slot)
}

/// What stands before the functions of a network in eight bits where those in single precision have the same name: `int8::`.
fn module(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.is_int8().then(|| quote!(int8::))
}

/// The same, or the module of others.
fn functions(plan: &Plan<'_>) -> TokenStream {
    module(plan).unwrap_or_else(|| quote!(layers::))
}

/// `Map<H, W, C>`
fn float_map(shape: Shape) -> TokenStream {
    let [h, w, c] = literals([shape.h, shape.w, shape.c]);
    quote!(Map<#h, #w, #c>)
}

/// The same, or `int8::Map<H, W, C>`
fn map(plan: &Plan<'_>, shape: Shape) -> TokenStream {
    let (module, map) = (module(plan), float_map(shape));
    quote!(#module #map)
}

/// An unsuffixed literal.
fn usize_literal(n: usize) -> TokenStream {
    let n = proc_macro2::Literal::usize_unsuffixed(n);
    quote!(#n)
}

fn literals<const N: usize>(numbers: [usize; N]) -> [TokenStream; N] {
    numbers.map(usize_literal)
}
