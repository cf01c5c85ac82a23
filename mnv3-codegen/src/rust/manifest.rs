//! The table by which weights are read: a line for each layer, from which its tensors and its place follow.

use super::act;
use super::literals::usize_literal;
use crate::plan::Plan;
use mnv3_spec::network::{Naming, Tensor};
use mnv3_weights::table::{self, FileForm, FileLayer};
use mnv3_weights::{Around, FileTensors, Kind, Layout, PackedLayer, Packing};
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
    let layers: Vec<FileLayer<'_>> = plan
        .layers
        .iter()
        .map(|packed| of_file(packed, &plan.tensors))
        .collect();
    let forms = forms(&layers);
    let constants = forms.iter().map(constant);
    let layers = layers.iter().map(|of_file| layer(of_file, &forms));
    let bytes = usize_literal(plan.weight_bytes);
    let acts = plan.is_int8().then(|| {
        let acts = act::constants(&plan.graph);
        quote!(use ::mnv3::__private::{Act, Around}; #acts)
    });
    let scales = plan.is_int8().then(|| {
        let scales = plan.scales.iter().map(tensor);
        quote!(const SCALES: &[Tensor<'static>] = &[#(#scales),*];)
    });
    let all = match &scales {
        None => quote!(&TENSORS),
        Some(_) => quote!(&table::joined::<{ TENSORS.len() + SCALES.len() }>(&TENSORS, SCALES)),
    };
    quote! {{
        use ::mnv3::Tensor;
        use ::mnv3::__private::{Layout, Manifest, Naming, PackedLayer, Packing};
        use ::mnv3::__private::table::{self, dense, depthwise, FileForm, FileLayer};
        #acts
        #(#constants)*
        const LAYERS: &[FileLayer<'static>] = &[#(#layers),*];
        const TENSORS: [Tensor<'static>; table::tensor_count(LAYERS)] = table::tensors(LAYERS);
        const PACKED: [PackedLayer; LAYERS.len()] = table::packed(LAYERS);
        #scales
        &Manifest {
            network: #name,
            dialect: #dialect,
            naming: Naming::#naming,
            tensors: #all,
            layers: &PACKED,
            bytes: #bytes,
        }
    }}
}

fn tensor(t: &Tensor) -> TokenStream {
    let name = &t.name;
    let shape = t.shape.iter().map(|&n| usize_literal(n));
    quote!(Tensor::new(#name, &[#(#shape),*]))
}

/// A layer as its file has it. Names are divided so that many layers have the same endings.
fn of_file<'p>(packed: &PackedLayer, tensors: &[&'p Tensor]) -> FileLayer<'p> {
    let kernel = tensors[packed.weight];
    let name_of = |i: usize| tensors[i].name.as_str();
    let bias = packed.bias.map(name_of);
    let norm = packed
        .norm
        .map(|norm| [norm.gamma, norm.beta, norm.mean, norm.variance].map(name_of));
    let of_conv: Vec<&str> = [kernel.name.as_str()].into_iter().chain(bias).collect();
    let of_norm: Vec<&str> = norm.into_iter().flatten().collect();
    let all = beginning(&[&of_conv[..], &of_norm].concat());
    let (conv, norm_name) = if all.is_empty() && norm.is_some() {
        (beginning(&of_conv), beginning(&of_norm))
    } else {
        (all, all)
    };
    let form = FileForm {
        tensors: FileTensors {
            layout: packed.layout,
            bias: bias.is_some(),
            epsilon: packed.norm.map(|norm| norm.epsilon),
        },
        kernel: &kernel.name[conv.len()..],
        bias: bias.map_or("", |bias| &bias[conv.len()..]),
        norm: norm.map_or([""; 4], |norm| norm.map(|name| &name[norm_name.len()..])),
        // Of a layer in eight bits, what is around it says it.
        packing: packed.around.map_or(packed.packing, |_| Packing::F32),
    };
    let layer = match packed.kind {
        Kind::Dense { .. } => table::dense(conv, form, &kernel.shape),
        Kind::Depthwise { .. } => table::depthwise(conv, form, &kernel.shape),
    };
    let layer = layer.norm(norm_name).times(packed.factor).at(packed.offset);
    match packed.around {
        Some(around) => layer.int8(around),
        None => layer,
    }
}

/// What all names begin with, up to where a part of them ends.
fn beginning<'p>(names: &[&'p str]) -> &'p str {
    let Some((first, others)) = names.split_first() else {
        return "";
    };
    let same = |other: &&str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let shared = others.iter().map(same).min().unwrap_or(first.len());
    let end = first.as_bytes()[..shared]
        .iter()
        .rposition(|byte| matches!(byte, b'.' | b'/'));
    &first[..end.unwrap_or(0)]
}

