//! The table by which weights are read: every tensor's name and shape, every layer's form and place.

use super::{literals, usize_literal};
use crate::plan::Plan;
use mnv3_spec::network::{Naming, Tensor};
use mnv3_weights::{Kind, Layout, PackedLayer, Packing};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The manifest as an expression.
pub(super) fn emit(plan: &Plan<'_>) -> TokenStream {
    let network = plan.network;
    let (name, dialect) = (&network.name, &network.dialect);
    let naming = match network.naming {
        Naming::Exact => quote!(Exact),
        Naming::KerasAutomatic => quote!(KerasAutomatic),
    };
    let tensors = plan.tensors.iter().map(|t| tensor(t));
    let layers = plan.layers.iter().map(layer);
    let bytes = usize_literal(plan.weight_bytes);
    quote! {{
        use ::mnv3::Tensor;
        use ::mnv3::__private::{Layout, Manifest, Naming, PackedLayer, Packing};
        &Manifest {
            network: #name,
            dialect: #dialect,
            naming: Naming::#naming,
            tensors: &[#(#tensors),*],
            layers: &[#(#layers),*],
            bytes: #bytes,
        }
    }}
}

fn tensor(t: &Tensor) -> TokenStream {
    let name = &t.name;
    let shape = t.shape.iter().map(|&n| usize_literal(n));
    quote!(Tensor::new(#name, &[#(#shape),*]))
}

fn layer(packed: &PackedLayer) -> TokenStream {
    let form = match packed.kind {
        Kind::Dense { kh, kw, input, output } => {
            let [kh, kw, input, output] = literals([kh, kw, input, output]);
            quote!(dense([#kh, #kw], #input, #output))
        }
        Kind::Depthwise { kh, kw, channels } => {
            let [kh, kw, channels] = literals([kh, kw, channels]);
            quote!(depthwise([#kh, #kw], #channels))
        }
    };
    let packing = match packed.packing {
        Packing::F32 => None,
        Packing::F16 => Some(quote!(.packed(Packing::F16))),
        Packing::I8 => Some(quote!(.packed(Packing::I8))),
    };
    let layout = match packed.layout {
        Layout::Oihw => quote!(Oihw),
        Layout::Hwio => quote!(Hwio),
    };
    let times = (packed.factor != 1.0).then(|| {
        let factor = Literal::f64_unsuffixed(packed.factor);
        quote!(.times(#factor))
    });
    let [first, offset] = literals([packed.weight, packed.offset]);
    let bias = packed.bias.map(|_| quote!(.bias()));
    let norm = packed.norm.map(|norm| {
        let epsilon = Literal::f64_unsuffixed(norm.epsilon);
        quote!(.norm(#epsilon))
    });
    quote!(PackedLayer::#form #packing.read(Layout::#layout, #first)#times #bias #norm.at(#offset))
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::rust::emitted::{associated, tiny};
    use quote::quote;

    fn text(lines: &[&str]) -> String {
        let manifest = super::emit(&Plan::new(&tiny(lines)));
        associated(quote!(const MANIFEST: &'static ::mnv3::__private::Manifest<'static> = #manifest;))
    }

    /// A line for each layer.
    fn layers(lines: &[&str]) -> String {
        let text = text(lines);
        let flat: String = text.lines().map(str::trim).collect();
        flat.split("PackedLayer::").skip(1).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_manifest_names_every_tensor_and_says_how_each_layer_is_packed() {
        insta::assert_snapshot!(text(&["head: none", "last: none"]), @r#"
        const MANIFEST: &'static ::mnv3::__private::Manifest<'static> = {
            use ::mnv3::Tensor;
            use ::mnv3::__private::{Layout, Manifest, Naming, PackedLayer, Packing};
            &Manifest {
                network: "Tiny",
                dialect: "torchvision",
                naming: Naming::Exact,
                tensors: &[
                    Tensor::new("features.0.0.weight", &[16, 3, 3, 3]),
                    Tensor::new("features.0.1.weight", &[16]),
                    Tensor::new("features.0.1.bias", &[16]),
                    Tensor::new("features.0.1.running_mean", &[16]),
                    Tensor::new("features.0.1.running_var", &[16]),
                    Tensor::new("features.1.block.0.0.weight", &[16, 1, 3, 3]),
                    Tensor::new("features.1.block.0.1.weight", &[16]),
                    Tensor::new("features.1.block.0.1.bias", &[16]),
                    Tensor::new("features.1.block.0.1.running_mean", &[16]),
                    Tensor::new("features.1.block.0.1.running_var", &[16]),
                    Tensor::new("features.1.block.1.fc1.weight", &[8, 16, 1, 1]),
                    Tensor::new("features.1.block.1.fc1.bias", &[8]),
                    Tensor::new("features.1.block.1.fc2.weight", &[16, 8, 1, 1]),
                    Tensor::new("features.1.block.1.fc2.bias", &[16]),
                    Tensor::new("features.1.block.2.0.weight", &[16, 16, 1, 1]),
                    Tensor::new("features.1.block.2.1.weight", &[16]),
                    Tensor::new("features.1.block.2.1.bias", &[16]),
                    Tensor::new("features.1.block.2.1.running_mean", &[16]),
                    Tensor::new("features.1.block.2.1.running_var", &[16]),
                    Tensor::new("features.2.block.0.0.weight", &[40, 16, 1, 1]),
                    Tensor::new("features.2.block.0.1.weight", &[40]),
                    Tensor::new("features.2.block.0.1.bias", &[40]),
                    Tensor::new("features.2.block.0.1.running_mean", &[40]),
                    Tensor::new("features.2.block.0.1.running_var", &[40]),
                    Tensor::new("features.2.block.1.0.weight", &[40, 1, 3, 5]),
                    Tensor::new("features.2.block.1.1.weight", &[40]),
                    Tensor::new("features.2.block.1.1.bias", &[40]),
                    Tensor::new("features.2.block.1.1.running_mean", &[40]),
                    Tensor::new("features.2.block.1.1.running_var", &[40]),
                    Tensor::new("features.2.block.2.0.weight", &[24, 40, 1, 1]),
                    Tensor::new("features.2.block.2.1.weight", &[24]),
                    Tensor::new("features.2.block.2.1.bias", &[24]),
                    Tensor::new("features.2.block.2.1.running_mean", &[24]),
                    Tensor::new("features.2.block.2.1.running_var", &[24]),
                ],
                layers: &[
                    PackedLayer::dense([3, 3], 3, 16)
                        .read(Layout::Oihw, 0)
                        .norm(0.001)
                        .at(0),
                    PackedLayer::depthwise([3, 3], 16)
                        .read(Layout::Oihw, 5)
                        .norm(0.001)
                        .at(1792),
                    PackedLayer::dense([1, 1], 16, 8).read(Layout::Oihw, 10).bias().at(2432),
                    PackedLayer::dense([1, 1], 8, 16).read(Layout::Oihw, 12).bias().at(3520),
                    PackedLayer::dense([1, 1], 16, 16)
                        .read(Layout::Oihw, 14)
                        .norm(0.001)
                        .at(4096),
                    PackedLayer::dense([1, 1], 16, 40)
                        .read(Layout::Oihw, 19)
                        .norm(0.001)
                        .at(5184),
                    PackedLayer::depthwise([3, 5], 40)
                        .read(Layout::Oihw, 24)
                        .norm(0.001)
                        .at(8448),
                    PackedLayer::dense([1, 1], 40, 24)
                        .read(Layout::Oihw, 29)
                        .norm(0.001)
                        .at(11520),
                ],
                bytes: 16768,
            }
        };
        "#);
    }

    #[test]
    fn matrices_in_half_precision_are_those_of_squeeze_excite_and_head_and_take_half_the_room() {
        insta::assert_snapshot!(layers(&["matrices: f16"]), @"
        dense([3, 3], 3, 16).read(Layout::Oihw, 0).norm(0.001).at(0),
        depthwise([3, 3], 16).read(Layout::Oihw, 5).norm(0.001).at(1792),
        dense([1, 1], 16, 8).packed(Packing::F16).read(Layout::Oihw, 10).bias().at(2432),
        dense([1, 1], 8, 16).packed(Packing::F16).read(Layout::Oihw, 12).bias().at(3008),
        dense([1, 1], 16, 16).read(Layout::Oihw, 14).norm(0.001).at(3328),
        dense([1, 1], 16, 40).read(Layout::Oihw, 19).norm(0.001).at(4416),
        depthwise([3, 5], 40).read(Layout::Oihw, 24).norm(0.001).at(7680),
        dense([1, 1], 40, 24).read(Layout::Oihw, 29).norm(0.001).at(10752),
        dense([1, 1], 24, 32).read(Layout::Oihw, 34).norm(0.001).at(16000),
        dense([1, 1], 32, 20).packed(Packing::F16).read(Layout::Oihw, 39).bias().at(19200),
        dense([1, 1], 20, 5).packed(Packing::F16).read(Layout::Oihw, 41).bias().at(21376),],bytes: 22080,}};
        ");
    }

    #[test]
    fn matrices_in_int8_take_a_quarter_of_the_room_and_have_scales_behind_their_biases() {
        let all = layers(&["matrices: i8"]);
        let packed: Vec<&str> = all.lines().filter(|layer| layer.contains("I8")).collect();
        insta::assert_snapshot!(packed.join("\n"), @"
        dense([1, 1], 16, 8).packed(Packing::I8).read(Layout::Oihw, 10).bias().at(2432),
        dense([1, 1], 8, 16).packed(Packing::I8).read(Layout::Oihw, 12).bias().at(2816),
        dense([1, 1], 32, 20).packed(Packing::I8).read(Layout::Oihw, 39).bias().at(18944),
        dense([1, 1], 20, 5).packed(Packing::I8).read(Layout::Oihw, 41).bias().at(20224),],bytes: 20672,}};
        ");
    }

    #[test]
    fn biases_layout_and_automatic_names_follow_the_dialect() {
        let keys = ["dialect: tf2", "head: none", "last: none"];
        assert!(text(&keys).contains("naming: Naming::KerasAutomatic,"));
        insta::assert_snapshot!(layers(&keys), @"
        dense([3, 3], 3, 16).read(Layout::Hwio, 0).bias().norm(0.001).at(0),
        dense([1, 1], 16, 16).read(Layout::Hwio, 6).bias().norm(0.001).at(1792),
        depthwise([3, 3], 16).read(Layout::Hwio, 12).bias().norm(0.001).at(2880),
        dense([1, 1], 16, 8).read(Layout::Hwio, 18).bias().at(3520),
        dense([1, 1], 8, 16).read(Layout::Hwio, 20).bias().at(4608),
        dense([1, 1], 16, 16).read(Layout::Hwio, 22).bias().norm(0.001).at(5184),
        dense([1, 1], 16, 40).read(Layout::Hwio, 28).bias().norm(0.001).at(6272),
        depthwise([3, 5], 40).read(Layout::Hwio, 34).bias().norm(0.001).at(9536),
        dense([1, 1], 40, 24).read(Layout::Hwio, 40).bias().norm(0.001).at(12608),],bytes: 17856,}};
        ");
    }
}
