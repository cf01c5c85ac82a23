//! What a network has with the feature `image`: generated code names it, features decide.
//!
//! A macro, because a feature of this crate is not seen by `cfg` in the crate of a user.

/// Nothing without the feature `image`.
#[cfg(not(feature = "image"))]
#[doc(hidden)]
#[macro_export]
macro_rules! prepares {
    ($($recipe:tt)*) => {};
}

/// How pictures become the input of a network.
#[cfg(feature = "image")]
#[doc(hidden)]
#[macro_export]
macro_rules! prepares {
    (
        $model:ident,
        fit: $fit:ident $(($number:expr))?,
        filter: $filter:ident,
        $(order: $order:ident,)?
        $(fill: $fill:expr,)?
        mean: $mean:expr,
        std: $std:expr
    ) => {
        impl $crate::image::Prepares for $model {
            const RECIPE: $crate::image::Recipe<'static> = $crate::image::Recipe {
                fit: $crate::image::Fit::$fit $(($number))?,
                filter: $crate::image::Filter::$filter,
                mean: &$mean,
                std: &$std,
                ..$crate::image::Recipe::PLAIN
            }
            $(.ordered($crate::image::ChannelOrder::$order))?
            $(.filled(&$fill))?;
        }
    };
}
