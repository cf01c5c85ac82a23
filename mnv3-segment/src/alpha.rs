//! How sure it is of each pixel that it shows one class.

use crate::between::Mixture;
use crate::logits::{LogitMap, Scratch};
use crate::strips::{RowOfStrip, StripRow, Strips};
use fearless_simd::{Simd, dispatch};
use mnv3_ir::{MASK_STRIP, Placing, exp};
use mnv3_runtime::{Cpu, by_value};

/// The probability of one class for each pixel of a picture: 255 is certainty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alpha {
    size: [usize; 2],
    values: Vec<u8>,
}

/// What is needed on the way from logits to alpha: made once for logits of a size, used for every picture.
#[derive(Clone, Debug)]
pub struct AlphaWorkspace {
    scratch: Scratch,
    /// Of each pixel of the logits.
    probabilities: Vec<f32>,
}

/// There is no such class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the network has no class {class}: it has {classes}, from 0 on")]
pub struct ClassError {
    /// The one that was asked for.
    pub class: usize,
    /// How many there are.
    pub classes: usize,
}

impl Alpha {
    /// Of a picture of this height and width, all 0.
    #[must_use]
    pub fn new(size: [usize; 2]) -> Self {
        Self {
            size,
            values: vec![0; size[0] * size[1]],
        }
    }

    /// Height and width.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Row after row.
    #[must_use]
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// Writes the probabilities of a class that `logits` give: their softmax, or of a network with one class, whose number is 1 as in a
    /// [`Mask`](crate::Mask), their sigmoid; stretched to its size. Allocates nothing where `workspace` was made for as many.
    ///
    /// # Errors
    /// There is no such class.
    pub fn fill<'l>(
        &mut self,
        logits: impl Into<LogitMap<'l>>,
        class: usize,
        workspace: &mut AlphaWorkspace,
    ) -> Result<(), ClassError> {
        self.fill_placed(logits, Placing::Stretched, class, workspace)
    }

    /// The same of a picture that lies in the network's input in another way.
    ///
    /// # Errors
    /// There is no such class.
    pub fn fill_placed<'l>(
        &mut self,
        logits: impl Into<LogitMap<'l>>,
        placing: Placing,
        class: usize,
        workspace: &mut AlphaWorkspace,
    ) -> Result<(), ClassError> {
        self.fill_on(Cpu::best(), logits.into(), placing, class, workspace)
    }

    /// The same on threads of a network.
    ///
    /// # Errors
    /// There is no such class.
    #[doc(hidden)]
    pub fn fill_on(
        &mut self,
        cpu: Cpu<'_>,
        logits: LogitMap<'_>,
        placing: Placing,
        class: usize,
        workspace: &mut AlphaWorkspace,
    ) -> Result<(), ClassError> {
        // One class tells itself, number 1, from what it is not.
        let classes = if logits.classes() == 1 { 2 } else { logits.classes() };
        if class >= classes {
            return Err(ClassError { class, classes });
        }
        if logits.is_empty() {
            self.values.fill(0);
            return Ok(());
        }
        let ([h, w], size) = (logits.size(), self.size);
        let AlphaWorkspace { scratch, probabilities } = workspace;
        let scratch = scratch.of(&logits);
        probabilities.resize(h * w, 0.0);
        by_value::rows(cpu, h, w, probabilities, scratch, &|rows, probabilities, scratch| {
            let (planes, scratch) = scratch.split_at_mut(logits.classes() * MASK_STRIP);
            let planes = planes.as_chunks_mut().0;
            for left in (0..w).step_by(MASK_STRIP) {
                let count = MASK_STRIP.min(w - left);
                let mut columns = logits.columns(left..left + count, scratch);
                for (y, probabilities) in rows.clone().zip(probabilities.chunks_exact_mut(w)) {
                    let row = columns.row(cpu, y);
                    dispatch!(cpu.level(), simd => row.plain(simd, left, count, planes));
                    dispatch!(cpu.level(), simd => probability(simd, planes, class, &mut probabilities[left..left + count]));
                }
            }
        });
        let (placed, probabilities) = (placing.of(size, [h, w]), &*probabilities);
        by_value::rows(
            cpu,
            size[0],
            size[1],
            &mut self.values,
            scratch,
            &|rows, values, scratch| {
                for strip in (Strips { size, placed, rows }).each() {
                    strip.run(
                        &mut scratch[..2 * MASK_STRIP],
                        |y, columns, planes| {
                            if let [plane] = planes {
                                widen(&probabilities[y * w..][..w], columns, plane);
                            }
                        },
                        |row| {
                            let values = &mut values[row.first..row.first + row.count];
                            dispatch!(cpu.level(), simd => of_255(simd, row, values));
                        },
                    );
                }
            },
        );
        Ok(())
    }
}

impl AlphaWorkspace {
    /// For logits of this height and width, of so many classes.
    #[must_use]
    pub fn new([height, width]: [usize; 2], classes: usize) -> Self {
        Self {
            scratch: Scratch::new([height, width], classes),
            probabilities: vec![0.0; height * width],
        }
    }
}

/// The softmax of a class; of one class, which is number 1, as if what it is not had a logit of 0.
#[inline(never)]
fn probability<S: Simd>(simd: S, planes: &[StripRow], class: usize, probabilities: &mut [f32]) {
    const NOTHING: &[StripRow] = &[[0.0; MASK_STRIP]];
    let (own, others) = match (planes, class) {
        ([logits], 0) => (&NOTHING[0], std::slice::from_ref(logits)),
        ([logits], _) => (logits, NOTHING),
        (planes, class) => (&planes[class], planes),
    };
    simd.vectorize(
        #[inline(always)]
        || {
            // Exponents are differences to the class' own: if they are too large, infinity makes 0 of it.
            let mut sums = [if planes.len() == 1 { 1.0 } else { 0.0 }; MASK_STRIP];
            for other in others {
                for ((sum, other), own) in sums.iter_mut().zip(other).zip(own) {
                    *sum += exp(other - own);
                }
            }
            for (probability, sum) in probabilities.iter_mut().zip(&sums) {
                *probability = 1.0 / sum;
            }
        },
    );
}

/// A row at the columns of a strip.
fn widen(row: &[f32], columns: &[Mixture], plane: &mut StripRow) {
    for (to, Mixture { first, second, share }) in plane.iter_mut().zip(columns) {
        *to = row[*first] * (1.0 - share) + row[*second] * share;
    }
}

/// Probabilities as whole numbers.
#[inline(never)]
fn of_255<S: Simd>(simd: S, row: &RowOfStrip<'_>, values: &mut [u8]) {
    let [[above, ..], [below, ..]] = row.rows else {
        return;
    };
    let share = row.share;
    simd.vectorize(
        #[inline(always)]
        || {
            for ((value, above), below) in values.iter_mut().zip(above).zip(below) {
                let mixed = above * (1.0 - share) + below * share;
                // A cast makes 0 of what is not a number.
                *value = (255.0 * mixed + 0.5) as u8;
            }
        },
    );
}
