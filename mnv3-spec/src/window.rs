//! Where windows lie on maps: padding and sizes.

use crate::dialect::PaddingRule;
use crate::network::Window;

/// Zeros before and after, and how many outputs, of one axis; `None` where the window does not fit.
fn axis(padding: PaddingRule, n: usize, k: usize, s: usize, d: usize) -> Option<([usize; 2], usize)> {
    let reach = d * (k - 1) + 1;
    let pad = match padding {
        PaddingRule::Symmetric => [(k - 1) / 2 * d; 2],
        PaddingRule::Same => {
            let out = n.div_ceil(s);
            let total = ((out - 1) * s + reach).saturating_sub(n);
            [total / 2, total - total / 2]
        }
    };
    let out = (n + pad[0] + pad[1]).checked_sub(reach)? / s + 1;
    Some((pad, out))
}

/// A window on a map of `size`, and the size of what it yields.
pub(crate) fn window(
    padding: PaddingRule,
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Option<(Window, [usize; 2])> {
    let (pad_h, h) = axis(padding, size[0], kernel[0], stride[0], dilation[0])?;
    let (pad_w, w) = axis(padding, size[1], kernel[1], stride[1], dilation[1])?;
    Some((
        Window {
            kernel,
            stride,
            dilation,
            pad_h,
            pad_w,
        },
        [h, w],
    ))
}
