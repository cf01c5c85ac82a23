//! How sure it is of each pixel that it shows one class.

use crate::between::Mixture;
use mnv3_ir::Placing;
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
    /// Of each pixel of the logits.
    probabilities: Vec<f32>,
    /// A row of them, mixed of two.
    row: Vec<f32>,
    /// The logits of a pixel.
    pixel: Vec<f32>,
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
        if h * w == 0 {
            self.values.fill(0);
            return Ok(());
        }
        workspace.probabilities(logits, class);
        let AlphaWorkspace { probabilities, row, .. } = workspace;
        let [height, width] = self.size;
        let placed = placing.of(self.size, [h, w]);
        for (y, values) in self.values.chunks_exact_mut(width.max(1)).enumerate() {
            let between = Mixture::of(y, placed.start[0], placed.size[0], height);
            let [above, below] = [between.first, between.second].map(|y| &probabilities[y * w..][..w]);
            for ((mixed, above), below) in row.iter_mut().zip(above).zip(below) {
                *mixed = above * (1.0 - between.share) + below * between.share;
            }
            for (x, value) in values.iter_mut().enumerate() {
                let Mixture { first, second, share } = Mixture::of(x, placed.start[1], placed.size[1], width);
                let mixed = row[first] * (1.0 - share) + row[second] * share;
                // A cast makes 0 of what is not a number.
                *value = (255.0 * mixed + 0.5) as u8;
            }
        }
        Ok(())
    }
}

impl AlphaWorkspace {
    /// For logits of this height and width, of so many classes.
    #[must_use]
    pub fn new([height, width]: [usize; 2], classes: usize) -> Self {
        Self {
            probabilities: vec![0.0; height * width],
            row: vec![0.0; width],
            pixel: vec![0.0; classes],
        }
    }

    fn probabilities(&mut self, logits: MapView<'_>, class: usize) {
        let [h, w, classes] = logits.shape;
        self.probabilities.resize(h * w, 0.0);
        self.row.resize(w, 0.0);
        self.pixel.resize(classes, 0.0);
        for (at, probability) in self.probabilities.iter_mut().enumerate() {
            let of = |class: usize| logits.get(at / w, at % w, class).unwrap_or(f32::NAN);
            if classes == 1 {
                let logit = if class == 1 { of(0) } else { -of(0) };
                *probability = 1.0 / (1.0 + (-logit).exp());
                continue;
            }
            for (class, logit) in self.pixel.iter_mut().enumerate() {
                *logit = of(class);
            }
            let most = self.pixel.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = self.pixel.iter().map(|logit| (logit - most).exp()).sum();
            *probability = (of(class) - most).exp() / sum;
        }
    }
}
