//! The items that a network compiles to: the struct, its constants and its functions.

use super::{act, batch, comment::Comments, literals, manifest, maps, preprocess, statements, usize_literal};
use crate::plan::Plan;
use crate::weights::WeightsFile;
use mnv3_ir::Visible;
use mnv3_spec::network::{Head, Network};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

pub(super) fn emit(network: &Network, weights: Option<&WeightsFile>, comments: &mut Comments) -> TokenStream {
    let plan = Plan::new(network);
    let (name, text) = (format_ident!("{}", network.name), &network.name);
    let workspace_name = format_ident!("{}Workspace", network.name);
    let doc = format!(
        " {}, compiled from `{}` (dialect {}).",
        network.name,
        Visible(&network.file),
        network.dialect
    );
    let workspace_doc = format!(" The memory that [`{}`] runs in.", network.name);
    let [even, odd, scratch, taps] = literals(plan.workspace);
    let manifest = manifest::emit(&plan);
    let constants = constants(&plan);
    let functions = functions(&plan, comments);
    let embedded = weights.map(embedded);
    let maps = maps::maps(&plan).map(|maps| maps.item);
    let image_functions = preprocess::emit(network);
    quote! {
        #[doc = #doc]
        #[derive(Clone)]
        pub struct #name {
            weights: ::mnv3::Weights,
        }

        impl ::core::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                self.weights.describe(#text, Self::PARAMETERS, f)
            }
        }

        #[doc = #workspace_doc]
        pub type #workspace_name = ::mnv3::Workspace<#even, #odd, #scratch, #taps>;

        #maps

        #[allow(dead_code, clippy::all, clippy::pedantic)]
        impl #name {
            #constants

            /// Reads weights, folds batch norms into them and packs them for the kernels.
            ///
            /// # Errors
            /// Names every missing, mis-shaped or non-finite tensor of the file at once.
            pub fn from_safetensors(bytes: &[u8]) -> ::core::result::Result<Self, ::mnv3::WeightsError> {
                ::core::result::Result::Ok(Self { weights: ::mnv3::Weights::from_safetensors(bytes, Self::MANIFEST)? })
            }

            /// Reads a file that `mnv3 pack` made of this spec and its weights: nothing is left to fold or to pack.
            ///
            /// # Errors
            /// The file is cut off, damaged, or of another network.
            pub fn from_prepacked(bytes: &[u8]) -> ::core::result::Result<Self, ::mnv3::WeightsError> {
                ::core::result::Result::Ok(Self { weights: ::mnv3::Weights::from_prepacked(bytes, Self::MANIFEST)? })
            }

            #embedded

            /// The same weights, run at another SIMD level.
            #[must_use]
            pub fn with_level(self, level: ::mnv3::Level) -> Self {
                Self { weights: self.weights.with_level(level) }
            }

            /// The same weights, run on these threads: the layers of an image divided, or the images of a batch.
            #[must_use]
            pub fn with_threads(self, threads: ::mnv3::Threads) -> Self {
                Self { weights: self.weights.with_threads(threads, #scratch) }
            }

            /// Memory to run in: make it once, use it for every image.
            #[must_use]
            pub fn workspace() -> #workspace_name {
                ::mnv3::Workspace::new()
            }

            #functions

            #image_functions

            /// How a file's tensors become packed weights.
            const MANIFEST: &'static ::mnv3::Manifest<'static> = #manifest;
        }
    }
}

