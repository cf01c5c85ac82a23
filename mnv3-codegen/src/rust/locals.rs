//! Names for values and slots. What a step makes is `x`, and mostly the next step reads it; what is read later, or handed to the
//! caller, is bound to a name of its own as well.

use crate::plan::{Place, Plan, Step};
use mnv3_spec::graph::OutputKind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Makes `x` what a step reads first, where the step before made something else.
pub(super) fn input(plan: &Plan<'_>, at: usize) -> Option<TokenStream> {
    let before = plan.steps.get(at.checked_sub(1)?)?;
    let value = plan.steps[at].inputs.first()?.value;
    let step = plan.steps.iter().find(|step| step.value == value)?;
    (before.value != value).then(|| {
        let name = name(plan, step);
        quote!(let x = #name;)
    })
}

/// The local of what a step reads second.
pub(super) fn second(plan: &Plan<'_>, at: usize) -> Option<Ident> {
    let value = plan.steps[at].inputs.get(1)?.value;
    let step = plan.steps.iter().find(|step| step.value == value)?;
    Some(name(plan, step))
}

/// What becomes of `x` after a step: it is shown to the observer where a row ends in a map, and bound to names.
pub(super) fn kept(plan: &Plan<'_>, at: usize) -> TokenStream {
    let step = &plan.steps[at];
    let shown = plan.is_observed(step).then(|| {
        let name = &plan.row(step).name;
        quote!(observer.map(#name, x.view());)
    });
    let outputs = plan.graph.outputs.iter();
    let outputs = outputs.filter(|output| output.value == step.value && output.kind != OutputKind::Vector);
    let outputs = outputs.map(|output| of_output(output.name));
    let later = plan.steps.iter().enumerate().skip(at + 1).any(|(reader, later)| {
        let mut inputs = later.inputs.iter().enumerate();
        inputs.any(|(i, input)| input.value == step.value && (i > 0 || reader > at + 1))
    });
    let names = outputs.chain(later.then(|| name(plan, step)));
    quote!(#shown #(let #names = x;)*)
}

/// The local of a map that is handed to the caller. A prefix of its own: a tap may be called `slot0` or `scratch`.
pub(super) fn of_output(name: &str) -> Ident {
    format_ident!("map_{}", name)
}

/// The local of a value that a later step reads: of a row, or of an op inside of a row.
fn name(plan: &Plan<'_>, step: &Step) -> Ident {
    let ends_row = plan
        .steps
        .iter()
        .rfind(|other| other.row == step.row)
        .is_some_and(|last| last.value == step.value);
    let row = &plan.row(step).name;
    let op = plan
        .graph
        .ops
        .iter()
        .find(|op| op.output == step.value)
        .filter(|_| !ends_row);
    let name = match op {
        Some(op) => format!("from_{row}_{}", op.name),
        None => format!("from_{row}"),
    };
    format_ident!("{}", name.replace(' ', "_"))
}

/// The buffer that a step writes to, as the expression to hand to a layer.
pub(super) fn buffer(step: &Step) -> TokenStream {
    match step.to {
        Place::Slot { slot, .. } => {
            let slot = slot_name(slot);
            quote!(#slot)
        }
        Place::Image | Place::Output => unreachable!("only steps with a slot ask for a buffer"),
    }
}

/// What a slot of the workspace is called.
pub(super) fn slot_name(slot: usize) -> Ident {
    format_ident!("slot{}", slot)
}
