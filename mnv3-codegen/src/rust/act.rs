//! Non-linearities.

use mnv3_spec::network::Act;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The runtime's name of a non-linearity.
pub(super) fn emit(act: Act) -> TokenStream {
    match act {
        Act::Identity => quote!(Act::Identity),
        Act::Relu => quote!(Act::Relu),
        Act::Relu6 => quote!(Act::Relu6),
        Act::HardSigmoid { slope, offset } => {
            let (slope, offset) = (Literal::f32_unsuffixed(slope), Literal::f32_unsuffixed(offset));
            quote!(Act::HardSigmoid { slope: #slope, offset: #offset })
        }
        Act::HardSwish { slope, offset } => {
            let (slope, offset) = (Literal::f32_unsuffixed(slope), Literal::f32_unsuffixed(offset));
            quote!(Act::HardSwish { slope: #slope, offset: #offset })
        }
    }
}
