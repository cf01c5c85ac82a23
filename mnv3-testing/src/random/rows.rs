//! Input, stem, bottlenecks and what follows them, within the map that they leave.

use super::dice::Dice;
use super::tree::{Tree, pair, table, word};
use super::window::{PaddingConvention, WindowAxis};
use mnv3_spec::LabelSet;

/// Multiply-adds that a layer may have: networks are small, that there can be many.
const BUDGET: usize = 120_000;

/// What has been generated so far ends in a map of this size.
pub(super) struct MapSizes<'d> {
    pub(super) dice: &'d mut Dice,
    pub(super) padding: PaddingConvention,
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
    /// Rows so far, and those of them that expand.
    pub(super) rows: usize,
    pub(super) expanding: Vec<usize>,
    /// Whether the stem's map has half of the image's height and width.
    pub(super) stem_is_half: bool,
    /// Whether inputs are added also where they do not fit.
    pub(super) shortcuts: bool,
    /// Whether names tell several hidden layers apart.
    pub(super) many_hidden: bool,
}

impl<'d> MapSizes<'d> {
    pub(super) fn new(dice: &'d mut Dice, padding: PaddingConvention) -> Self {
        Self {
            dice,
            padding,
            size: [1, 1],
            channels: 1,
            rows: 0,
            expanding: Vec::new(),
            stem_is_half: false,
            shortcuts: false,
            many_hidden: false,
        }
    }

    /// Channels of a layer that has so many multiply-adds for each of them.
    pub(super) fn width(&mut self, cost: usize) -> usize {
        let most = (BUDGET / cost.max(1)).clamp(1, 70);
        self.dice.within(1..=most)
    }

    fn pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// A kernel of two axes, mostly the same on both.
    fn both(&mut self, of: &[usize]) -> [usize; 2] {
        let first = self.dice.one(of);
        let second = self.dice.one(of);
        if self.dice.percent(70) {
            [first; 2]
        } else {
            [first, second]
        }
    }

    pub(super) fn input(&mut self) -> Tree {
        let mut side = || {
            let longest = self.dice.one(&[2, 16, 16, 16, 36, 36, 70]);
            self.dice.within(1..=longest)
        };
        self.size = [side(), side()];
        self.channels = self.dice.one(&[1, 1, 2, 3, 3, 3, 4, 5, 17]);
        let (size, channels) = (self.size, self.channels);
        let square = size[0] == size[1];
        let size = match square && self.dice.percent(50) {
            true => Tree::List(vec![word(size[0]), word(size[1])]),
            false => pair(size),
        };
        table([("size", size), ("channels", word(channels))])
    }

    /// Kernel, stride and dilation that fit, and the size that they leave.
    fn window(&mut self, dilated: bool) -> [[usize; 2]; 3] {
        let mut kernel = self.both(&[1, 2, 3, 3, 3, 4, 5, 5, 6, 7, 9, 15]);
        let stride = self.both(&[1, 1, 1, 1, 1, 2, 2, 2, 3, 5]);
        let dilation = match dilated {
            true => self.both(&[1, 2, 2, 3, 17]),
            false => [1, 1],
        };
        for axis in 0..2 {
            let at = |kernel| WindowAxis {
                kernel,
                stride: stride[axis],
                dilation: dilation[axis],
            };
            if at(kernel[axis]).outputs(self.padding, self.size[axis]) == 0 {
                // An odd kernel fits any map.
                kernel[axis] |= 1;
            }
            self.size[axis] = at(kernel[axis]).outputs(self.padding, self.size[axis]);
        }
        [kernel, stride, dilation]
    }

    pub(super) fn stem(&mut self) -> Tree {
        let image = self.size;
        let [kernel, stride, _] = self.window(false);
        self.stem_is_half = self.size.map(|n| 2 * n) == image;
        self.channels = self.width(self.pixels() * kernel[0] * kernel[1] * self.channels);
        let out = word(self.channels);
        let nl = self.nl();
        table([("k", pair(kernel)), ("out", out), ("nl", nl), ("s", pair(stride))])
    }

    pub(super) fn nl(&mut self) -> Tree {
        word(self.dice.one(&["RE", "HS"]))
    }

