//! The last 1x1 convolution, the pool and the scores.

use super::{Body, bottleneck::pointwise, literals};
use mnv3_spec::network::{Conv, Dense, Head, Pool, PoolWindow};
use proc_macro2::TokenStream;
use quote::quote;

/// Observers know its output by `name`.
pub(super) fn emit_last(body: &mut Body<'_>, last: &Conv, name: &str) {
    body.comment(&last.source, "last");
    let dense = Dense {
        input: last.input.c,
        output: last.output.c,
        act: last.act,
        tensors: last.tensors.clone(),
    };
    let layer = pointwise(body, &dense);
    let buffer = body.next_buffer();
    let [h, w, c] = literals([last.output.h, last.output.w, last.output.c]);
    body.statements.extend(quote! {
        let last = #layer;
        let x: Map<#h, #w, #c> = layers::pointwise(cpu, x, last, #buffer);
        observer.map(#name, x.view());
    });
}

pub(super) fn emit(body: &mut Body<'_>, head: &Head) {
    body.comment(&head.source, "head");
    let pool = pool(head.pool);
    for window in &head.windows {
        emit_window(body, window);
    }
    let buffer = body.next_buffer();
    let [width] = literals([head.hidden.as_ref().map_or(head.classes.input, |h| h.input)]);
    body.statements.extend(quote! {
        let x: Vector<#width> = layers::global_pool(cpu, x, #pool, #buffer);
    });
    if let Some(hidden) = &head.hidden {
        let layer = pointwise(body, hidden);
        let buffer = body.next_buffer();
        let [width] = literals([hidden.output]);
        body.statements.extend(quote! {
            let hidden = #layer;
            let x: Vector<#width> = layers::hidden(cpu, x, hidden, #buffer);
        });
    }
    let layer = pointwise(body, &head.classes);
    body.statements.extend(quote! {
        let classes = #layer;
        layers::classes(cpu, x, classes, scratch, scores);
    });
    if head.softmax {
        body.statements.extend(quote!(layers::softmax(scores);));
    }
}

/// A pool over windows of the map.
fn emit_window(body: &mut Body<'_>, window: &PoolWindow) {
    let pool = pool(window.pool);
    let buffer = body.next_buffer();
    let [h, w, c] = literals([window.output.h, window.output.w, window.output.c]);
    let [kh, kw] = literals(window.kernel);
    let [sh, sw] = literals(window.stride);
    body.statements.extend(quote! {
        let x: Map<#h, #w, #c> = layers::window_pool(cpu, x, #pool, Kernel::<#kh, #kw>, Stride::<#sh, #sw>, #buffer);
    });
}

fn pool(pool: Pool) -> TokenStream {
    match pool {
        Pool::Avg => quote!(Pool::Avg),
        Pool::Max => quote!(Pool::Max),
    }
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{statements, tiny};

    #[test]
    fn the_last_convolution_is_pointwise() {
        let network = tiny(&[]);
        insta::assert_snapshot!(statements(&network, 8, |body| super::emit_last(body, &network.last[0], "last")), @r#"

        // last   { out: 32, nl: HS }   tiny.yaml:9
        let last = Pointwise::<24, 32>::at(weights, 4192, HARD_SWISH);
        let x: Map<4, 12, 32> = layers::pointwise(cpu, x, last, &mut *even);
        observer.map("last", x.view());
        "#);
    }

    #[test]
    fn a_head_pools_widens_and_scores() {
        let network = tiny(&[]);
        let head = network.head.as_ref().unwrap();
        insta::assert_snapshot!(statements(&network, 9, |body| super::emit(body, head)), @r"

        // head   { pool: avg, hidden: 20, nl: HS, classes: 5 }   tiny.yaml:10
        let x: Vector<32> = layers::global_pool(cpu, x, Pool::Avg, &mut *even);
        let hidden = Pointwise::<32, 20>::at(weights, 4992, HARD_SWISH);
        let x: Vector<20> = layers::hidden(cpu, x, hidden, &mut *odd);
        let classes = Pointwise::<20, 5>::at(weights, 6048, LINEAR);
        layers::classes(cpu, x, classes, scratch, scores);
        ");
    }

    #[test]
    fn a_head_with_windows_and_softmax_and_without_hidden_layer() {
        let network =
            tiny(&["head: { pool: [{ kind: max, k: 2, s: [2, 1] }, avg], hidden: none, classes: 5, softmax: true }"]);
        let head = network.head.as_ref().unwrap();
        insta::assert_snapshot!(statements(&network, 9, |body| super::emit(body, head)), @r"

        // head   { pool: [{ kind: max, k: 2, s: [2, 1] }, avg], hidden: none, classes: 5, softmax: true }   tiny.yaml:10
        let x: Map<2, 11, 32> = layers::window_pool(
            cpu,
            x,
            Pool::Max,
            Kernel::<2, 2>,
            Stride::<2, 1>,
            &mut *even,
        );
        let x: Vector<32> = layers::global_pool(cpu, x, Pool::Avg, &mut *odd);
        let classes = Pointwise::<32, 5>::at(weights, 4992, LINEAR);
        layers::classes(cpu, x, classes, scratch, scores);
        layers::softmax(scores);
        ");
    }
}
