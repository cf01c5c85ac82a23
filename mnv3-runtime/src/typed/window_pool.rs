//! Pools over windows.

use super::layers::{Kernel, Stride};
use super::map::Map;
use super::shapes;
use crate::by_value;
use crate::cpu::Cpu;
use crate::kernels;
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
        shapes::pooled([KH, KW], [SH, SW], [H, W], [OH, OW]);
        assert!(BUFFER >= Map::<OH, OW, C>::FLOATS, "pool: the buffer is too small");
    }
    let output = &mut output[..Map::<OH, OW, C>::FLOATS];
    let pool = by_value::window(
        pool,
        [[KH, KW], [SH, SW]],
        [Map::<H, W, C>::SHAPE, Map::<OH, OW, C>::SHAPE],
    );
    kernels::window_pool(cpu.level, &pool, input.0, output);
    Map(output)
}