    pub(super) fn row(&mut self) -> Tree {
        let input = (self.pixels(), self.channels);
        let dilated = self.dice.percent(20);
        let [kernel, stride, dilation] = self.window(dilated);
        let cost = input.0 * input.1 + self.pixels() * kernel[0] * kernel[1];
        let expanded = self.channels + self.dice.one(&[0, 1, 2]) * self.width(2 * cost);
        self.rows += 1;
        if expanded > self.channels {
            self.expanding.push(self.rows);
        }
        let kept = self.dice.percent(40);
        if !kept {
            self.channels = self.width(self.pixels() * expanded);
        }
        let se = match self.dice.within(0..=9) {
            0..=3 => word(false),
            4..=7 => word(true),
            _ => table([("squeeze", word(self.dice.within(1..=40)))]),
        };
        let nl = self.nl();
        let mut row = vec![
            ("k", pair(kernel)),
            ("exp", word(expanded)),
            ("out", word(self.channels)),
        ];
        row.extend([("se", se), ("nl", nl), ("s", pair(stride))]);
        if dilation != [1, 1] || self.dice.percent(5) {
            row.push(("dilation", pair(dilation)));
        }
        // A kernel that does not keep the size cannot be added to. Widths may make channels equal that here are not.
        let adds = stride == [1, 1] || self.shortcuts;
        let shrinks = self.padding == PaddingConvention::Symmetric && kernel.iter().any(|k| k % 2 == 0) && adds;
        if shrinks || self.dice.percent(15) {
            row.push(("residual", word(false)));
        } else if self.dice.percent(10) {
            row.push(("residual", word(true)));
        }
        table(row)
    }

    /// The 1x1 convolutions after the blocks.
    pub(super) fn last(&mut self, many: bool) -> Tree {
        match self.dice.within(0..=9) {
            0 | 1 => word("none"),
            2 | 3 if many => {
                let count = self.dice.within(1..=3);
                Tree::List((0..count).map(|_| self.pointwise()).collect())
            }
            _ => self.pointwise(),
        }
    }

    fn pointwise(&mut self) -> Tree {
        self.channels = self.width(self.pixels() * self.channels);
        table([("out", word(self.channels)), ("nl", self.nl())])
    }

    /// Pools and layers to scores.
    pub(super) fn head(&mut self) -> Tree {
        if self.dice.percent(12) {
            return word("none");
        }
        let windows = match self.dice.within(0..=9) {
            0..=5 => 0,
            6..=8 => self.dice.within(1..=2),
            _ => 3,
        };
        let mut pools: Vec<Tree> = (0..windows).map(|_| self.window_pool()).collect();
        let kind = self.dice.one(&["avg", "max"]);
        pools.push(match self.dice.percent(20) {
            // Written as a window, it is as large as its map.
            true => table([("kind", word(kind)), ("k", pair(self.size))]),
            false => word(kind),
        });
        let pool = match pools.as_slice() {
            [only] if self.dice.percent(80) => only.clone(),
            _ => Tree::List(pools),
        };
        let mut head = Vec::new();
        if self.dice.percent(20) {
            head.push(("kind", word("classify")));
        }
        head.push(("pool", pool));
        if self.dice.percent(15) {
            head.push(("after_pool", word(self.dice.one(&["RE", "HS", "HS", "none"]))));
        }
        if self.many_hidden && self.dice.percent(70) {
            let widths = (0..self.dice.within(1..=3)).map(|_| {
                self.channels = self.width(self.channels);
                word(self.channels)
            });
            let widths = Tree::List(widths.collect());
            head.extend([("hidden", widths), ("nl", self.nl())]);
        } else if self.dice.percent(60) {
            let hidden = self.width(self.channels);
            self.channels = hidden;
            head.extend([("hidden", word(hidden)), ("nl", self.nl())]);
        } else {
            head.push(("hidden", word("none")));
        }
        if self.dice.percent(15) {
            head.push(("classes", word("none")));
            return table(head);
        }
        let (classes, named) = self.classes(&[1, 2, 7, 16, 33, 70, 301], &LabelSet::ALL[..3]);
        head.extend(named);
        let softmax = classes > 1 && self.dice.percent(30);
        if softmax || self.dice.percent(20) {
            head.push(("softmax", word(softmax)));
        }
        if !softmax && self.dice.percent(25) {
            head.push(("sigmoid", word(self.dice.percent(80))));
        }
        table(head)
    }

