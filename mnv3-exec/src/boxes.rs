//! What a head that detects gives as boxes.

use crate::{Exec, LengthError, Workspace};
use mnv3_detect::{AnchorGrid, Detection, Postprocessing};
use mnv3_spec::network::{Detect, ScoreFunction};
use std::time::{Duration, Instant};

/// A network that detects, with the memory that it runs in. A clone has memory of its own, and the same weights.
#[derive(Debug)]
pub struct Boxes<'e> {
    exec: &'e Exec<'e>,
    head: &'e Detect,
    /// Of the anchors of each map.
    sizes: Vec<Vec<[f32; 2]>>,
    network: Workspace,
    logits: Vec<f32>,
    offsets: Vec<f32>,
    boxes: mnv3_detect::Workspace,
}

impl<'e> Boxes<'e> {
    /// With memory of its own; `None` of a network whose head does not detect.
    #[must_use]
    pub fn new(exec: &'e Exec<'_>) -> Option<Self> {
        let head = exec.plan.network.detect()?;
        let single = |size: &[f64; 2]| size.map(|side| side as f32);
        let sizes = head.predictions.iter();
        let sizes: Vec<Vec<[f32; 2]>> = sizes.map(|map| map.sizes.iter().map(single).collect()).collect();
        let grids = grids(head, &sizes);
        let postprocessing = postprocessing(exec, head, &grids);
        Some(Self {
            exec,
            head,
            network: exec.workspace(),
            logits: vec![0.0; head.anchors() * head.columns()],
            offsets: vec![0.0; head.anchors() * 4],
            boxes: postprocessing.workspace(),
            sizes,
        })
    }

    /// What there is in an image, best first: `input` are its pixels as the network takes them, `size` height and width of the
    /// picture that boxes are to be of, which lies in the input as the spec says.
    ///
    /// # Errors
    /// `input` has another length.
    pub fn detect(&mut self, input: &[f32], size: [usize; 2]) -> Result<&[Detection], LengthError> {
        Ok(self.detect_in_parts(input, size)?.0)
    }

    /// The same, and what the network took of the time.
    pub(crate) fn detect_in_parts(
        &mut self,
        input: &[f32],
        size: [usize; 2],
    ) -> Result<(&[Detection], Duration), LengthError> {
        let start = Instant::now();
        self.exec.forward_into(&mut self.network, input, &mut [])?;
        let network = start.elapsed();
        let (mut logits, mut offsets) = (&mut self.logits[..], &mut self.offsets[..]);
        for prediction in &self.head.predictions {
            if let Some(map) = self.exec.map(&self.network, &prediction.logits.name) {
                logits = map.copy_to(logits);
            }
            if let Some(map) = self.exec.map(&self.network, &prediction.offsets.name) {
                offsets = map.copy_to(offsets);
            }
        }
        let grids = grids(self.head, &self.sizes);
        let postprocessing = postprocessing(self.exec, self.head, &grids);
        let placing = self.exec.plan.network.placing();
        match postprocessing.run_placed(&mut self.boxes, &self.logits, &self.offsets, size, placing) {
            Ok(found) => Ok((found, network)),
            Err(_) => unreachable!("there are as many logits and offsets as anchors"),
        }
    }
}

/// What a workspace keeps for later images is room, which a copy of what it holds would not have.
impl Clone for Boxes<'_> {
    fn clone(&self) -> Self {
        let sizes = self.sizes.clone();
        let grids = grids(self.head, &sizes);
        Self {
            exec: self.exec,
            head: self.head,
            network: self.exec.workspace(),
            logits: vec![0.0; self.logits.len()],
            offsets: vec![0.0; self.offsets.len()],
            boxes: postprocessing(self.exec, self.head, &grids).workspace(),
            sizes,
        }
    }
}

fn grids<'s>(head: &Detect, sizes: &'s [Vec<[f32; 2]>]) -> Vec<AnchorGrid<'s>> {
    let maps = head.predictions.iter().zip(sizes);
    let grid = maps.map(|(prediction, sizes)| AnchorGrid {
        rows: prediction.map.h,
        columns: prediction.map.w,
        sizes,
    });
    grid.collect()
}

fn postprocessing<'g>(exec: &Exec<'_>, head: &Detect, grids: &'g [AnchorGrid<'g>]) -> Postprocessing<'g> {
    let input = exec.plan.network.input;
    Postprocessing {
        grids,
        input: [input.h, input.w],
        columns: head.columns(),
        scores: match head.scores {
            ScoreFunction::SoftmaxWithBackground => mnv3_detect::ScoreFunction::SoftmaxWithBackground,
            ScoreFunction::Sigmoid => mnv3_detect::ScoreFunction::Sigmoid,
        },
        offset_weights: head.offset_weights.map(|weight| weight as f32),
        threshold: head.threshold as f32,
        candidates: head.candidates,
        overlap: head.overlap as f32,
        most: head.most,
    }
}