/// The function that needs no file at run time.
fn embedded(file: &WeightsFile) -> TokenStream {
    let path = &file.path;
    if file.prepacked {
        let bytes = usize_literal(file.bytes);
        quote! {
            /// The network with the packed weights that are part of the program, used where they lie.
            #[must_use]
            pub fn embedded() -> Self {
                static FILE: ::mnv3::Embedded<#bytes> = ::mnv3::Embedded(*::core::include_bytes!(#path));
                Self { weights: ::mnv3::Weights::embedded(&FILE) }
            }
        }
    } else {
        quote! {
            /// The network with the weights that are part of the program, folded and packed by this call.
            #[must_use]
            pub fn embedded() -> Self {
                match Self::from_safetensors(::core::include_bytes!(#path)) {
                    ::core::result::Result::Ok(network) => network,
                    ::core::result::Result::Err(_) => ::core::unreachable!("the file was checked while compiling"),
                }
            }
        }
    }
}

fn constants(plan: &Plan<'_>) -> TokenStream {
    let network = plan.network;
    let input = network.input;
    let [h, w, c] = literals([input.h, input.w, input.c]);
    let parameters = Literal::u64_unsuffixed(network.parameters());
    let multiply_adds = Literal::u64_unsuffixed(network.multiply_adds());
    let bytes = usize_literal(plan.workspace_bytes());
    let classes = network.head.as_ref().map(|head| {
        let classes = usize_literal(head.classes.output);
        quote! {
            /// Scores.
            pub const CLASSES: usize = #classes;
        }
    });
    quote! {
        /// Height, width and channels of the image.
        pub const INPUT_SIZE: [usize; 3] = [#h, #w, #c];
        #classes
        /// Trainable numbers: weights, biases, and the scale and shift of batch norms.
        pub const PARAMETERS: u64 = #parameters;
        /// Multiply-adds of one image in convolutions and linear layers.
        pub const MULTIPLY_ADDS: u64 = #multiply_adds;
        /// Bytes of a workspace.
        pub const WORKSPACE_BYTES: usize = #bytes;
        /// The tensors that a weights file must have, in the order of the structure.
        pub const TENSORS: &'static [::mnv3::Tensor<'static>] = Self::MANIFEST.tensors;
    }
}

fn functions(plan: &Plan<'_>, comments: &mut Comments) -> TokenStream {
    let network = plan.network;
    let workspace_name = format_ident!("{}Workspace", network.name);
    let acts = act::constants(&plan.graph);
    let statements = statements(plan, comments);
    let input = network.input;
    let [pixels] = literals([input.h * input.w * input.c]);
    let maps = maps::maps(plan);
    let (buffers, value) = maps.as_ref().map(|maps| (&maps.buffers, &maps.value)).unzip();
    let (lifetime, result) = match &maps {
        Some(maps) => {
            let name = &maps.name;
            (quote!('w,), quote!(-> #name<'w>))
        }
        None => (quote!('w,), quote!()),
    };
    let image = format!(
        "An image of {} x {} x {} (height, width, channels)",
        input.h, input.w, input.c
    );
    let to = match (&network.head, &maps) {
        (Some(head), None) => scores(head),
        (Some(head), Some(_)) => format!("{}, and the tapped maps", scores(head)),
        (None, _) => "the last map".to_owned(),
    };
    let into_doc = format!(" {image}, packed in that order, to {to}; allocates nothing.");
    let scores_type = network.head.as_ref().map(|head| {
        let classes = usize_literal(head.classes.output);
        quote!(scores: &mut [f32; #classes],)
    });
    let scores_value = network.head.as_ref().map(|_| quote!(scores,));
    let (forward, batch) = (forward(plan, &image), batch::emit(plan));
    quote! {
        #forward

        #[doc = #into_doc]
        pub fn forward_into<#lifetime>(
            &self,
            workspace: &'w mut #workspace_name,
            image: &[f32; #pixels],
            #scores_type
        ) #result {
            self.weights.run(move |cpu| self.forward_on(cpu, workspace, image, #scores_value &mut ()))
        }

        #batch

        /// Like `forward_into` on one thread, and shows the output of every block to `observer`.
        pub fn forward_observed<#lifetime>(
            &self,
            workspace: &'w mut #workspace_name,
            image: &[f32; #pixels],
            #scores_type
            observer: &mut impl ::mnv3::Observer,
        ) #result {
            self.forward_on(::mnv3::Cpu::one(self.weights.level()), workspace, image, #scores_value observer)
        }

        fn forward_on<#lifetime>(
            &self,
            cpu: ::mnv3::Cpu<'_>,
            workspace: &'w mut #workspace_name,
            image: &[f32; #pixels],
            #scores_type
            observer: &mut impl ::mnv3::Observer,
        ) #result {
            #[allow(unused_imports)]
            use ::mnv3::layers::{
                self, AddInput, Depthwise, Dilation, Image, Kernel, Map, NoExpand, NoGate, NoResidual, Padding, Pointwise,
                Pool, SqueezeExcite, Stem, Stride, Vector,
            };
            use ::mnv3::Act;
            #acts
            let weights = &self.weights;
            #[allow(unused_variables)]
            let (even, odd, scratch, taps) = workspace.split();
            #buffers
            #statements
            #value
        }
    }
}

/// The comfortable function, over ndarray.
fn forward(plan: &Plan<'_>, image: &str) -> TokenStream {
    let network = plan.network;
    let text = &network.name;
    let input = network.input;
    let [pixels] = literals([input.h * input.w * input.c]);
    let (doc, result, body) = match &network.head {
        Some(head) => {
            let classes = usize_literal(head.classes.output);
            let body = quote! {
                let mut scores = ::std::vec![0.0; #classes];
                self.forward_into(&mut Self::workspace(), &image, ::mnv3::layers::split_buffer(&mut scores).0);
                ::core::result::Result::Ok(::mnv3::ndarray::Array1::from_vec(scores))
            };
            (format!(" {image} to {}.", scores(head)), quote!(Array1), body)
        }
        None => {
            let body = quote! {
                ::core::result::Result::Ok(self.forward_into(&mut Self::workspace(), &image).features.to_array())
            };
            (
                format!(" {image} to the last map, in the same order."),
                quote!(Array3),
                body,
            )
        }
    };
    quote! {
        #[doc = #doc]
        ///
        /// # Errors
        /// The image has another shape.
        pub fn forward(
            &self,
            image: ::mnv3::ndarray::ArrayView3<'_, f32>,
        ) -> ::core::result::Result<::mnv3::ndarray::#result<f32>, ::mnv3::ShapeError> {
            let image = ::mnv3::packed::<#pixels>(#text, Self::INPUT_SIZE, image)?;
            #body
        }
    }
}

pub(super) fn scores(head: &Head) -> String {
    format!(
        "{} {}",
        head.classes.output,
        if head.softmax { "probabilities" } else { "logits" }
    )
}
