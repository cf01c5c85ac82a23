//! The items that a network compiles to: its name, what is known of it while compiling, and its forward function.

use super::literals::{literals, usize_literal};
use super::locals::slot_name;
use super::statements::statements;
use super::{act, comment::Comments, detector, doc, manifest, maps, preprocess, windows};
use crate::plan::{Plan, WorkspacePlan};
use crate::weights::WeightsFile;
use mnv3_spec::network::{ClassNames, Classes, Head, LabelSet, Network, OutputActivation, Segment};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

pub(super) fn emit(network: &Network, weights: Option<&WeightsFile>, comments: &mut Comments) -> TokenStream {
    let plan = Plan::new(network);
    let name = format_ident!("{}", network.name);
    let model = format_ident!("{}Model", network.name);
    let workspace = format_ident!("{}Workspace", network.name);
    let doc = doc::of_network(&plan);
    let model_doc = format!(" What is known of [`{}`] without its weights.", network.name);
    let workspace_doc = format!(" The memory that [`{}`] runs in.", network.name);
    let maps = maps::maps(&plan);
    let maps_type = match &maps {
        Some(maps) => {
            let name = &maps.name;
            quote!(#name<'w>)
        }
        None => quote!(()),
    };
    let maps_item = maps.as_ref().map(|maps| &maps.item);
    let facts = facts(&plan);
    let forward = forward(&plan, &model, maps.as_ref(), comments);
    let embeds = weights.map(|file| embeds(&model, file));
    let prepares = preprocess::emit(network, &model);
    quote! {
        #(#[doc = #doc])*
        pub type #name = ::mnv3::Compiled<#model>;

        #[doc = #workspace_doc]
        pub type #workspace = ::mnv3::Workspace<#model>;

        #maps_item

        #[doc = #model_doc]
        #[derive(Debug)]
        pub enum #model {}

        #forward

        impl ::mnv3::Model for #model {
            type Maps<'w> = #maps_type;
            #facts
        }

        #embeds

        #prepares
    }
}