/// The forms of a network's layers, each with the name of its constant, in the order of use.
fn forms<'p>(layers: &[FileLayer<'p>]) -> Vec<(Ident, FileForm<'p>)> {
    let mut found: Vec<(Ident, FileForm<'p>)> = Vec::new();
    for FileLayer { form, .. } in layers {
        if found.iter().any(|(_, other)| other == form) {
            continue;
        }
        let name = match (form.tensors.bias, form.tensors.epsilon) {
            (false, None) => "KERNEL",
            (true, None) => "BIAS",
            (false, Some(_)) => "NORM",
            (true, Some(_)) => "BIAS_NORM",
        };
        let name = match form.packing {
            Packing::F32 => name.to_owned(),
            Packing::F16 => format!("F16_{name}"),
            Packing::I8 => format!("I8_{name}"),
        };
        // Others of the same name have other endings, or another epsilon or layout.
        let alike = |(other, _): &&(Ident, FileForm<'p>)| other.to_string().trim_end_matches(char::is_numeric) == name;
        let name = match found.iter().filter(alike).count() {
            0 => format_ident!("{name}"),
            before => format_ident!("{name}{}", before + 1),
        };
        found.push((name, *form));
    }
    found
}

fn constant((name, form): &(Ident, FileForm<'_>)) -> TokenStream {
    let layout = match form.tensors.layout {
        Layout::Oihw => quote!(Oihw),
        Layout::Hwio => quote!(Hwio),
    };
    let (kernel, bias, norm) = (form.kernel, form.bias, form.norm);
    let bias = form.tensors.bias.then(|| quote!(.bias(#bias)));
    let norm = form.tensors.epsilon.map(|epsilon| {
        let epsilon = Literal::f64_unsuffixed(epsilon);
        quote!(.norm(#epsilon, [#(#norm),*]))
    });
    let packing = match form.packing {
        Packing::F32 => None,
        Packing::F16 => Some(quote!(.packed(Packing::F16))),
        Packing::I8 => Some(quote!(.packed(Packing::I8))),
    };
    quote!(const #name: FileForm<'static> = FileForm::new(Layout::#layout, #kernel)#bias #norm #packing;)
}

fn layer(layer: &FileLayer<'_>, forms: &[(Ident, FileForm<'_>)]) -> TokenStream {
    let kind = if layer.depthwise {
        quote!(depthwise)
    } else {
        quote!(dense)
    };
    let form = forms.iter().find(|(_, form)| *form == layer.form).map(|(name, _)| name);
    let (name, norm) = (layer.name, layer.norm);
    let shape = layer.shape.iter().map(|&n| usize_literal(n));
    let norm = (norm != name).then(|| quote!(.norm(#norm)));
    let times = (layer.factor != 1.0).then(|| {
        let factor = Literal::f64_unsuffixed(layer.factor);
        quote!(.times(#factor))
    });
    let offset = usize_literal(layer.offset);
    let int8 = layer.around.as_ref().map(int8);
    quote!(#kind(#name, #form, &[#(#shape),*])#norm #times #int8.at(#offset))
}

/// `.int8(Around::new(20, 22, RELU))`
fn int8(around: &Around) -> TokenStream {
    let ([input, output], act) = ([around.input, around.output].map(usize_literal), act::emit(around.act));
    let image = around.image.then(|| quote!(.of_image()));
    let adding = around.residual.map(|residual| {
        let residual = usize_literal(residual);
        quote!(.adding(#residual))
    });
    quote!(.int8(Around::new(#input, #output, #act)#image #adding))
}

#[cfg(test)]
mod tests {
    use super::of_file;
    use crate::plan::Plan;
    use crate::rust::emitted::{associated, tiny};
    use mnv3_spec::network::{ComputedIn, Network};
    use mnv3_weights::Tensor;
    use mnv3_weights::table::{self, FileLayer};
    use quote::quote;

    fn text(lines: &[&str]) -> String {
        let manifest = super::emit(&Plan::new(&tiny(lines)));
        associated(quote!(const MANIFEST: &'static ::mnv3::__private::Manifest<'static> = #manifest;))
    }

    /// A line for each layer.
    fn layers(lines: &[&str]) -> String {
        let text = text(lines);
        let (_, layers) = text.split_once("= &[\n").unwrap();
        let lines = layers.lines().map(str::trim).take_while(|line| *line != "];");
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_layers_of_every_published_network_come_out_as_they_were_planned() {
        let networks = mnv3_spec::published().flat_map(|name| {
            let network = mnv3_spec::load(&name, name.as_ref()).unwrap().network;
            let can_be_int8 = network.segment().is_none() && network.detect().is_none();
            let int8 = can_be_int8.then(|| Network {
                precision: ComputedIn::Int8,
                ..network.clone()
            });
            std::iter::once(network)
                .chain(int8)
                .map(move |network| (name.clone(), network))
        });
        for (name, network) in networks {
            let plan = Plan::new(&network);
            let layers: Vec<FileLayer<'_>> = plan
                .layers
                .iter()
                .map(|packed| of_file(packed, &plan.tensors))
                .collect();
            // Longer than any: what is behind the last stays as it was.
            let most = table::tensor_count(&layers);
            let tensors: [Tensor<'_>; 1024] = table::tensors(&layers);
            assert_eq!(most, plan.tensors.len(), "{name}");
            for (tensor, wanted) in tensors.iter().zip(&plan.tensors) {
                assert_eq!(
                    (tensor.name.to_string(), tensor.shape),
                    (wanted.name.clone(), &wanted.shape[..]),
                    "{name}"
                );
            }
            assert_eq!(table::packed::<1024>(&layers)[..layers.len()], plan.layers, "{name}");
        }
    }

    #[test]
    fn a_manifest_names_every_tensor_and_says_how_each_layer_is_packed() {
        insta::assert_snapshot!(text(&["head: none", "last: none"]), @r#"
        const MANIFEST: &'static ::mnv3::__private::Manifest<'static> = {
            use ::mnv3::Tensor;
            use ::mnv3::__private::{Layout, Manifest, Naming, PackedLayer, Packing};
            use ::mnv3::__private::table::{self, dense, depthwise, FileForm, FileLayer};
            const NORM: FileForm<'static> = FileForm::new(Layout::Oihw, ".0.weight")
                .norm(0.001, [".1.weight", ".1.bias", ".1.running_mean", ".1.running_var"]);
            const BIAS: FileForm<'static> = FileForm::new(Layout::Oihw, ".weight")
                .bias(".bias");
            const LAYERS: &[FileLayer<'static>] = &[
                dense("features.0", NORM, &[16, 3, 3, 3]).at(0),
                depthwise("features.1.block.0", NORM, &[16, 1, 3, 3]).at(1792),
                dense("features.1.block.1.fc1", BIAS, &[8, 16, 1, 1]).at(2432),
                dense("features.1.block.1.fc2", BIAS, &[16, 8, 1, 1]).at(3520),
                dense("features.1.block.2", NORM, &[16, 16, 1, 1]).at(4096),
                dense("features.2.block.0", NORM, &[40, 16, 1, 1]).at(5184),
                depthwise("features.2.block.1", NORM, &[40, 1, 3, 5]).at(8448),
                dense("features.2.block.2", NORM, &[24, 40, 1, 1]).at(11520),
            ];
            const TENSORS: [Tensor<'static>; table::tensor_count(LAYERS)] = table::tensors(
                LAYERS,
            );
            const PACKED: [PackedLayer; LAYERS.len()] = table::packed(LAYERS);
            &Manifest {
                network: "Tiny",
                dialect: "torchvision",
                naming: Naming::Exact,
                tensors: &TENSORS,
                layers: &PACKED,
                bytes: 16768,
            }
        };
        "#);
    }

    #[test]
    fn matrices_in_half_precision_are_those_of_squeeze_excite_and_head_and_take_half_the_room() {
        insta::assert_snapshot!(layers(&["matrices: f16"]), @r#"
        dense("features.0", NORM, &[16, 3, 3, 3]).at(0),
        depthwise("features.1.block.0", NORM, &[16, 1, 3, 3]).at(1792),
        dense("features.1.block.1.fc1", F16_BIAS, &[8, 16, 1, 1]).at(2432),
        dense("features.1.block.1.fc2", F16_BIAS, &[16, 8, 1, 1]).at(3008),
        dense("features.1.block.2", NORM, &[16, 16, 1, 1]).at(3328),
        dense("features.2.block.0", NORM, &[40, 16, 1, 1]).at(4416),
        depthwise("features.2.block.1", NORM, &[40, 1, 3, 5]).at(7680),
        dense("features.2.block.2", NORM, &[24, 40, 1, 1]).at(10752),
        dense("features.3", NORM, &[32, 24, 1, 1]).at(16000),
        dense("classifier.0", F16_BIAS, &[20, 32]).at(19200),
        dense("classifier.3", F16_BIAS, &[5, 20]).at(21376),
        "#);
    }

    #[test]
    fn matrices_in_int8_take_a_quarter_of_the_room_and_have_scales_behind_their_biases() {
        let all = layers(&["matrices: i8"]);
        let packed: Vec<&str> = all.lines().filter(|layer| layer.contains("I8")).collect();
        insta::assert_snapshot!(packed.join("\n"), @r#"
        dense("features.1.block.1.fc1", I8_BIAS, &[8, 16, 1, 1]).at(2432),
        dense("features.1.block.1.fc2", I8_BIAS, &[16, 8, 1, 1]).at(2816),
        dense("classifier.0", I8_BIAS, &[20, 32]).at(18944),
        dense("classifier.3", I8_BIAS, &[5, 20]).at(20224),
        "#);
    }

    #[test]
    fn layers_in_eight_bits_say_what_scales_are_around_them() {
        // 43 tensors, then the mark of the network, then pairs: of the image, of the stem, and so on.
        let all = layers(&["precision: int8"]).replace('\n', "");
        let around = [
            ".int8(Around::new(44, 46, HARD_SWISH).of_image())",
            ".int8(Around::new(46, 48, RELU))",
            ".int8(Around::new(50, 52, LINEAR).adding(46))",
        ];
        assert!(around.iter().all(|text| all.contains(text)), "{all}");
        assert_eq!(all.matches("Around").count(), 7, "{all}");
    }

    #[test]
    fn biases_layout_and_automatic_names_follow_the_dialect() {
        let keys = ["dialect: tf2", "head: none", "last: none"];
        assert!(text(&keys).contains("naming: Naming::KerasAutomatic,"));
        insta::assert_snapshot!(layers(&keys), @r#"
        dense("conv2d", BIAS_NORM, &[3, 3, 3, 16]).norm("batch_normalization").at(0),
        dense("conv2d_1", BIAS_NORM, &[1, 1, 16, 16])
        .norm("batch_normalization_1")
        .at(1792),
        depthwise("depthwise_conv2d", BIAS_NORM2, &[3, 3, 16, 1])
        .norm("batch_normalization_2")
        .at(2880),
        dense("dense", BIAS, &[16, 8]).at(3520),
        dense("dense_1", BIAS, &[8, 16]).at(4608),
        dense("conv2d_2", BIAS_NORM, &[1, 1, 16, 16])
        .norm("batch_normalization_3")
        .at(5184),
        dense("conv2d_3", BIAS_NORM, &[1, 1, 16, 40])
        .norm("batch_normalization_4")
        .at(6272),
        depthwise("depthwise_conv2d_1", BIAS_NORM2, &[3, 5, 40, 1])
        .norm("batch_normalization_5")
        .at(9536),
        dense("conv2d_4", BIAS_NORM, &[1, 1, 40, 24])
        .norm("batch_normalization_6")
        .at(12608),
        "#);
    }
}
