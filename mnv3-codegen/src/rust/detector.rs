//! What a network with a head that detects has beside the forward function: anchors, and what is wanted of boxes.

use super::literals::{literals, usize_literal};
use mnv3_ir::Shape;
use mnv3_spec::network::{Detect, Prediction, ScoreFunction};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

pub(super) fn emit(head: &Detect, input: Shape) -> TokenStream {
    let grids = head.predictions.iter().map(grid);
    let [h, w, columns, candidates, most] = literals([input.h, input.w, head.columns(), head.candidates, head.most]);
    let scores = match head.scores {
        ScoreFunction::SoftmaxWithBackground => quote!(SoftmaxWithBackground),
        ScoreFunction::Sigmoid => quote!(Sigmoid),
    };
    let weights = head.offset_weights.map(float);
    let [threshold, overlap] = [head.threshold, head.overlap].map(float);
    let maps = head.predictions.iter().map(|prediction| {
        let [logits, offsets] =
            [&prediction.logits, &prediction.offsets].map(|predictor| format_ident!("{}", predictor.name));
        quote!(see(maps.#logits.view(), maps.#offsets.view());)
    });
    quote! {
        const POSTPROCESSING: ::mnv3::detect::Postprocessing<'static> = ::mnv3::detect::Postprocessing {
            grids: &[#(#grids),*],
            input: [#h, #w],
            columns: #columns,
            scores: ::mnv3::detect::ScoreFunction::#scores,
            offset_weights: [#(#weights),*],
            threshold: #threshold,
            candidates: #candidates,
            overlap: #overlap,
            most: #most,
        };

        fn predictions<'w>(
            maps: &<Self as ::mnv3::Model>::Maps<'w>,
            see: &mut dyn FnMut(::mnv3::MapView<'w>, ::mnv3::MapView<'w>),
        ) {
            #(#maps)*
        }
    }
}

fn grid(prediction: &Prediction) -> TokenStream {
    let [rows, columns] = [prediction.map.h, prediction.map.w].map(usize_literal);
    let sizes = prediction.sizes.iter().map(|size| {
        let [h, w] = size.map(float);
        quote!([#h, #w])
    });
    quote! {
        ::mnv3::detect::AnchorGrid { rows: #rows, columns: #columns, sizes: &[#(#sizes),*] }
    }
}

/// The nearest number in single precision.
fn float(value: f64) -> Literal {
    Literal::f32_unsuffixed(value as f32)
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{associated, tiny};

    #[test]
    fn anchors_and_what_is_wanted_of_boxes_are_a_constant() {
        let head = "head: { kind: detect, classes: 2, maps: [1, last], extras: none, nl: relu6, k: 3, ratios: [2], scales: [0.25, 0.5, 1] }";
        let network = tiny(&[head]);
        insta::assert_snapshot!(associated(super::emit(network.detect().unwrap(), network.input)), @"
        const POSTPROCESSING: ::mnv3::detect::Postprocessing<'static> = ::mnv3::detect::Postprocessing {
            grids: &[
                ::mnv3::detect::AnchorGrid {
                    rows: 8,
                    columns: 12,
                    sizes: &[
                        [0.25, 0.25],
                        [0.35355338, 0.35355338],
                        [0.17677669, 0.35355338],
                        [0.35355338, 0.17677669],
                    ],
                },
                ::mnv3::detect::AnchorGrid {
                    rows: 4,
                    columns: 12,
                    sizes: &[
                        [0.5, 0.5],
                        [0.70710677, 0.70710677],
                        [0.35355338, 0.70710677],
                        [0.70710677, 0.35355338],
                    ],
                },
            ],
            input: [16, 24],
            columns: 3,
            scores: ::mnv3::detect::ScoreFunction::SoftmaxWithBackground,
            offset_weights: [10.0, 10.0, 5.0, 5.0],
            threshold: 0.001,
            candidates: 300,
            overlap: 0.55,
            most: 300,
        };
        fn predictions<'w>(
            maps: &<Self as ::mnv3::Model>::Maps<'w>,
            see: &mut dyn FnMut(::mnv3::MapView<'w>, ::mnv3::MapView<'w>),
        ) {
            see(maps.logits_1.view(), maps.offsets_1.view());
            see(maps.logits_2.view(), maps.offsets_2.view());
        }
        ");
    }
}
