//! The speed limit: multiply-adds that touch nothing but registers, at the widest vectors of the machine (or of
//! AVX2). It takes part in the rounds like an engine, so that shares of the peak come from the same minutes.

use fearless_simd::{Level, Simd, SimdBase, dispatch, prelude::*};
use protocol::{Engine, Options, Outcome};
use std::hint::black_box;

/// Multiply-adds of one forward of one thread, some 25 ms of them, beside which it takes nothing to start a thread. The
/// harness knows this number.
const MULTIPLY_ADDS: usize = 12 * 16 * (1 << 24);

struct Peak {
    level: Level,
    threads: usize,
    sum: f32,
}

impl Engine for Peak {
    const VERSION: &'static str = "register-only-loop";
    const MODEL_FILE: Option<&'static str> = None;

    fn load(options: &Options, _: Vec<u8>) -> Outcome<Self> {
        let level = Level::new();
        let level = match options.isa.as_deref() {
            None => level,
            Some("avx2") => level.as_avx2().map(Level::Avx2).ok_or("this machine has no AVX2")?,
            Some(isa) => return Err(format!("unknown instruction set {isa}").into()),
        };
        Ok(Self {
            level,
            threads: options.threads,
            sum: 0.0,
        })
    }

    fn forward(&mut self) -> Outcome<()> {
        let level = self.level;
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads).map(|_| scope.spawn(move || peak(level))).collect();
            self.sum = peak(level);
            for other in others {
                self.sum += other.join().map_err(|_| "a thread of the peak loop panicked")?;
            }
            Ok(())
        })
    }

    fn scores(&self) -> Vec<f32> {
        vec![self.sum]
    }
}

fn peak(level: Level) -> f32 {
    dispatch!(level, simd => multiply_adds(simd))
}

/// Twelve independent chains hide the latency on two ports and still fit the sixteen registers of AVX2.
#[inline(always)]
fn multiply_adds<S: Simd>(simd: S) -> f32 {
    simd.vectorize(
        #[inline(always)]
        || {
            let factor = S::f32s::splat(simd, black_box(0.999));
            let addend = S::f32s::splat(simd, black_box(0.001));
            let mut chains = [S::f32s::splat(simd, 1.0); 12];
            for _ in 0..MULTIPLY_ADDS / (12 * S::f32s::LEN) {
                for chain in &mut chains {
                    *chain = chain.mul_add(factor, addend);
                }
            }
            chains.iter().map(|chain| chain.as_slice()[0]).sum()
        },
    )
}

fn main() -> Outcome<()> {
    protocol::serve::<Peak>()
}
