//! The table by which weights are read: every tensor's name and shape, every layer's form and place.

use super::{literals, usize_literal};
use crate::plan::Plan;
use mnv3_spec::network::{Naming, Tensor};
use mnv3_weights::{FileTensors, Kind, Layout, PackedLayer, Packing};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The manifest as an expression.
pub(super) fn emit(plan: &Plan<'_>) -> TokenStream {
    let network = plan.network;
    let (name, dialect) = (&network.name, &network.dialect);
    let naming = match network.naming {
        Naming::Exact => quote!(Exact),
        Naming::KerasAutomatic => quote!(KerasAutomatic),
    };
    let tensors = plan.tensors.iter().map(|t| tensor(t));
    let of_files = of_files(&plan.layers);
    let constants = of_files.iter().map(constant);
    let layers = plan.layers.iter().map(|packed| layer(packed, &of_files));
    let bytes = usize_literal(plan.weight_bytes);
    quote! {{
        use ::mnv3::Tensor;
        use ::mnv3::__private::{FileTensors, Layout, Manifest, Naming, PackedLayer, Packing};
        #(#constants)*
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

/// What the layers of a network are made of in its file, each with the name of its constant, in the order of use.
fn of_files(layers: &[PackedLayer]) -> Vec<(Ident, FileTensors)> {
    let mut found: Vec<(Ident, FileTensors)> = Vec::new();
    for layer in layers {
        let tensors = of_file(layer);
        if found.iter().any(|(_, other)| *other == tensors) {
            continue;
        }
        let name = match (tensors.bias, tensors.epsilon) {
            (false, None) => "KERNEL",
            (true, None) => "BIAS",
            (false, Some(_)) => "NORM",
            (true, Some(_)) => "BIAS_NORM",
        };
        // Others of the same name have another epsilon or layout.
        let alike = |(other, _): &&(Ident, FileTensors)| other.to_string().trim_end_matches(char::is_numeric) == name;
        let name = match found.iter().filter(alike).count() {
            0 => format_ident!("{name}"),
            before => format_ident!("{name}{}", before + 1),
        };
        found.push((name, tensors));
    }
    found
}

fn of_file(layer: &PackedLayer) -> FileTensors {
    FileTensors {
        layout: layer.layout,
        bias: layer.bias.is_some(),
        epsilon: layer.norm.map(|norm| norm.epsilon),
    }
}

fn constant((name, tensors): &(Ident, FileTensors)) -> TokenStream {
    let layout = match tensors.layout {
        Layout::Oihw => quote!(Oihw),
        Layout::Hwio => quote!(Hwio),
    };
    let bias = tensors.bias.then(|| quote!(.bias()));
    let norm = tensors.epsilon.map(|epsilon| {
        let epsilon = Literal::f64_unsuffixed(epsilon);
        quote!(.norm(#epsilon))
    });
    quote!(const #name: FileTensors = FileTensors::new(Layout::#layout)#bias #norm;)
}

fn layer(packed: &PackedLayer, of_files: &[(Ident, FileTensors)]) -> TokenStream {
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
    let times = (packed.factor != 1.0).then(|| {
        let factor = Literal::f64_unsuffixed(packed.factor);
        quote!(.times(#factor))
    });
    let tensors = of_file(packed);
    let name = of_files
        .iter()
        .find(|(_, other)| *other == tensors)
        .map(|(name, _)| name);
    let [first, offset] = literals([packed.weight, packed.offset]);
    quote!(PackedLayer::#form #packing.read(#first, #name)#times.at(#offset))
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
            use ::mnv3::__private::{
                FileTensors, Layout, Manifest, Naming, PackedLayer, Packing,
            };
            const NORM: FileTensors = FileTensors::new(Layout::Oihw).norm(0.001);
            const BIAS: FileTensors = FileTensors::new(Layout::Oihw).bias();
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
                    PackedLayer::dense([3, 3], 3, 16).read(0, NORM).at(0),
                    PackedLayer::depthwise([3, 3], 16).read(5, NORM).at(1792),
                    PackedLayer::dense([1, 1], 16, 8).read(10, BIAS).at(2432),
                    PackedLayer::dense([1, 1], 8, 16).read(12, BIAS).at(3520),
                    PackedLayer::dense([1, 1], 16, 16).read(14, NORM).at(4096),
                    PackedLayer::dense([1, 1], 16, 40).read(19, NORM).at(5184),
                    PackedLayer::depthwise([3, 5], 40).read(24, NORM).at(8448),
                    PackedLayer::dense([1, 1], 40, 24).read(29, NORM).at(11520),
                ],
                bytes: 16768,
            }
        };
        "#);
    }

    #[test]
    fn matrices_in_half_precision_are_those_of_squeeze_excite_and_head_and_take_half_the_room() {
        insta::assert_snapshot!(layers(&["matrices: f16"]), @"
        dense([3, 3], 3, 16).read(0, NORM).at(0),
        depthwise([3, 3], 16).read(5, NORM).at(1792),
        dense([1, 1], 16, 8).packed(Packing::F16).read(10, BIAS).at(2432),
        dense([1, 1], 8, 16).packed(Packing::F16).read(12, BIAS).at(3008),
        dense([1, 1], 16, 16).read(14, NORM).at(3328),
        dense([1, 1], 16, 40).read(19, NORM).at(4416),
        depthwise([3, 5], 40).read(24, NORM).at(7680),
        dense([1, 1], 40, 24).read(29, NORM).at(10752),
        dense([1, 1], 24, 32).read(34, NORM).at(16000),
        dense([1, 1], 32, 20).packed(Packing::F16).read(39, BIAS).at(19200),
        dense([1, 1], 20, 5).packed(Packing::F16).read(41, BIAS).at(21376),],bytes: 22080,}};
        ");
    }

    #[test]
    fn matrices_in_int8_take_a_quarter_of_the_room_and_have_scales_behind_their_biases() {
        let all = layers(&["matrices: i8"]);
        let packed: Vec<&str> = all.lines().filter(|layer| layer.contains("I8")).collect();
        insta::assert_snapshot!(packed.join("\n"), @"
        dense([1, 1], 16, 8).packed(Packing::I8).read(10, BIAS).at(2432),
        dense([1, 1], 8, 16).packed(Packing::I8).read(12, BIAS).at(2816),
        dense([1, 1], 32, 20).packed(Packing::I8).read(39, BIAS).at(18944),
        dense([1, 1], 20, 5).packed(Packing::I8).read(41, BIAS).at(20224),],bytes: 20672,}};
        ");
    }

    #[test]
    fn biases_layout_and_automatic_names_follow_the_dialect() {
        let keys = ["dialect: tf2", "head: none", "last: none"];
        assert!(text(&keys).contains("naming: Naming::KerasAutomatic,"));
        insta::assert_snapshot!(layers(&keys), @"
        dense([3, 3], 3, 16).read(0, BIAS_NORM).at(0),
        dense([1, 1], 16, 16).read(6, BIAS_NORM).at(1792),
        depthwise([3, 3], 16).read(12, BIAS_NORM).at(2880),
        dense([1, 1], 16, 8).read(18, BIAS).at(3520),
        dense([1, 1], 8, 16).read(20, BIAS).at(4608),
        dense([1, 1], 16, 16).read(22, BIAS_NORM).at(5184),
        dense([1, 1], 16, 40).read(28, BIAS_NORM).at(6272),
        depthwise([3, 5], 40).read(34, BIAS_NORM).at(9536),
        dense([1, 1], 40, 24).read(40, BIAS_NORM).at(12608),],bytes: 17856,}};
        ");
    }
}
