//! Where values lie: parts of one workspace, or memory of the caller.

use mnv3_ir::Region;

/// What a step reads from or writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The caller's image.
    Image,
    /// A part of the workspace.
    Slot {
        /// Index of the slot in [`WorkspacePlan::slots`].
        slot: usize,
        /// The floats of the value, from the start of the slot on.
        region: Region,
    },
    /// The caller's scores or embedding.
    Output,
}

/// The parts of a workspace, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspacePlan {
    /// What steps write to, in the order of first use; none overlap.
    pub slots: Vec<Region>,
    /// What a step needs on the way, after the slots.
    pub scratch: Region,
}

impl WorkspacePlan {
    /// Floats of all parts.
    #[must_use]
    pub const fn floats(&self) -> usize {
        self.scratch.end()
    }
}
