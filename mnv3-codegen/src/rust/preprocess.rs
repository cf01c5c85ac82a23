//! From pictures to input: one line, which the facade turns into a trait's implementation where its feature `image` is on.

use super::literals::literals;
use mnv3_spec::network::{ColourOrder, Filter, Fit, Network, Placing};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// Nothing where the spec says nothing of it, and for images that are neither grey nor of three colours.
pub(super) fn emit(network: &Network, model: &Ident) -> Option<TokenStream> {
    let preprocess = network.preprocess.as_ref()?;
    if !matches!(network.input.c, 1 | 3) {
        return None;
    }
    let fit = match preprocess.fit {
        Fit::Stretch => quote!(Stretch),
        Fit::Crop { resized } => {
            let [h, w] = literals(resized);
            quote!(Crop([#h, #w]))
        }
        Fit::Pad { placing } => {
            let placing = placing_name(placing);
            quote!(Pad(::mnv3::__private::Placing::#placing))
        }
        Fit::Line { windows: Some(windows) } => {
            let windows = Literal::usize_unsuffixed(windows);
            quote!(Line(#windows))
        }
        Fit::Line { windows: None } => quote!(SqueezedLine),
    };
    let filter = match preprocess.filter {
        Filter::Nearest => quote!(Nearest),
        Filter::Bilinear => quote!(Bilinear),
        Filter::Bicubic => quote!(Bicubic),
        Filter::BilinearSampled => quote!(BilinearSampled),
    };
    let order = (preprocess.order == ColourOrder::Bgr).then(|| quote!(order: Bgr,));
    let fill = preprocess.fill.as_ref().map(|fill| {
        let fill = reals(fill);
        quote!(fill: #fill,)
    });
    let (mean, std) = (reals(&preprocess.mean), reals(&preprocess.std));
    Some(quote! {
        ::mnv3::prepares! { #model, fit: #fit, filter: #filter, #order #fill mean: #mean, std: #std }
    })
}

/// How pictures lie in the input of a network whose head finds things in them; nothing where they fill it.
pub(super) fn placing(network: &Network) -> Option<TokenStream> {
    let placing = network.placing();
    (placing != Placing::Stretched).then(|| {
        let placing = placing_name(placing);
        quote! {
            const PLACING: ::mnv3::__private::Placing = ::mnv3::__private::Placing::#placing;
        }
    })
}

fn placing_name(placing: Placing) -> TokenStream {
    match placing {
        Placing::Stretched => quote!(Stretched),
        Placing::Centred => quote!(Centred),
        Placing::UpperLeft => quote!(UpperLeft),
    }
}

fn reals(list: &[f64]) -> TokenStream {
    let literals = list.iter().map(|&x| {
        let size = Literal::f64_unsuffixed(x.abs());
        if x < 0.0 { quote!(-#size) } else { quote!(#size) }
    });
    quote!([#(#literals),*])
}

#[cfg(test)]
mod tests {
    use crate::rust::emitted::{associated, tiny};
    use quote::format_ident;

    fn text(lines: &[&str]) -> Option<String> {
        super::emit(&tiny(lines), &format_ident!("TinyModel")).map(associated)
    }

    #[test]
    fn a_crop_names_the_box_that_is_covered_first() {
        insta::assert_snapshot!(text(&[]).unwrap(), @"
        ::mnv3::prepares! {
            TinyModel, fit : Crop([18, 27]), filter : Bilinear, mean : [0.485, 0.456, 0.406],
            std : [0.229, 0.224, 0.225]
        }
        ");
    }

    #[test]
    fn one_mean_and_one_std_are_written_for_each_channel() {
        let lines = [
            "preprocess: { fit: stretch, filter: nearest, mean: -0.5, std: 2 }",
            "last: none",
            "head: none",
        ];
        insta::assert_snapshot!(text(&lines).unwrap(), @"
        ::mnv3::prepares! {
            TinyModel, fit : Stretch, filter : Nearest, mean : [- 0.5, - 0.5, - 0.5], std :
            [2.0, 2.0, 2.0]
        }
        ");
    }

    #[test]
    fn a_line_has_its_windows() {
        let lines = ["preprocess: { fit: line, windows: 8, mean: 0.5, std: 0.5 }"];
        insta::assert_snapshot!(text(&lines).unwrap(), @r"
        ::mnv3::prepares! {
            TinyModel, fit : Line(8), filter : Bilinear, mean : [0.5, 0.5, 0.5], std : [0.5,
            0.5, 0.5]
        }
        ");
    }

    #[test]
    fn pictures_that_are_squeezed_or_padded_say_where_they_lie_and_what_is_beside_them() {
        let lines = ["preprocess: { fit: line, windows: none, order: bgr, mean: 0.5, std: 0.5 }"];
        insta::assert_snapshot!(text(&lines).unwrap(), @"
        ::mnv3::prepares! {
            TinyModel, fit : SqueezedLine, filter : Bilinear, order : Bgr, mean : [0.5, 0.5,
            0.5], std : [0.5, 0.5, 0.5]
        }
        ");
        let lines = ["preprocess: { fit: pad, place: upper-left, fill: [0, 0.5, 1], mean: 0.5, std: 0.5 }"];
        insta::assert_snapshot!(text(&lines).unwrap(), @"
        ::mnv3::prepares! {
            TinyModel, fit : Pad(::mnv3::__private::Placing::UpperLeft), filter : Bilinear,
            fill : [0.0, 0.5, 1.0], mean : [0.5, 0.5, 0.5], std : [0.5, 0.5, 0.5]
        }
        ");
    }

    #[test]
    fn nothing_is_emitted_where_a_spec_says_none_or_images_are_no_pictures() {
        assert_eq!(text(&["preprocess: none"]), None);
        let four = "input: { size: [16, 24], channels: 4 }";
        assert_eq!(text(&[four, "preprocess: { mean: 0, std: 1 }"]), None);
    }
}
