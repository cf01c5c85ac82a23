//! How sure it is of each pixel that it shows one class.

use crate::between::Mixture;
use crate::planes::LogitRows;
use crate::strips::{RowOfStrip, STRIP, StripRow, Strips, WideRows};
use fearless_simd::{Level, Simd, dispatch};
use mnv3_ir::{Placing, exp};
use mnv3_runtime::MapView;

/// The probability of one class for each pixel of a picture: 255 is certainty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alpha {
    size: [usize; 2],
    values: Vec<u8>,
}

/// What is needed on the way from logits to alpha: made once for logits of a size, used for every picture.
#[derive(Clone, Debug)]
pub struct AlphaWorkspace {
    level: Level,
    /// The logits of a strip, a plane of each class.
    planes: Vec<StripRow>,
    /// Of each pixel of the logits.
    probabilities: Vec<f32>,
    /// The same as a plane.
    rows: WideRows,
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
    /// [`Mask`](crate::Mask), their sigmoid; stretched to its size. Allocates nothing where `workspace` was made for them.
    ///
    /// # Errors
    /// There is no such class.
    pub fn fill(
        &mut self,
        logits: MapView<'_>,
        class: usize,
        workspace: &mut AlphaWorkspace,
    ) -> Result<(), ClassError> {
        self.fill_placed(logits, Placing::Stretched, class, workspace)
    }

    /// The same of a picture that lies in the network's input in another way; the logits have the input's size.
    ///
    /// # Errors
    /// There is no such class.
    pub fn fill_placed(
        &mut self,
        logits: MapView<'_>,
        placing: Placing,
        class: usize,
        workspace: &mut AlphaWorkspace,
    ) -> Result<(), ClassError> {
        let [h, w, channels] = logits.shape;
        // One class tells itself, number 1, from what it is not.
        let classes = if channels == 1 { 2 } else { channels };
        if class >= classes {
            return Err(ClassError { class, classes });
        }
        let Some(rows) = LogitRows::new(logits) else {
            self.values.fill(0);
            return Ok(());
        };
        workspace.probabilities(&rows, logits.shape, class);
        let AlphaWorkspace {
            level,
            probabilities,
            rows,
            ..
        } = workspace;
        let strips = Strips {
            size: self.size,
            placed: placing.of(self.size, [h, w]),
        };
        strips.run(
            rows,
            |y, columns, planes| {
                if let [plane] = planes {
                    widen(&probabilities[y * w..][..w], columns, plane);
                }
            },
            |row| {
                let values = &mut self.values[row.first..row.first + row.count];
                dispatch!(*level, simd => of_255(simd, row, values));
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
            level: Level::new(),
            planes: vec![[0.0; STRIP]; classes],
            probabilities: vec![0.0; height * width],
            rows: WideRows::new(1),
        }
    }

    /// At a SIMD level of choice; at the best one where the machine does not have it.
    #[must_use]
    pub fn at_level(self, level: mnv3_runtime::Level) -> Self {
        let level = level.simd().unwrap_or(self.level);
        Self { level, ..self }
    }

    fn probabilities(&mut self, rows: &LogitRows<'_>, [h, w, classes]: [usize; 3], class: usize) {
        self.probabilities.resize(h * w, 0.0);
        self.planes.resize(classes, [0.0; STRIP]);
        let planes = &mut self.planes;
        for (y, probabilities) in self.probabilities.chunks_exact_mut(w).enumerate() {
            for (strip, probabilities) in probabilities.chunks_mut(STRIP).enumerate() {
                dispatch!(self.level, simd => rows.plain(simd, [y, strip * STRIP], probabilities.len(), planes));
                dispatch!(self.level, simd => probability(simd, planes, class, probabilities));
            }
        }
    }
}

/// The softmax of a class; of one class, which is number 1, as if what it is not had a logit of 0.
#[inline(never)]
fn probability<S: Simd>(simd: S, planes: &[StripRow], class: usize, probabilities: &mut [f32]) {
    const NOTHING: &[StripRow] = &[[0.0; STRIP]];
    let (own, others) = match (planes, class) {
        ([logits], 0) => (&NOTHING[0], std::slice::from_ref(logits)),
        ([logits], _) => (logits, NOTHING),
        (planes, class) => (&planes[class], planes),
    };
    simd.vectorize(
        #[inline(always)]
        || {
            // Exponents are differences to the class' own: if they are too large, infinity makes 0 of it.
            let mut sums = [if planes.len() == 1 { 1.0 } else { 0.0 }; STRIP];
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
