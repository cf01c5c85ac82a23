//! The functions that a network has with the feature `image`: generated code names them, features decide.
//!
//! A macro, because a feature of this crate is not seen by `cfg` in the crate of a user.

/// Nothing without the feature `image`.
#[cfg(not(feature = "image"))]
#[doc(hidden)]
#[macro_export]
macro_rules! image_functions {
    ($($recipe:tt)*) => {};
}

/// Functions of an `impl` block: `preprocess`, and `classify` where it is said whether scores went through softmax.
#[cfg(feature = "image")]
#[doc(hidden)]
#[macro_export]
macro_rules! image_functions {
    (
        fit: $fit:ident $(($cover:expr))?,
        filter: $filter:ident,
        mean: $mean:expr,
        std: $std:expr
        $(, softmax: $softmax:expr)?
    ) => {
        /// An image to the network's input, in the way that its spec says: resized, cropped, from 0..1 to the range
        /// that its weights were trained with. Height x width x channels (red, green, blue, or luma).
        ///
        /// # Errors
        /// The image has no pixels.
        pub fn preprocess(
            image: &$crate::image::DynamicImage,
        ) -> ::core::result::Result<$crate::ndarray::Array3<f32>, $crate::image::ImageError> {
            let recipe = $crate::image::Recipe {
                fit: $crate::image::Fit::$fit $(($cover))?,
                filter: $crate::image::Filter::$filter,
                mean: &$mean,
                std: &$std,
            };
            recipe.prepare(image, Self::INPUT_SIZE)
        }

        $(
            /// The `k` most probable classes of an image, the most probable first.
            ///
            /// # Errors
            /// Those of `preprocess`.
            pub fn classify(
                &self,
                image: &$crate::image::DynamicImage,
                k: usize,
            ) -> ::core::result::Result<::std::vec::Vec<$crate::image::Class>, $crate::image::ImageError> {
                match self.forward(Self::preprocess(image)?.view()) {
                    ::core::result::Result::Ok(scores) => ::core::result::Result::Ok(
                        $crate::image::top(scores.to_vec(), $softmax, k),
                    ),
                    ::core::result::Result::Err(_) => ::core::unreachable!("preprocess gives the size of the input"),
                }
            }
        )?
    };
}
