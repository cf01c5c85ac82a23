//! How files hold weights.

/// How a kernel lies in the user's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Output channels first: `[out, in, kh, kw]`, `[out, in]`, depthwise `[c, 1, kh, kw]` (PyTorch).
    Oihw,
    /// Output channels last: `[kh, kw, in, out]`, `[in, out]`, depthwise `[kh, kw, c, 1]` (Keras).
    Hwio,
}

/// How tensor names in a file are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By name.
    Exact,
    /// Keras' automatic names: by order within each kind, wherever the numbering starts, `:0` or not.
    KerasAutomatic,
}
