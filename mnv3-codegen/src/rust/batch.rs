//! The functions that take many images.

use super::{items::scores, literals, usize_literal};
use crate::plan::Plan;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// `forward_batch`, over ndarray, and `forward_batch_into`, which allocates nothing.
pub(super) fn emit(plan: &Plan<'_>) -> TokenStream {
    let network = plan.network;
    let (text, workspace) = (&network.name, format_ident!("{}Workspace", network.name));
    let input = network.input;
    let [pixels] = literals([input.h * input.w * input.c]);
    let image = format!("N images of {} x {} x {}", input.h, input.w, input.c);
    let Some(head) = &network.head else {
        let shape = network.features();
        let [h, w, c, floats] = literals([shape.h, shape.w, shape.c, shape.h * shape.w * shape.c]);
        let doc = format!(
            " {image} to the last map of each, N x {} x {} x {}.",
            shape.h, shape.w, shape.c
        );
        let run = quote!(
            self.forward_on(cpu, workspace, image, &mut ())
                .features
                .copy_to::<#floats>(output)
        );
        return over_ndarray(text, &doc, &quote!(Array4), &quote!(#h, #w, #c), &run);
    };
    let classes = usize_literal(head.classes.output);
    // Tapped maps stay in the workspaces, where the next image overwrites them.
    let run = match network.taps.is_empty() {
        true => quote!(self.forward_on(cpu, workspace, image, output, &mut ())),
        false => quote!(_ = self.forward_on(cpu, workspace, image, output, &mut ())),
    };
    let doc = format!(" {image} to N x {}.", scores(head));
    let forward_batch = over_ndarray(text, &doc, &quote!(Array2), &classes, &run);
    let into_doc = format!(" {image} to {} each; allocates nothing.", scores(head));
    quote! {
        #forward_batch

        #[doc = #into_doc]
        ///
        /// As many images at a time as there are workspaces and threads.
        ///
        /// # Errors
        /// `images` and `scores` differ in length, or there is no workspace.
        pub fn forward_batch_into(
            &self,
            workspaces: &mut [#workspace],
            images: &[[f32; #pixels]],
            scores: &mut [[f32; #classes]],
        ) -> ::core::result::Result<(), ::mnv3::BatchError> {
            self.weights.run_batch(workspaces, images, scores, |cpu, workspace, image, output| #run)
        }
    }
}

fn over_ndarray(text: &str, doc: &str, array: &TokenStream, shape: &TokenStream, run: &TokenStream) -> TokenStream {
    quote! {
        #[doc = #doc]
        ///
        /// With threads, each image runs on one of them.
        ///
        /// # Errors
        /// The images have another shape.
        pub fn forward_batch(
            &self,
            images: ::mnv3::ndarray::ArrayView4<'_, f32>,
        ) -> ::core::result::Result<::mnv3::ndarray::#array<f32>, ::mnv3::ShapeError> {
            let images = ::mnv3::packed_batch(#text, Self::INPUT_SIZE, images)?;
            let mut outputs = ::mnv3::ndarray::#array::zeros([images.len_of(::mnv3::ndarray::Axis(0)), #shape]);
            self.weights.run_arrays(Self::workspace, images.view(), &mut outputs, |cpu, workspace, image, output| #run);
            ::core::result::Result::Ok(outputs)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::rust::emitted::{associated, tiny};

    fn text(lines: &[&str]) -> String {
        associated(super::emit(&Plan::new(&tiny(lines))))
    }

    #[test]
    fn scores_of_each_image() {
        insta::assert_snapshot!(text(&[]), @r#"
        /// N images of 16 x 24 x 3 to N x 5 logits.
        ///
        /// With threads, each image runs on one of them.
        ///
        /// # Errors
        /// The images have another shape.
        pub fn forward_batch(
            &self,
            images: ::mnv3::ndarray::ArrayView4<'_, f32>,
        ) -> ::core::result::Result<::mnv3::ndarray::Array2<f32>, ::mnv3::ShapeError> {
            let images = ::mnv3::packed_batch("Tiny", Self::INPUT_SIZE, images)?;
            let mut outputs = ::mnv3::ndarray::Array2::zeros([
                images.len_of(::mnv3::ndarray::Axis(0)),
                5,
            ]);
            self.weights
                .run_arrays(
                    Self::workspace,
                    images.view(),
                    &mut outputs,
                    |cpu, workspace, image, output| {
                        self.forward_on(cpu, workspace, image, output, &mut ())
                    },
                );
            ::core::result::Result::Ok(outputs)
        }
        /// N images of 16 x 24 x 3 to 5 logits each; allocates nothing.
        ///
        /// As many images at a time as there are workspaces and threads.
        ///
        /// # Errors
        /// `images` and `scores` differ in length, or there is no workspace.
        pub fn forward_batch_into(
            &self,
            workspaces: &mut [TinyWorkspace],
            images: &[[f32; 1152]],
            scores: &mut [[f32; 5]],
        ) -> ::core::result::Result<(), ::mnv3::BatchError> {
            self.weights
                .run_batch(
                    workspaces,
                    images,
                    scores,
                    |cpu, workspace, image, output| {
                        self.forward_on(cpu, workspace, image, output, &mut ())
                    },
                )
        }
        "#);
    }

    #[test]
    fn tapped_maps_are_not_handed_out() {
        insta::assert_snapshot!(text(&["taps: { c1: 1 }"]), @r#"
        /// N images of 16 x 24 x 3 to N x 5 logits.
        ///
        /// With threads, each image runs on one of them.
        ///
        /// # Errors
        /// The images have another shape.
        pub fn forward_batch(
            &self,
            images: ::mnv3::ndarray::ArrayView4<'_, f32>,
        ) -> ::core::result::Result<::mnv3::ndarray::Array2<f32>, ::mnv3::ShapeError> {
            let images = ::mnv3::packed_batch("Tiny", Self::INPUT_SIZE, images)?;
            let mut outputs = ::mnv3::ndarray::Array2::zeros([
                images.len_of(::mnv3::ndarray::Axis(0)),
                5,
            ]);
            self.weights
                .run_arrays(
                    Self::workspace,
                    images.view(),
                    &mut outputs,
                    |cpu, workspace, image, output| {
                        _ = self.forward_on(cpu, workspace, image, output, &mut ());
                    },
                );
            ::core::result::Result::Ok(outputs)
        }
        /// N images of 16 x 24 x 3 to 5 logits each; allocates nothing.
        ///
        /// As many images at a time as there are workspaces and threads.
        ///
        /// # Errors
        /// `images` and `scores` differ in length, or there is no workspace.
        pub fn forward_batch_into(
            &self,
            workspaces: &mut [TinyWorkspace],
            images: &[[f32; 1152]],
            scores: &mut [[f32; 5]],
        ) -> ::core::result::Result<(), ::mnv3::BatchError> {
            self.weights
                .run_batch(
                    workspaces,
                    images,
                    scores,
                    |cpu, workspace, image, output| {
                        _ = self.forward_on(cpu, workspace, image, output, &mut ());
                    },
                )
        }
        "#);
    }

    #[test]
    fn without_a_head_the_last_map_of_each_image() {
        insta::assert_snapshot!(text(&["head: none", "last: none"]), @r#"
        /// N images of 16 x 24 x 3 to the last map of each, N x 4 x 12 x 24.
        ///
        /// With threads, each image runs on one of them.
        ///
        /// # Errors
        /// The images have another shape.
        pub fn forward_batch(
            &self,
            images: ::mnv3::ndarray::ArrayView4<'_, f32>,
        ) -> ::core::result::Result<::mnv3::ndarray::Array4<f32>, ::mnv3::ShapeError> {
            let images = ::mnv3::packed_batch("Tiny", Self::INPUT_SIZE, images)?;
            let mut outputs = ::mnv3::ndarray::Array4::zeros([
                images.len_of(::mnv3::ndarray::Axis(0)),
                4,
                12,
                24,
            ]);
            self.weights
                .run_arrays(
                    Self::workspace,
                    images.view(),
                    &mut outputs,
                    |cpu, workspace, image, output| {
                        self
                            .forward_on(cpu, workspace, image, &mut ())
                            .features
                            .copy_to::<1152>(output)
                    },
                );
            ::core::result::Result::Ok(outputs)
        }
        "#);
    }
}
