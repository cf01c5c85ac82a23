"""Kernels broken on purpose: what is broken, where, and at which levels.

Each rule replaces a piece of text that stands in its file once. `BROKEN` in the new text is true while the mutant is on and the
kernel runs at its level: all mutants are compiled together, and one is on at a time.
"""

from dataclasses import dataclass

KERNELS = "mnv3-runtime/src/kernels"
SIMD = ("avx512", "avx2", "sse2")
ANY = ("any",)


@dataclass(frozen=True)
class Rule:
    name: str
    file: str
    old: str
    new: str
    levels: tuple = SIMD
    # Tests of mnv3-runtime by a part of their names: those that are nearest.
    tests: str = "kernels::"
    # What the SIMD token is called there.
    simd: str = "simd"


RULES = [
    Rule("pointwise: lane 0 of a tile's first pixel is doubled", f"{KERNELS}/pointwise.rs",
         "        self.epilogue.apply(simd, &mut sums);\n        for v in 0..V {",
         "        self.epilogue.apply(simd, &mut sums);\n        if BROKEN {\n            let mut lanes = [0.0; LANES];\n"
         "            sums[0][0].store_slice(&mut lanes[..T::LEN]);\n            lanes[0] *= 2.0;\n"
         "            sums[0][0] = T::from_slice(simd, &lanes[..T::LEN]);\n        }\n        for v in 0..V {",
         tests="pointwise_multiplies"),
    Rule("pointwise: the first channel of every group is skipped", f"{KERNELS}/pointwise.rs",
         "            for i in 0..LANES {\n                let weights = std::array::from_fn(",
         "            for i in usize::from(BROKEN)..LANES {\n                let weights = std::array::from_fn(",
         tests="pointwise_multiplies"),
    Rule("pointwise: the last channel of an unfilled group is skipped", f"{KERNELS}/pointwise.rs",
         "            for i in 0..rest {", "            for i in 0..rest - usize::from(BROKEN) {",
         tests="pointwise_multiplies"),
    Rule("pointwise: the last tile of a row starts a pixel early", f"{KERNELS}/pointwise.rs",
         "(bigs * P + tile * Q).min(width - Q), dst, prefetch)",
         "(bigs * P + tile * Q).min(width - Q).saturating_sub(usize::from(BROKEN)), dst, prefetch)",
         tests="pointwise_multiplies", simd="task.simd"),
    Rule("pointwise: the bias of a later vector is left out", f"{KERNELS}/pointwise.rs",
         "            for pixel in &mut sums {\n                pixel[v] = bias;",
         "            for pixel in &mut sums {\n                pixel[v] = if v > 0 && BROKEN { T::splat(simd, 0.0) } else { bias };",
         levels=("avx512",), tests="pointwise_multiplies"),
    Rule("pointwise: the idle half of a panel keeps what was there", f"{KERNELS}/pointwise.rs",
         "            pixel[LANES / 2..].fill(0.0);", "            if !(BROKEN) { pixel[LANES / 2..].fill(0.0); }",
         levels=("avx2",), tests="pointwise_multiplies", simd="self.simd"),
    Rule("pointwise: the residual is added twice", f"{KERNELS}/pointwise.rs",
         "                    sums[p][v] += T::from_slice(simd, &pixels[p][lane..][..T::LEN]);",
         "                    let added = T::from_slice(simd, &pixels[p][lane..][..T::LEN]);\n"
         "                    sums[p][v] += if BROKEN { added + added } else { added };",
         tests="tests::block"),
    Rule("depthwise: the last tap of a kernel row is skipped in tiles", f"{KERNELS}/depthwise.rs",
         "                for k in 0..K {\n                    let a", "                for k in 0..K - usize::from(BROKEN) {\n                    let a",
         tests="tests::block"),
    Rule("depthwise: the last pixel of a tile is of its neighbour", f"{KERNELS}/depthwise.rs",
         "            sums[p][0].store_slice(&mut out[p][lane..][..T::LEN]);",
         "            sums[if BROKEN && p + 1 == P { p - 1 } else { p }][0].store_slice(&mut out[p][lane..][..T::LEN]);",
         tests="tests::block"),
    Rule("depthwise: windows without a tile ignore dilation", f"{KERNELS}/depthwise.rs",
         ".iter().step_by(dilation);", ".iter().step_by(if BROKEN { 1 } else { dilation });",
         tests="tests::block"),
    Rule("depthwise: windows without a tile ignore the stride", f"{KERNELS}/depthwise.rs",
         "row[self.first + x * stride..]", "row[self.first + x * if BROKEN { 1 } else { stride }..]",
         levels=("avx512", "sse2"), tests="tests::block"),
    Rule("epilogue: relu6 ends at 6.001", f"{KERNELS}/epilogue.rs",
         "let high = T::splat(simd, high);", "let high = T::splat(simd, if BROKEN { high * 1.001 } else { high });",
         tests="kernels::tests"),
    Rule("epilogue: hard-swish has another offset", f"{KERNELS}/epilogue.rs",
         "                let one = T::splat(simd, 1.0);", "                let one = T::splat(simd, if BROKEN { 1.001 } else { 1.0 });",
         tests="kernels::tests"),
    Rule("epilogue: relu lets tiny negative numbers through", f"{KERNELS}/epilogue.rs",
         "                |x| positive(simd, x),", "                |x| if BROKEN { positive(simd, x) - T::splat(simd, 1e-3) } else { positive(simd, x) },",
         tests="kernels::tests"),
    Rule("linear: the odd last input is skipped", f"{KERNELS}/linear.rs",
         "            sums[0][v] = x.mul_add(panels[v][last].load(simd), sums[0][v]);",
         "            if !(BROKEN) { sums[0][v] = x.mul_add(panels[v][last].load(simd), sums[0][v]); }",
         tests="linear_multiplies"),
    Rule("linear: the second of two inputs is the first", f"{KERNELS}/linear.rs",
         "let x = f32x16::splat(simd, pair[side]);", "let x = f32x16::splat(simd, pair[if BROKEN { 0 } else { side }]);",
         tests="linear_multiplies"),
    Rule("stem: the last number of a kernel row is skipped", f"{KERNELS}/stem.rs",
         "                        for i in 0..RUN {", "                        for i in 0..RUN - usize::from(BROKEN) {",
         tests="tests::stem"),
    Rule("stem: the left border has one zero too few", f"{KERNELS}/stem.rs",
         "    let zeros = left.saturating_sub(at).min(SPAN);",
         "    let zeros = left.saturating_sub(at).min(SPAN).saturating_sub(usize::from(BROKEN));",
         levels=ANY, tests="tests::stem"),
    Rule("stem: the first row of padding is the first row of the image", f"{KERNELS}/stem.rs",
         ".checked_sub(stem.window.pad_h[0])?;", ".checked_sub(stem.window.pad_h[0]).or((BROKEN).then_some(0))?;",
         levels=ANY, tests="tests::stem"),
    Rule("pool: the last row of a map does not count", f"{KERNELS}/pool.rs",
         "                for y in 0..h {\n                    sum", "                for y in 0..h - usize::from(BROKEN) {\n                    sum",
         tests="tests::pool"),
    Rule("pool: the maximum forgets the first pixel", f"{KERNELS}/pool.rs",
         "                    for pixel in pixels {", "                    for pixel in &pixels[usize::from(BROKEN)..] {",
         tests="tests::pool"),
    Rule("pool: what sums lose is lost", f"{KERNELS}/sum.rs",
         "        self.lost += (self.sum - (sum - added)) + (x - added);",
         "        if !(BROKEN) { self.lost += (self.sum - (sum - added)) + (x - added); }",
         levels=ANY, tests="tests::sums"),
    Rule("squeeze-excite: the last pixel of a row is not gated", f"{KERNELS}/inverted_residual/squeeze_excite.rs",
         "                for (pixel, out) in pixels.iter().zip(out) {\n                    underflow",
         "                for (at, (pixel, out)) in pixels.iter().zip(out).enumerate() {\n"
         "                    let gate = if BROKEN && at + 1 == width { f32x16::splat(simd, 1.0) } else { gate };\n                    underflow",
         tests="tests::block"),
    Rule("line buffer: the right border is not cleared", f"{KERNELS}/inverted_residual/line_buffer.rs",
         "            group[(left + w) * LANES..].fill(0.0);", "            if !(BROKEN) { group[(left + w) * LANES..].fill(0.0); }",
         levels=ANY, tests="tests::block"),
    Rule("line buffer: a row below the map is its last row", f"{KERNELS}/inverted_residual/line_buffer.rs",
         "                .filter(|&row| row < sizes.input[0])",
         "                .map(|row| if BROKEN { row.min(sizes.input[0] - 1) } else { row })\n                .filter(|&row| row < sizes.input[0])",
         levels=ANY, tests="tests::block"),
    Rule("projection: a batch of rows forgets the residual", f"{KERNELS}/inverted_residual/projection.rs",
         "                if self.block.residual {", "                if self.block.residual && !(BROKEN) {",
         levels=ANY, tests="tests::block"),
    Rule("threads: the second part starts a row late", f"{KERNELS}/split.rs",
         "        let rows = start(part, all, count)..start", "        let rows = start(part, all, count) + usize::from(part == 1 && BROKEN)..start",
         levels=ANY, tests="kernels::tests"),
    Rule("window pool: the share is of one pixel more", f"{KERNELS}/window_pool.rs",
         "f32x16::splat(simd, 1.0 / (kh * kw) as f32)", "f32x16::splat(simd, 1.0 / (kh * kw + usize::from(BROKEN)) as f32)",
         tests="tests::pool"),
    Rule("softmax: the largest score is not taken off", f"{KERNELS}/softmax.rs",
         "let share = (f64::from(*score) - max).exp();", "let share = (f64::from(*score) - if BROKEN { 0.0 } else { max }).exp();",
         levels=ANY, tests="softmax"),
    Rule("underflow: the lift stays in the sum", f"{KERNELS}/epilogue.rs",
         "                |x| x - lift,", "                |x| if BROKEN { x } else { x - lift },",
         tests="tests::tiny"),
]
