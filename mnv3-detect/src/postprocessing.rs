//! From logits and offsets to detections.

use crate::Detection;
use crate::anchors::AnchorGrid;
use crate::best::Best;
use crate::bounds::Bounds;
use crate::scores::ScoreFunction;
use crate::suppress::suppress;
use mnv3_ir::{Placement, Placing};
use std::cmp::Ordering;
use thiserror::Error;

/// What is known of a head's numbers, and what is wanted of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Postprocessing<'a> {
    /// Of each map that the head looks at.
    pub grids: &'a [AnchorGrid<'a>],
    /// Height and width of the network's input.
    pub input: [usize; 2],
    /// Logits of an anchor: the classes, and the background where there is one.
    pub columns: usize,
    /// What becomes of them.
    pub scores: ScoreFunction,
    /// What offsets are divided by: of the centre across and down, of width and height.
    pub offset_weights: [f32; 4],
    /// Only scores above this count.
    pub threshold: f32,
    /// The most anchors of each class, the best, that suppression looks at.
    pub candidates: usize,
    /// Of two boxes of a class that overlap by more than this (intersection over union), only the better one stays.
    pub overlap: f32,
    /// The most detections of an image, the best.
    pub most: usize,
}

/// The memory that a [`Postprocessing`] runs in: made once, used for every image.
#[derive(Debug)]
pub struct Workspace {
    scores: Vec<f32>,
    bounds: Vec<Bounds>,
    by_class: Vec<Best<Candidate>>,
    kept: Vec<Bounds>,
    best: Best<Kept>,
    found: Vec<Detection>,
}

/// An anchor that may be a class.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    score: f32,
    anchor: usize,
}

/// What suppression left.
#[derive(Clone, Copy, Debug)]
struct Kept {
    candidate: Candidate,
    class: usize,
}

/// Numbers of another count than the anchors and columns say.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CountError {
    /// Of logits: anchors times columns.
    #[error("{found} logits, not {want}: give as many for each anchor as there are columns")]
    Logits {
        /// As many as there should be.
        want: usize,
        /// As many as there are.
        found: usize,
    },
    /// Of offsets: anchors times four.
    #[error("{found} offsets, not {want}: give four for each anchor")]
    Offsets {
        /// As many as there should be.
        want: usize,
        /// As many as there are.
        found: usize,
    },
}

/// The better score first, of equal ones that of the earlier anchor.
fn better(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.anchor.cmp(&b.anchor))
}

/// The same among classes: of equal scores that of the earlier class.
fn better_kept(a: &Kept, b: &Kept) -> Ordering {
    let scores = b.candidate.score.total_cmp(&a.candidate.score);
    scores
        .then(a.class.cmp(&b.class))
        .then(a.candidate.anchor.cmp(&b.candidate.anchor))
}

impl Postprocessing<'_> {
    /// Anchors of all grids.
    #[must_use]
    pub fn anchors(&self) -> usize {
        self.grids.iter().map(AnchorGrid::anchors).sum()
    }

    /// Memory to run in.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        let candidates = self.candidates.min(self.anchors());
        let classes = self.columns.saturating_sub(self.scores.first_class());
        let most = self.most.min(candidates * classes);
        Workspace {
            scores: vec![0.0; self.columns],
            bounds: vec![Bounds::default(); self.anchors()],
            by_class: (0..classes).map(|_| Best::new(candidates)).collect(),
            kept: Vec::with_capacity(candidates),
            best: Best::new(most),
            found: Vec::with_capacity(most),
        }
    }

    /// What there is in an image of `[height, width]`, best first: `logits` are those of each anchor, `offsets` likewise
    /// `[across, down, width, height]`. What is not a number is no detection. The image was stretched to the network's input.
    ///
    /// # Errors
    /// Slices of other lengths.
    pub fn run<'w>(
        &self,
        workspace: &'w mut Workspace,
        logits: &[f32],
        offsets: &[f32],
        image: [usize; 2],
    ) -> Result<&'w [Detection], CountError> {
        self.run_placed(workspace, logits, offsets, image, Placing::Stretched)
    }

    /// The same of an image that lies in the input in another way. Boxes are cut off at its edges; what lies beside it is no
    /// detection.
    ///
    /// # Errors
    /// Slices of other lengths.
    pub fn run_placed<'w>(
        &self,
        workspace: &'w mut Workspace,
        logits: &[f32],
        offsets: &[f32],
        image: [usize; 2],
        placing: Placing,
    ) -> Result<&'w [Detection], CountError> {
        let anchors = self.anchors();
        self.fits(anchors, logits, offsets)?;
        // One that was made for another detector has other sizes.
        if workspace.bounds.len() != anchors || workspace.scores.len() != self.columns {
            *workspace = self.workspace();
        }
        self.decode(&mut workspace.bounds, offsets);
        self.candidates(workspace, logits);
        self.best(workspace, image, placing.of(image, self.input));
        Ok(&workspace.found)
    }

    fn fits(&self, anchors: usize, logits: &[f32], offsets: &[f32]) -> Result<(), CountError> {
        let (want, found) = (anchors * self.columns, logits.len());
        if want != found {
            return Err(CountError::Logits { want, found });
        }
        let (want, found) = (4 * anchors, offsets.len());
        if want != found {
            return Err(CountError::Offsets { want, found });
        }
        Ok(())
    }

    /// The box of each anchor.
    fn decode(&self, bounds: &mut [Bounds], offsets: &[f32]) {
        let mut to = bounds.iter_mut().zip(offsets.as_chunks::<4>().0);
        for grid in self.grids {
            for cell in 0..grid.rows * grid.columns {
                for (size, (bounds, offsets)) in (0..grid.sizes.len()).zip(&mut to) {
                    let anchor = grid.anchor(cell / grid.columns, cell % grid.columns, size, self.input);
                    *bounds = Bounds::decode(&anchor, offsets, &self.offset_weights).clipped(self.input);
                }
            }
        }
    }

    /// The best anchors of each class.
    fn candidates(&self, workspace: &mut Workspace, logits: &[f32]) {
        let Workspace {
            scores,
            bounds,
            by_class,
            ..
        } = workspace;
        by_class.iter_mut().for_each(Best::clear);
        let first = self.scores.first_class();
        let rows = logits.chunks_exact(self.columns.max(1));
        for (anchor, (logits, bounds)) in rows.zip(bounds).enumerate() {
            if !bounds.is_number() {
                continue;
            }
            self.scores.of(logits, scores);
            for (&score, best) in scores.iter().skip(first).zip(&mut *by_class) {
                if score > self.threshold {
                    best.push(Candidate { score, anchor }, better);
                }
            }
        }
    }

    /// What suppression leaves of each class, and the best of that.
    fn best(&self, workspace: &mut Workspace, image: [usize; 2], placement: Placement) {
        let Workspace {
            bounds,
            by_class,
            kept,
            best,
            found,
            ..
        } = workspace;
        best.clear();
        let first = self.scores.first_class();
        for (class, candidates) in by_class.iter_mut().enumerate() {
            let class = class + first;
            let of = |candidate: Candidate| bounds[candidate.anchor];
            suppress(candidates.in_order(better), of, self.overlap, kept, |candidate| {
                best.push(Kept { candidate, class }, better_kept);
            });
        }
        let is_whole = placement.size == self.input;
        found.clear();
        found.extend(best.in_order(better_kept).iter().filter_map(|kept| {
            let bounds = bounds[kept.candidate.anchor].in_picture(placement, image);
            (is_whole || bounds.area() > 0.0).then_some(Detection {
                bounds,
                class: kept.class,
                score: kept.candidate.score,
            })
        }));
    }
}
