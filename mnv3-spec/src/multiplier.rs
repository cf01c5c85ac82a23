//! Width and depth multipliers, by the dialect's own rounding.

use crate::at::At;
use crate::dialect::{Dialect, Scaling};
use crate::error::Errors;
use crate::head::Head;
use crate::limits::{BOTTLENECKS, CHANNELS, LASTS};
use crate::spec::{Row, Spec};

/// The multiple of `divisor` nearest to `value`, at least one of it and never under nine tenths of the value.
///
/// The rule of all published MobileNets.
pub(crate) fn make_divisible(value: f64, divisor: usize) -> usize {
    let d = divisor as f64;
    let rounded = d.max(((value + d / 2.0) / d).floor() * d);
    (if rounded < 0.9 * value { rounded + d } else { rounded }) as usize
}

/// Numbers of a stage: runs of rows with the same `out` as written; libraries number tensors by these.
pub(crate) fn stages(rows: &[Row]) -> Vec<(usize, usize)> {
    let (mut stage, mut index) = (0, 0);
    let mut places = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        match i.checked_sub(1).and_then(|before| rows.get(before)) {
            Some(before) if before.out.value != row.out.value => (stage, index) = (stage + 1, 0),
            Some(_) => index += 1,
            None => {}
        }
        places.push((stage, index));
    }
    places
}

/// The spec with its multipliers carried out, and the stages of its rows.
pub(crate) fn apply(mut spec: Spec, dialect: &Dialect, errors: &mut Errors) -> Option<(Spec, Vec<(usize, usize)>)> {
    if let Some(depth) = spec.depth.take() {
        if !dialect.depth {
            let message = format!("dialect {} has no rule for depth", dialect.name);
            errors.push(depth.span, message, "write the rows, or use dialect timm");
            return None;
        }
        spec.rows = deepen(&spec, depth.value);
        // The convolution after the blocks is a stage like any other.
        if let Some(last) = spec.last.last().cloned() {
            let wanted = (spec.last.len() as f64 * depth.value).ceil() as usize;
            spec.last.resize(wanted.clamp(1, LASTS), last);
        }
        if spec.rows.len() > BOTTLENECKS {
            let message = format!("at depth {} there are {} bottlenecks", depth.value, spec.rows.len());
            errors.push(
                depth.span,
                message,
                format!("{BOTTLENECKS} are the most: write a smaller depth"),
            );
            return None;
        }
    }
    let stages = stages(&spec.rows);
    if let Some(width) = spec.width.take() {
        widen(&mut spec, dialect, width.value);
        let widest = widest(&spec);
        if !CHANNELS.contains(&widest) {
            let message = format!("at width {} a layer has {widest} channels", width.value);
            errors.push(
                width.span,
                message,
                format!("{} are the most: write a smaller width", CHANNELS.end()),
            );
            return None;
        }
    }
    Some((spec, stages))
}

/// The most channels of any layer.
fn widest(spec: &Spec) -> usize {
    let rows = spec.rows.iter().flat_map(|row| [row.exp.value, row.out.value]);
    let last = spec.last.iter().map(|last| last.out.value);
    let hidden = spec.head.iter().flat_map(Head::hidden).map(|(width, _)| width.value);
    rows.chain(last).chain(hidden).fold(spec.stem.out.value, usize::max)
}

fn widen(spec: &mut Spec, dialect: &Dialect, width: f64) {
    let widths = dialect.widths;
    let round = |value: f64| make_divisible(value, widths.divisor);
    let scaled = |scaling: Scaling, n: usize| match scaling {
        Scaling::Own | Scaling::Ratio => round(n as f64 * width),
        Scaling::Fixed => n,
        Scaling::Above1 if width > 1.0 => round(n as f64 * width),
        Scaling::From075 if width >= 0.75 => round(n as f64 * width),
        Scaling::Above1 | Scaling::From075 => n,
    };
    // Channels before a row as written, and as scaled.
    let mut before = (spec.stem.out.value, scaled(widths.stem, spec.stem.out.value));
    let ratio = |n: usize, before: (usize, usize)| round(before.1 as f64 * n as f64 / before.0 as f64);
    spec.stem.out.value = before.1;
    for row in &mut spec.rows {
        let exp = row.exp.value;
        row.exp.value = match widths.exp {
            Scaling::Ratio => ratio(exp, before),
            other => scaled(other, exp),
        };
        let out = row.out.value;
        row.out.value = round(out as f64 * width);
        before = (out, row.out.value);
    }
    for last in &mut spec.last {
        let out = last.out.value;
        last.out.value = match widths.last {
            Scaling::Ratio => ratio(out, before),
            other => scaled(other, out),
        };
        before = (out, last.out.value);
    }
    match &mut spec.head {
        Some(Head::Classify(head)) => {
            for (hidden, _) in &mut head.hidden {
                hidden.value = scaled(widths.hidden, hidden.value);
            }
        }
        // No library has a rule for these.
        Some(Head::Segment(_) | Head::Detect(_)) | None => {}
    }
}

/// timm's rule: a stage of n rows gets ceil(n * depth), shared out from its last group of equal rows to its first.
fn deepen(spec: &Spec, depth: f64) -> Vec<Row> {
    let inputs = inputs(spec);
    let places = stages(&spec.rows);
    let mut rows = Vec::new();
    let mut start = 0;
    while start < spec.rows.len() {
        let stage = places[start].0;
        let end = (start..spec.rows.len())
            .find(|&i| places[i].0 != stage)
            .unwrap_or(spec.rows.len());
        let groups = groups(&spec.rows[start..end], &inputs[start..end]);
        let mut left = end - start;
        let mut wanted = (left as f64 * depth).ceil() as usize;
        let mut counts = Vec::new();
        for group in groups.iter().rev() {
            // Python rounds halves to even.
            let share = (group.len() as f64 / left as f64 * wanted as f64)
                .round_ties_even()
                .max(1.0) as usize;
            counts.push(share);
            left -= group.len();
            wanted = wanted.saturating_sub(share);
        }
        for (group, count) in groups.iter().zip(counts.into_iter().rev()) {
            let group_start = start + group.start;
            for i in 0..count {
                match spec.rows.get(group_start + i).filter(|_| i < group.len()) {
                    Some(row) => rows.push(row.clone()),
                    None => rows.push(repeated(
                        &spec.rows[group_start + group.len() - 1],
                        inputs[group_start + group.len() - 1],
                    )),
                }
            }
        }
        start = end;
    }
    rows
}

/// Channels into each row, as written.
fn inputs(spec: &Spec) -> Vec<usize> {
    std::iter::once(spec.stem.out.value)
        .chain(spec.rows.iter().map(|row| row.out.value))
        .take(spec.rows.len())
        .collect()
}

/// Runs of rows that differ in nothing but the first one's stride.
fn groups(rows: &[Row], inputs: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let same = |first: usize| {
            let a = &rows[first];
            let ratio = a.exp.value * inputs[i] == row.exp.value * inputs[first];
            ratio
                && a.k.value == row.k.value
                && a.se == row.se
                && a.residual == row.residual
                && a.nl == row.nl
                && row.s.value == [1, 1]
        };
        match groups.last_mut() {
            Some(group) if same(group.start) => group.end = i + 1,
            _ => groups.push(i..i + 1),
        }
    }
    groups
}

/// One more of a row: stride 1, and the same ratio of expansion to what goes in.
fn repeated(row: &Row, input: usize) -> Row {
    let mut more = row.clone();
    more.exp.value = row.exp.value * row.out.value / input;
    more.s = At::new([1, 1], row.s.span);
    more
}
