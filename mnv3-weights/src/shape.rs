//! Why a tensor is of another shape, as far as the shape says it.

use mnv3_ir::Layout;

/// What follows "the network wants ..." of a tensor; `first` is the network's kernel for images, and `layout` that of
/// the wanted kernel, if it is one.
pub(crate) fn hint(want: &[usize], found: &[usize], first: bool, layout: Option<Layout>) -> String {
    if let Some(other) = layout.and_then(|layout| other_layout(want, found, layout)) {
        return other.to_owned();
    }
    if let (&[a, b], &[c, d]) = (want, found)
        && [a, b] == [d, c]
    {
        return format!(
            "; it lies transposed: write `conventions: {{ matrix_layout: {} }}` in the spec",
            match layout {
                Some(Layout::Hwio) => "oi",
                _ => "io",
            }
        );
    }
    let differing: Vec<usize> = (0..want.len()).filter(|&i| found.get(i) != Some(&want[i])).collect();
    match (&differing[..], want.len() == found.len()) {
        // Axis 1 is that of the input in PyTorch's layout, 2 in Keras'.
        ([axis @ (1 | 2)], true) if first && want.len() == 4 && want[*axis].max(found[*axis]) <= 4 => {
            let (want, found) = (want[*axis], found[*axis]);
            format!(
                "; it is for images of {}, the spec for {}: write `channels: {found}` in the spec's `input`{}",
                channels(found),
                channels(want),
                if want == 1 {
                    ", or sum the colours with `mnv3 convert --grey`"
                } else {
                    ""
                }
            )
        }
        ([0], true) => format!("; {} outputs where the spec has {}", found[0], want[0]),
        _ => String::new(),
    }
}

fn channels(n: usize) -> String {
    match n {
        1 => "1 channel (grey)".to_owned(),
        3 => "3 channels (colour)".to_owned(),
        n => format!("{n} channels"),
    }
}

/// What to write where a kernel lies in the other layout.
fn other_layout(want: &[usize], found: &[usize], layout: Layout) -> Option<&'static str> {
    let &[a, b, c, d] = want else {
        return None;
    };
    // Keras stores depthwise kernels as [kh, kw, channels, 1].
    let (full, depthwise) = match layout {
        Layout::Oihw => ([c, d, b, a], b == 1),
        Layout::Hwio => ([d, c, a, b], d == 1),
    };
    if found != full && !(depthwise && found == [c, d, a, b]) {
        return None;
    }
    Some(match layout {
        Layout::Oihw => {
            "; it lies in the layout HWIO, as Keras has it: write `conventions: { layout: hwio }` in the spec"
        }
        Layout::Hwio => {
            "; it lies in the layout OIHW, as PyTorch has it: write `conventions: { layout: oihw }` in the spec"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OIHW: Option<Layout> = Some(Layout::Oihw);
    const HWIO: Option<Layout> = Some(Layout::Hwio);

    #[test]
    fn another_layout_is_told_from_other_sizes() {
        assert!(hint(&[20, 3, 5, 5], &[5, 5, 3, 20], true, OIHW).contains("layout: hwio"));
        assert!(hint(&[20, 1, 5, 5], &[5, 5, 20, 1], false, OIHW).contains("layout: hwio"));
        assert!(hint(&[5, 5, 3, 20], &[20, 3, 5, 5], true, HWIO).contains("layout: oihw"));
        assert!(hint(&[5, 5, 20, 1], &[20, 1, 5, 5], false, HWIO).contains("layout: oihw"));
        // The same sizes in an order that no library has.
        assert_eq!(hint(&[20, 3, 5, 5], &[3, 20, 5, 5], false, OIHW), "");
        assert!(hint(&[7, 20], &[20, 7], false, OIHW).contains("matrix_layout: io"));
        assert!(hint(&[7, 20], &[20, 7], false, HWIO).contains("matrix_layout: oi"));
    }

    #[test]
    fn grey_and_colour_images_are_told_apart_in_the_first_layer_alone() {
        let told = hint(&[16, 1, 3, 3], &[16, 3, 3, 3], true, OIHW);
        assert_eq!(
            told,
            "; it is for images of 3 channels (colour), the spec for 1 channel (grey): write `channels: 3` in the spec's `input`, or \
             sum the colours with `mnv3 convert --grey`"
        );
        assert!(hint(&[3, 3, 3, 16], &[3, 3, 1, 16], true, HWIO).contains("write `channels: 1`"));
        assert_eq!(hint(&[16, 1, 3, 3], &[16, 3, 3, 3], false, OIHW), "");
        assert_eq!(hint(&[16, 8, 3, 3], &[16, 24, 3, 3], true, OIHW), "");
    }
}
