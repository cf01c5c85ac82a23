//! Sizes that must follow from others, in single precision as in eight bits. It is all found out while the user's crate compiles.

use crate::kernels::MOST_KERNEL_ROWS;
use mnv3_ir::{BlockSizes, Window};

/// Refuses rows and columns that a window does not give of a map.
pub(super) const fn follow(window: &Window, input: [usize; 2], output: [usize; 2]) {
    let follows = window.output(input);
    assert!(follows.is_some(), "the kernel reaches beyond the padded map");
    if let Some([rows, columns]) = follows {
        assert!(output[0] == rows, "rows out do not follow from rows in");
        assert!(output[1] == columns, "columns out do not follow from columns in");
    }
}

/// The sizes of a block that fits its input, and what is added, of height, width and channels.
pub(super) const fn block(sizes: BlockSizes, added: Option<[usize; 3]>) -> BlockSizes {
    follow(&sizes.window, sizes.input, sizes.output);
    if let Some([h, w, c]) = added {
        assert!(
            h == sizes.output[0] && w == sizes.output[1] && c == sizes.project,
            "block: what is added has another shape"
        );
    }
    assert!(
        sizes.window.kernel[0] <= MOST_KERNEL_ROWS,
        "block: the kernel is too tall"
    );
    sizes
}

/// Refuses rows and columns that windows without padding do not give of a map.
pub(super) const fn pooled(kernel: [usize; 2], stride: [usize; 2], input: [usize; 2], output: [usize; 2]) {
    assert!(
        kernel[0] <= input[0] && output[0] == (input[0] - kernel[0]) / stride[0] + 1,
        "pool: rows out do not follow from rows in"
    );
    assert!(
        kernel[1] <= input[1] && output[1] == (input[1] - kernel[1]) / stride[1] + 1,
        "pool: columns out do not follow from columns in"
    );
}
