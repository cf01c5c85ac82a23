//! The class of each pixel.

use crate::logits::{LogitMap, Scratch};
use crate::strips::{RowOfStrip, StripRow, Strips};
use fearless_simd::{Simd, dispatch, f32x16, i32x16, prelude::*};
use mnv3_ir::{MASK_STRIP, Placing};
use mnv3_runtime::{Cpu, LANES, by_value};

/// The class of each pixel of a picture.
///
/// Of a network with several classes, the number of the one whose logit is largest, of equal ones the first. Of a network with one
/// class, 1 where that is more probable than not, else 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size: [usize; 2],
    classes: Vec<u16>,
}

/// What is needed on the way from logits to a mask: made once for logits of a size, used for every picture.
#[derive(Clone, Debug)]
pub struct MaskWorkspace(Scratch);

/// Classes beyond these have no number that fits.
const MOST_CLASSES: usize = 1 << 16;

impl Mask {
    /// Of a picture of this height and width, all of class 0.
    #[must_use]
    pub fn new(size: [usize; 2]) -> Self {
        Self {
            size,
            classes: vec![0; size[0] * size[1]],
        }
    }

    /// Height and width.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Row after row.
    #[must_use]
    pub fn classes(&self) -> &[u16] {
        &self.classes
    }

    /// Pixels of each class, as many numbers as there are classes up to the last that has any.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let most = self.classes.iter().max().map_or(0, |class| usize::from(*class) + 1);
        let mut counts = vec![0; most];
        for class in &self.classes {
            counts[usize::from(*class)] += 1;
        }
        counts
    }

    /// Each class that it has, and its share of the pixels, from 0 to 1; the largest first.
    #[must_use]
    pub fn shares(&self) -> Vec<(usize, f64)> {
        let pixels = self.classes.len() as f64;
        let counts = self.counts().into_iter().enumerate().filter(|(_, count)| *count > 0);
        let mut shares: Vec<_> = counts.map(|(class, count)| (class, count as f64 / pixels)).collect();
        shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        shares
    }

    /// Writes the mask that `logits` give, stretched to its size. Allocates nothing where `workspace` was made for as many. Classes beyond
    /// 65,536 are not looked at.
    pub fn fill<'l>(&mut self, logits: impl Into<LogitMap<'l>>, workspace: &mut MaskWorkspace) {
        self.fill_placed(logits, Placing::Stretched, workspace);
    }

    /// The same of a picture that lies in the network's input in another way.
    pub fn fill_placed<'l>(
        &mut self,
        logits: impl Into<LogitMap<'l>>,
        placing: Placing,
        workspace: &mut MaskWorkspace,
    ) {
        self.fill_on(Cpu::best(), logits.into(), placing, workspace);
    }

    /// The same on threads of a network.
    #[doc(hidden)]
    pub fn fill_on(&mut self, cpu: Cpu<'_>, logits: LogitMap<'_>, placing: Placing, workspace: &mut MaskWorkspace) {
        if logits.is_empty() {
            self.classes.fill(0);
            return;
        }
        let size = self.size;
        let placed = placing.of(size, logits.size());
        let planes = logits.classes().min(MOST_CLASSES);
        let scratch = workspace.0.of(&logits);
        by_value::rows(
            cpu,
            size[0],
            size[1],
            &mut self.classes,
            scratch,
            &|rows, classes, scratch| {
                let (wide, scratch) = scratch.split_at_mut(2 * planes * MASK_STRIP);
                for strip in (Strips { size, placed, rows }).each() {
                    let mut columns = logits.columns(strip.reads(), scratch);
                    strip.run(
                        wide,
                        |y, between, planes| {
                            let row = columns.row(cpu, y);
                            dispatch!(cpu.level(), simd => row.mixed(simd, between, planes));
                        },
                        |row| {
                            let classes = &mut classes[row.first..row.first + row.count];
                            if planes == 1 {
                                dispatch!(cpu.level(), simd => positive(simd, row, classes));
                            } else {
                                dispatch!(cpu.level(), simd => largest(simd, row, classes));
                            }
                        },
                    );
                }
            },
        );
    }
}

impl MaskWorkspace {
    /// For logits of this height and width, of so many classes.
    #[must_use]
    pub fn new(size: [usize; 2], classes: usize) -> Self {
        Self(Scratch::new(size, classes))
    }
}

/// Sixteen pixels of a plane, from its `first` on.
#[inline(always)]
fn mixed<S: Simd>(simd: S, [above, below]: [&StripRow; 2], share: f32, first: usize) -> f32x16<S> {
    let above = f32x16::from_slice(simd, &above[first..first + LANES]) * (1.0 - share);
    f32x16::from_slice(simd, &below[first..first + LANES]).mul_add(f32x16::splat(simd, share), above)
}

/// The number of the largest logit of each pixel, of equal ones the first.
#[inline(never)]
fn largest<S: Simd>(simd: S, row: &RowOfStrip<'_>, classes: &mut [u16]) {
    let [above, below] = row.rows;
    simd.vectorize(
        #[inline(always)]
        || {
            for (block, classes) in classes.chunks_mut(LANES).enumerate() {
                let mut best = f32x16::splat(simd, f32::NEG_INFINITY);
                let mut found = i32x16::splat(simd, 0);
                for (class, (above, below)) in above.iter().zip(below).enumerate() {
                    let logit = mixed(simd, [above, below], row.share, block * LANES);
                    let larger = logit.simd_gt(best);
                    best = larger.select(logit, best);
                    found = larger.select(i32x16::splat(simd, class as i32), found);
                }
                write(simd, found, classes);
            }
        },
    );
}

/// 1 where the logit of the only class is above 0, else 0.
#[inline(never)]
fn positive<S: Simd>(simd: S, row: &RowOfStrip<'_>, classes: &mut [u16]) {
    let [[above, ..], [below, ..]] = row.rows else {
        return;
    };
    simd.vectorize(
        #[inline(always)]
        || {
            let [zero, one] = [0, 1].map(
                #[inline(always)]
                |class| i32x16::splat(simd, class),
            );
            for (block, classes) in classes.chunks_mut(LANES).enumerate() {
                let logit = mixed(simd, [above, below], row.share, block * LANES);
                write(simd, logit.simd_gt(0.0).select(one, zero), classes);
            }
        },
    );
}

#[inline(always)]
fn write<S: Simd>(_simd: S, found: i32x16<S>, classes: &mut [u16]) {
    let found: [i32; LANES] = found.into();
    if let Some(classes) = classes.as_mut_array::<LANES>() {
        for lane in 0..LANES {
            classes[lane] = found[lane] as u16;
        }
    } else {
        for (class, found) in classes.iter_mut().zip(found) {
            *class = found as u16;
        }
    }
}