    /// How many classes there are, and the keys that say so and sometimes name them.
    fn classes(&mut self, counts: &[usize], sets: &[(&str, LabelSet)]) -> (usize, Vec<(&'static str, Tree)>) {
        if self.dice.percent(6) {
            let (name, set) = self.dice.one(sets);
            let keys = vec![("classes", word(set.classes())), ("labels", word(name))];
            return (set.classes(), keys);
        }
        let count = self.dice.one(counts);
        let classes = match self.dice.percent(12) {
            true => Tree::List((0..count).map(|class| word(format_args!("thing {class}"))).collect()),
            false => word(count),
        };
        (count, vec![("classes", classes)])
    }

    /// A head that segments, over one of the first `rows` rows or the stem; names of a decoder are not Keras' own.
    pub(super) fn segment(&mut self, rows: usize, names_decoder: bool) -> Tree {
        let low = match self.dice.percent(20) {
            true => word("stem"),
            false => word(self.dice.within(1..=rows)),
        };
        let decodes = self.stem_is_half && names_decoder && self.dice.percent(60);
        let detail = match decodes {
            true => ("decoder", self.decoder(low)),
            false => ("low", low),
        };
        let hidden = self.width(self.pixels() * self.channels);
        let mut head = vec![
            ("kind", word("segment")),
            detail,
            ("hidden", word(hidden)),
            ("nl", self.nl()),
        ];
        if self.dice.percent(40) {
            head.push(("bn_epsilon", word(self.dice.one(&["0.00001", "0.01"]))));
        }
        head.extend(self.classes(&[1, 2, 5, 17, 21], &[("voc", LabelSet::Voc)]).1);
        table(head)
    }

    /// A stage or two, which end in the stem's map.
    fn decoder(&mut self, low: Tree) -> Tree {
        let mut lows = vec![word("stem")];
        if self.dice.percent(60) {
            lows.insert(0, low);
        }
        let rows = lows.into_iter().map(|low| {
            let kernel = [self.dice.one(&[1, 3, 5]), self.dice.one(&[1, 3])];
            table([("low", low), ("k", pair(kernel))])
        });
        Tree::List(rows.collect())
    }

    /// A head that detects, of maps that are there whatever multipliers do.
    pub(super) fn detector(&mut self, has_last: bool) -> Tree {
        let mut maps = vec![word("stem"), word(1)];
        if has_last {
            maps.push(word("last"));
        }
        let from = self.dice.within(0..=maps.len() - 1);
        let maps = maps.split_off(from);
        // Extras follow the last of them; only what is made of the network's last map has a known size.
        let extras: Vec<Tree> = match has_last {
            true => (0..self.dice.within(0..=2)).map(|_| self.extra()).collect(),
            false => Vec::new(),
        };
        let scales = (0..=maps.len() + extras.len()).map(|i| word(format_args!("0.{}", i + 2)));
        let mut head = vec![
            ("kind", word("detect")),
            ("maps", Tree::List(maps)),
            (
                "extras",
                if extras.is_empty() {
                    word("none")
                } else {
                    Tree::List(extras.clone())
                },
            ),
            ("nl", word(self.dice.one(&["relu", "relu6"]))),
            ("k", pair([self.dice.one(&[1, 3, 5]), self.dice.one(&[1, 3])])),
            (
                "ratios",
                Tree::List((0..self.dice.within(1..=2)).map(|i| word(i + 2)).collect()),
            ),
            ("scales", Tree::List(scales.collect())),
        ];
        head.extend(self.classes(&[1, 2, 3], &[("coco", LabelSet::Coco)]).1);
        if self.dice.percent(50) {
            head.push(("scores", word(self.dice.one(&["softmax", "sigmoid"]))));
            head.push(("offset_weights", Tree::List([10, 10, 5, 5].map(word).to_vec())));
            head.push(("threshold", word("0.01")));
            head.push(("candidates", word(self.dice.within(1..=50))));
            head.push(("overlap", word("1/2")));
            head.push(("most", word(self.dice.within(1..=50))));
        }
        table(head)
    }

    fn extra(&mut self) -> Tree {
        let [kernel, stride] = [self.dice.one(&[1, 3]), self.dice.within(1..=2)];
        let (exp, out) = (self.dice.within(1..=20), self.dice.within(1..=40));
        table([
            ("k", word(kernel)),
            ("exp", word(exp)),
            ("out", word(out)),
            ("s", word(stride)),
        ])
    }

    fn window_pool(&mut self) -> Tree {
        let kernel = self.size.map(|size| self.dice.within(1..=size.min(4)));
        let stride = self.both(&[1, 1, 2, 3]);
        for axis in 0..2 {
            self.size[axis] = (self.size[axis] - kernel[axis]) / stride[axis] + 1;
        }
        let kind = word(self.dice.one(&["avg", "max"]));
        let mut pool = vec![("kind", kind), ("k", pair(kernel))];
        if stride != [1, 1] || self.dice.percent(30) {
            pool.push(("s", pair(stride)));
        }
        table(pool)
    }
}