/// Sizes, counts and the table of weights.
fn facts(plan: &Plan<'_>) -> TokenStream {
    let network = plan.network;
    let text = &network.name;
    let input = network.input;
    let [h, w, c, floats] = literals([input.h, input.w, input.c, input.h * input.w * input.c]);
    let parameters = Literal::u64_unsuffixed(network.parameters());
    let multiply_adds = Literal::u64_unsuffixed(network.multiply_adds());
    let [workspace, scratch] = literals([plan.workspace.floats(), plan.workspace.scratch.len]);
    let manifest = manifest::emit(plan);
    let labels = network.class_names.as_ref().map(labels);
    let head = match &network.head {
        Some(Head::Classify(_)) => quote!(Vector),
        Some(Head::Segment(_)) => quote!(Maps<::mnv3::head::Logits>),
        Some(Head::Detect(_)) => quote!(Maps<::mnv3::head::Boxes>),
        None => quote!(Maps<::mnv3::head::Features>),
    };
    quote! {
        type Head = ::mnv3::head::#head;
        type Input = [f32; #floats];
        const NAME: &'static str = #text;
        const INPUT_SIZE: [usize; 3] = [#h, #w, #c];
        #labels
        const PARAMETERS: u64 = #parameters;
        const MULTIPLY_ADDS: u64 = #multiply_adds;
        const WORKSPACE_FLOATS: usize = #workspace;
        const SCRATCH_FLOATS: usize = #scratch;
        const MANIFEST: &'static ::mnv3::__private::Manifest<'static> = #manifest;
    }
}

/// What the classes are called.
fn labels(names: &ClassNames) -> TokenStream {
    let labels = match names {
        ClassNames::Set(set) => {
            let set = match set {
                LabelSet::ImageNet => quote!(ImageNet),
                LabelSet::ImageNetBackground => quote!(ImageNetBackground),
                LabelSet::ImageNet21kP => quote!(ImageNet21kP),
                LabelSet::Coco => quote!(Coco),
                LabelSet::Voc => quote!(Voc),
            };
            quote!(Set(::mnv3::LabelSet::#set))
        }
        ClassNames::Own(names) => quote!(Names(&[#(#names),*])),
    };
    quote!(const LABELS: ::mnv3::Labels<'static> = ::mnv3::Labels::#labels;)
}

/// The forward function, in the trait of classifiers or of networks that give maps; and what is known of the network's kind.
fn forward(plan: &Plan<'_>, model: &Ident, maps: Option<&maps::MapsStruct>, comments: &mut Comments) -> TokenStream {
    let acts = act::constants(&plan.graph);
    let windows = windows::aliases(plan);
    let slots = slots(&plan.workspace);
    let statements = statements(plan, 0..plan.steps.len(), comments);
    let value = maps.map(|maps| &maps.value);
    let returned = maps.map(|maps| {
        let name = &maps.name;
        quote!(-> #name<'w>)
    });
    let output = plan.network.vector().map(|width| {
        let width = usize_literal(width);
        match plan.network.classes() {
            Some(_) => quote!(scores: &mut [f32; #width],),
            None => quote!(embedding: &mut [f32; #width],),
        }
    });
    let forward = quote! {
        fn forward_on<'w>(
            weights: &'w ::mnv3::__private::Engine,
            cpu: ::mnv3::__private::Cpu<'_>,
            workspace: &'w mut ::mnv3::Workspace<Self>,
            image: &<Self as ::mnv3::Model>::Input,
            #output
            observer: &mut impl ::mnv3::Observer,
        ) #returned {
            #[allow(unused_imports, reason = "not every network has a layer of each kind")]
            use ::mnv3::layers::{
                self, int8, inverted_residual, AddInput, AddMap, Depthwise, Dilation, Image, InvertedResidual, Kernel, Map, NoExpand, NoGate, NoResidual,
                Padding, Pointwise, Pool, SqueezeExcite, Stem, Stride, Vector,
            };
            use ::mnv3::__private::Act;
            #windows
            #acts
            #slots
            #statements
            #value
        }
    };
    let implements = |name: TokenStream, items: TokenStream| {
        quote! {
            #[allow(clippy::all, clippy::pedantic, reason = "generated")]
            impl ::mnv3::#name for #model {
                #items
            }
        }
    };
    match &plan.network.head {
        Some(Head::Classify(_)) => {
            let width = plan.network.vector().map(usize_literal);
            let pooled = implements(quote!(Pooled), quote!(type Output = [f32; #width]; #forward));
            let classifier = plan
                .network
                .classes()
                .map(|classes| implements(quote!(Classifier), classifier(classes)));
            quote!(#pooled #classifier)
        }
        Some(Head::Segment(head)) => {
            let maps = implements(quote!(MapModel), forward);
            let (segmenter, placing) = (segmenter(head), preprocess::placing(plan.network));
            let segmenter = implements(quote!(Segmenter), quote!(#placing #segmenter));
            quote!(#maps #segmenter)
        }
        Some(Head::Detect(head)) => {
            let maps = implements(quote!(MapModel), forward);
            let (detector, placing) = (
                detector::emit(head, plan.network.input),
                preprocess::placing(plan.network),
            );
            let detector = implements(quote!(Detector), quote!(#placing #detector));
            quote!(#maps #detector)
        }
        None => {
            let maps = implements(quote!(MapModel), forward);
            let backbone = implements(quote!(Backbone), backbone(plan.network));
            quote!(#maps #backbone)
        }
    }
}

/// A buffer for each slot of the workspace, and one for scratch.
fn slots(workspace: &WorkspacePlan) -> TokenStream {
    let mut statements = quote!(let mut slots = workspace.slots(););
    for (slot, region) in workspace.slots.iter().enumerate() {
        let (name, floats) = (slot_name(slot), usize_literal(region.len));
        statements.extend(quote!(let #name = slots.take::<#floats>();));
    }
    let scratch = usize_literal(workspace.scratch.len);
    quote!(#statements let scratch = slots.take::<#scratch>();)
}

/// What is known of scores.
fn classifier(classes: &Classes) -> TokenStream {
    let count = usize_literal(classes.layer.output);
    let activation = match classes.activation {
        OutputActivation::Identity => quote!(Identity),
        OutputActivation::Softmax => quote!(Softmax),
        OutputActivation::Sigmoid => quote!(Sigmoid),
    };
    quote! {
        const CLASSES: usize = #count;
        const ACTIVATION: ::mnv3::OutputActivation = ::mnv3::OutputActivation::#activation;
    }
}

/// What a network without a head has beside the forward function.
fn backbone(network: &Network) -> TokenStream {
    let shape = network.features();
    let [h, w, c] = literals([shape.h, shape.w, shape.c]);
    quote! {
        const FEATURES: [usize; 3] = [#h, #w, #c];

        fn features<'w>(maps: &<Self as ::mnv3::Model>::Maps<'w>) -> ::mnv3::MapView<'w> {
            maps.features.view()
        }
    }
}

/// What a network that segments has beside the forward function.
fn segmenter(Segment { classes, .. }: &Segment) -> TokenStream {
    let classes = usize_literal(*classes);
    quote! {
        const CLASSES: usize = #classes;

        fn logits<'w>(maps: &<Self as ::mnv3::Model>::Maps<'w>) -> ::mnv3::MapView<'w> {
            maps.logits.view()
        }
    }
}

/// Weights that need no file at run time.
fn embeds(model: &Ident, file: &WeightsFile) -> TokenStream {
    let path = &file.path;
    let body = if file.prepacked {
        let bytes = usize_literal(file.bytes);
        quote! {
            static FILE: ::mnv3::__private::Embedded<#bytes> =
                ::mnv3::__private::Embedded(*::core::include_bytes!(#path));
            ::mnv3::__private::Engine::embedded(&FILE, <Self as ::mnv3::Model>::MANIFEST)
        }
    } else {
        quote! {
            let file = ::core::include_bytes!(#path);
            match ::mnv3::__private::Engine::from_safetensors(file, <Self as ::mnv3::Model>::MANIFEST) {
                ::core::result::Result::Ok(engine) => engine,
                ::core::result::Result::Err(_) => ::core::unreachable!("the file was checked while compiling"),
            }
        }
    };
    quote! {
        impl ::mnv3::Embeds for #model {
            fn engine() -> ::mnv3::__private::Engine {
                #body
            }
        }
    }
}
