//! Pools over windows.

use super::layers::{Kernel, Stride};
use super::map::Map;
use crate::cpu::Cpu;
use crate::kernels::{self, WindowPool};
use mnv3_ir::Pool;

/// A pool over windows of `KH x KW`, without padding; what does not fill a window at the end is left out.
#[inline]
pub fn window_pool<
    'o,
    const H: usize,
    const W: usize,
    const C: usize,
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const OH: usize,
    const OW: usize,
    const BUFFER: usize,
>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    pool: Pool,
    _: Kernel<KH, KW>,
    _: Stride<SH, SW>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, OH, OW, C> {
    const {
        assert!(
            KH <= H && OH == (H - KH) / SH + 1,
            "pool: rows out do not follow from rows in"
        );
        assert!(
            KW <= W && OW == (W - KW) / SW + 1,
            "pool: columns out do not follow from columns in"
        );
        assert!(BUFFER >= Map::<OH, OW, C>::FLOATS, "pool: the buffer is too small");
    }
    let output = &mut output[..Map::<OH, OW, C>::FLOATS];
    let pool = WindowPool {
        input: [H, W],
        output: [OH, OW],
        channels: C,
        kernel: [KH, KW],
        stride: [SH, SW],
        max: matches!(pool, Pool::Max),
    };
    kernels::window_pool(cpu.level, &pool, input.0, output);
    Map(output)
}
