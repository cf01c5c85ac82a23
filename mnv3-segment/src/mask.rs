//! The class of each pixel.

use crate::between::Mixture;
use mnv3_ir::Placing;
use mnv3_runtime::{LANES, MapView};

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
pub struct MaskWorkspace {
    /// The class of each pixel of the logits.
    best: Vec<u16>,
}

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

    /// Writes the mask that `logits` give, stretched to its size. Allocates nothing where `workspace` was made for them. Classes beyond
    /// 65,536 are not looked at.
    pub fn fill(&mut self, logits: MapView<'_>, workspace: &mut MaskWorkspace) {
        self.fill_placed(logits, Placing::Stretched, workspace);
    }

    /// The same of a picture that lies in the network's input in another way; the logits have the input's size.
    pub fn fill_placed(&mut self, logits: MapView<'_>, placing: Placing, workspace: &mut MaskWorkspace) {
        let [h, w, c] = logits.shape;
        if h * w * c == 0 {
            self.classes.fill(0);
            return;
        }
        let rows = LogitRows {
            floats: logits.floats(),
            columns: w,
            channels: c.min(1 << 16),
            stride: logits.floats().len() / h,
        };
        workspace.best.resize(h * w, 0);
        for (y, best) in workspace.best.chunks_exact_mut(w).enumerate() {
            for (x, best) in best.iter_mut().enumerate() {
                *best = rows.class(|group| rows.pixel(y, x, group));
            }
        }
        let [height, width] = self.size;
        let placed = placing.of(self.size, [h, w]);
        for (y, classes) in self.classes.chunks_exact_mut(width.max(1)).enumerate() {
            let row = Mixture::of(y, placed.start[0], placed.size[0], height);
            let [above, below] = [row.first, row.second].map(|y| &workspace.best[y * w..][..w]);
            for (x, class) in classes.iter_mut().enumerate() {
                let column = Mixture::of(x, placed.start[1], placed.size[1], width);
                let corner = above[column.first];
                // Where one class is the best of all four, it is so of every mixture of them.
                let alone = [above[column.second], below[column.first], below[column.second]];
                *class = if alone == [corner; 3] {
                    corner
                } else {
                    rows.class(|group| rows.mixed(row, column, group))
                };
            }
        }
    }
}

impl MaskWorkspace {
    /// For logits of this height and width.
    #[must_use]
    pub fn new([height, width]: [usize; 2]) -> Self {
        Self {
            best: vec![0; height * width],
        }
    }
}

/// Logits as they lie in memory: rows of groups of 16 classes of columns.
struct LogitRows<'l> {
    floats: &'l [f32],
    columns: usize,
    channels: usize,
    /// Floats of a row.
    stride: usize,
}

impl LogitRows<'_> {
    #[inline(always)]
    fn pixel(&self, y: usize, x: usize, group: usize) -> [f32; LANES] {
        let at = y * self.stride + (group * self.columns + x) * LANES;
        let mut pixel = [0.0; LANES];
        pixel.copy_from_slice(&self.floats[at..at + LANES]);
        pixel
    }

    #[inline(always)]
    fn mixed(&self, row: Mixture, column: Mixture, group: usize) -> [f32; LANES] {
        let across = |y: usize| {
            let [left, right] = [column.first, column.second].map(|x| self.pixel(y, x, group));
            mix(left, right, column.share)
        };
        mix(across(row.first), across(row.second), row.share)
    }

    /// The class of a pixel.
    #[inline(always)]
    fn class(&self, of: impl Fn(usize) -> [f32; LANES]) -> u16 {
        if self.channels == 1 {
            return u16::from(of(0)[0] > 0.0);
        }
        let (mut best, mut class) = ([f32::NEG_INFINITY; LANES], [0_u16; LANES]);
        for group in 0..self.channels.div_ceil(LANES) {
            let logits = of(group);
            let first = group * LANES;
            let there = LANES.min(self.channels - first);
            for lane in 0..LANES {
                let larger = lane < there && logits[lane] > best[lane];
                best[lane] = if larger { logits[lane] } else { best[lane] };
                class[lane] = if larger { (first + lane) as u16 } else { class[lane] };
            }
        }
        let mut found = 0;
        for lane in 1..LANES {
            let earlier = best[lane] == best[found] && class[lane] < class[found];
            if best[lane] > best[found] || earlier {
                found = lane;
            }
        }
        class[found]
    }
}

#[inline(always)]
fn mix(one: [f32; LANES], other: [f32; LANES], share: f32) -> [f32; LANES] {
    let mut mixed = [0.0; LANES];
    for lane in 0..LANES {
        mixed[lane] = one[lane] * (1.0 - share) + other[lane] * share;
    }
    mixed
}
