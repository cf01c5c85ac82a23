//! Many images in an array.

use crate::floats::Floats;
use crate::{Model, Workspace};
use mnv3_runtime::ndarray::{ArrayView4, Axis};
use mnv3_runtime::{Cpu, Engine, ShapeError, packed};

/// Runs a network on each image of an array, in workspaces of its own; `outputs` are as many.
pub(crate) fn over_array<M: Model, O: Send>(
    engine: &Engine,
    images: ArrayView4<'_, f32>,
    outputs: &mut [O],
    network: impl Fn(Cpu<'_>, &mut Workspace<M>, &M::Input, &mut O) + Sync,
) -> Result<(), ShapeError> {
    let count = images.len_of(Axis(0));
    let packed = packed(M::NAME, M::INPUT_SIZE, images)?;
    let mut workspaces = vec![Workspace::new(); engine.count_threads().min(count)];
    let images = M::Input::each(&packed).unwrap_or_default();
    debug_assert_eq!(images.len(), count);
    match engine.run_batch(&mut workspaces, images, outputs, network) {
        Ok(()) => Ok(()),
        Err(_) => unreachable!("as many outputs as images, and a workspace if there are any"),
    }
}
