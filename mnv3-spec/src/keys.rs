//! The keys of a spec and of its rows.

/// The keys of a spec; `extends` is carried out and gone when it gets here.
pub(crate) const KEYS: &[&str] = &[
    "name",
    "dialect",
    "conventions",
    "preprocess",
    "input",
    "width",
    "depth",
    "stem",
    "bottlenecks",
    "last",
    "head",
    "taps",
    "matrices",
    "precision",
    "extends",
];
pub(crate) const INPUT: &[&str] = &["size", "channels"];
pub(crate) const STEM: &[&str] = &["k", "out", "nl", "s"];
pub(crate) const SQUEEZE_EXCITE: &[&str] = &["squeeze"];
pub(crate) const LAST: &[&str] = &["out", "nl"];

/// The columns of the table of bottlenecks.
pub(crate) const ROW: &[&str] = &["k", "exp", "out", "se", "nl", "s", "dilation", "residual"];
