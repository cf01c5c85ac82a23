//! Maps that a network hands to its caller: tapped ones, those of a head that gives maps, and the last one without a head.

use super::literals::literals;
use super::locals;
use super::types::module;
use crate::plan::Plan;
use mnv3_ir::Shape;
use mnv3_spec::graph::{Graph, OutputKind, ValueId};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// What a network without taps does not have if its head gives scores.
pub(super) struct MapsStruct {
    /// The struct's name.
    pub(super) name: Ident,
    /// The struct.
    pub(super) item: TokenStream,
    /// The struct's value, after the last layer.
    pub(super) value: TokenStream,
}

/// The maps of a network, if it has any.
pub(super) fn maps(plan: &Plan<'_>) -> Option<MapsStruct> {
    let network = plan.network;
    let mut outputs = plan
        .graph
        .outputs
        .iter()
        .filter(|output| output.kind != OutputKind::Vector)
        .peekable();
    outputs.peek()?;
    // Scales of bytes lie with the weights, for as long as these.
    let scales = plan.is_int8().then(|| quote!('w,));
    let module = module(plan);
    let name = format_ident!("{}Maps", network.name);
    let (mut fields, mut values) = (TokenStream::new(), TokenStream::new());
    for output in outputs {
        let field = format_ident!("{}", output.name);
        let Shape { h, w, c } = plan.graph.shape(output.value);
        let what = match (output.kind, &network.head) {
            (OutputKind::Tap, _) => tapped(&plan.graph, output.value),
            (OutputKind::Map, None) => "The last map".to_owned(),
            (OutputKind::Map | OutputKind::Vector, _) => "What the head gives".to_owned(),
        };
        let doc = format!(" {what}: {h} x {w} x {c}.");
        let [h, w, c] = literals([h, w, c]);
        fields.extend(quote!(#[doc = #doc] pub #field: ::mnv3::layers::#module Map<'w, #scales #h, #w, #c>,));
        let local = locals::of_output(output.name);
        values.extend(quote!(#field: #local,));
    }
    let doc = format!(
        " Feature maps of [`{}`], in the workspace that they were computed in.",
        network.name
    );
    let item = quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        pub struct #name<'w> { #fields }
    };
    let value = quote!(#name { #values });
    Some(MapsStruct { name, item, value })
}

/// What a tapped value is.
fn tapped(graph: &Graph<'_>, value: ValueId) -> String {
    let row = graph.row_of(value);
    let op = graph.ops.iter().find(|op| op.output == value);
    match op.filter(|_| !graph.ends_row(value)) {
        None => format!("Output of {row}"),
        Some(op) => format!("What {} of {row} gives", op.name),
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::rust::emitted::{formatted, tiny};
    use quote::quote;

    /// The struct, and a function with the expression that fills it.
    fn text(lines: &[&str]) -> Option<String> {
        let network = tiny(lines);
        let super::MapsStruct { item, value, .. } = super::maps(&Plan::new(&network))?;
        Some(formatted(quote!(#item fn forward() { #value })))
    }

    #[test]
    fn a_network_with_head_and_without_taps_hands_out_no_maps() {
        assert_eq!(text(&[]), None);
    }

    #[test]
    fn tapped_maps_are_fields_of_their_shapes() {
        insta::assert_snapshot!(text(&["taps: { c2: 2, c1: 1, wide: 2.expand }"]).unwrap(), @"
        /// Feature maps of [`Tiny`], in the workspace that they were computed in.
        #[derive(Clone, Copy, Debug)]
        pub struct TinyMaps<'w> {
            /// Output of bottleneck 1: 8 x 12 x 16.
            pub c1: ::mnv3::layers::Map<'w, 8, 12, 16>,
            /// What expand of bottleneck 2 gives: 8 x 12 x 40.
            pub wide: ::mnv3::layers::Map<'w, 8, 12, 40>,
            /// Output of bottleneck 2: 4 x 12 x 24.
            pub c2: ::mnv3::layers::Map<'w, 4, 12, 24>,
        }
        fn forward() {
            TinyMaps {
                c1: map_c1,
                wide: map_wide,
                c2: map_c2,
            }
        }
        ");
    }

    #[test]
    fn without_a_head_the_last_map_is_a_field() {
        insta::assert_snapshot!(text(&["head: none", "last: none"]).unwrap(), @r"
        /// Feature maps of [`Tiny`], in the workspace that they were computed in.
        #[derive(Clone, Copy, Debug)]
        pub struct TinyMaps<'w> {
            /// The last map: 4 x 12 x 24.
            pub features: ::mnv3::layers::Map<'w, 4, 12, 24>,
        }
        fn forward() {
            TinyMaps { features: map_features }
        }
        ");
    }
}
