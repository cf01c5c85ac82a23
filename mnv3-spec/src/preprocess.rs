//! How an image becomes a network's input: the dialect's way, with what the spec changes of it.

use crate::dialect::Dialect;
use crate::error::Errors;
use crate::extends::merge;
use crate::limits::WINDOWS;
use crate::network::{Filter, Fit, Preprocess, Unprepared};
use crate::read::{Fields, choice, count, described, real};
use crate::tree::{Node, Value};
use std::ops::RangeInclusive;

pub(crate) const KEYS: &[&str] = &["fit", "crop", "windows", "filter", "mean", "std"];
pub(crate) const FILTERS: &[(&str, Filter)] = &[
    ("nearest", Filter::Nearest),
    ("bilinear", Filter::Bilinear),
    ("bicubic", Filter::Bicubic),
    ("bilinear-sampled", Filter::BilinearSampled),
];

pub(crate) const FITS: &[(&str, Way)] = &[("crop", Way::Crop), ("stretch", Way::Stretch), ("line", Way::Line)];
/// Share of the image that is cut out.
pub(crate) const CROP: RangeInclusive<f64> = 0.01..=1.0;
/// Means of pixels, which are numbers from 0 to 1.
pub(crate) const MEAN: RangeInclusive<f64> = -1.0..=1.0;
/// Standard deviations of pixels.
pub(crate) const STD: RangeInclusive<f64> = 0.000_001..=8.0;

#[derive(Clone, Copy)]
pub(crate) enum Way {
    Crop,
    Stretch,
    Line,
}

/// The network's preprocessing, for images of `size` and `channels`. None where `none` is written, or where the
/// dialect's numbers are for another count of channels and the spec gives none of its own.
pub(crate) fn read(
    spec: &Fields<'_>,
    dialect: &Dialect,
    size: [usize; 2],
    channels: usize,
    errors: &mut Errors,
) -> Option<Result<Preprocess, Unprepared>> {
    let own = spec.optional("preprocess");
    // Each is read at its own place before they are merged, and what turns out to have no use too.
    for node in own.into_iter().chain(&dialect.preprocess) {
        check(node, errors)?;
    }
    let node = match (own, &dialect.preprocess) {
        (Some(own), _) if own.is_none() => return Some(Err(Unprepared::BySpec)),
        (Some(own), Some(base)) => {
            if base.is_none() {
                own.clone()
            } else {
                merge(base.clone(), own.clone(), errors)
            }
        }
        (Some(own), None) => own.clone(),
        (None, Some(base)) if !base.is_none() => base.clone(),
        (None, _) => return Some(Err(Unprepared::ByDialect)),
    };
    let fields = Fields::of(&node, "preprocess", KEYS, errors)?;
    let fit = fields.choice("fit", FITS, errors);
    let filter = fields.choice("filter", FILTERS, errors);
    let fit = match fit.map(|fit| fit.value) {
        Some(Way::Crop) => {
            let crop = fields.real("crop", CROP, errors)?;
            // A share such as 224/232 must not end one pixel short for its last bit.
            let resized = size.map(|n| (n as f64 / crop + 1e-6).floor() as usize);
            Some(Fit::Crop { resized })
        }
        Some(Way::Stretch) => Some(Fit::Stretch),
        Some(Way::Line) => {
            let windows = fields.count("windows", "8", WINDOWS, errors)?;
            Some(Fit::Line { windows: windows.value })
        }
        None => None,
    };
    let mean = fields
        .required("mean", "[0.485, 0.456, 0.406]", errors)
        .and_then(|node| reals(node, "mean", MEAN, errors));
    let std = fields
        .required("std", "[0.229, 0.224, 0.225]", errors)
        .and_then(|node| reals(node, "std", STD, errors));
    let (mean, std) = (mean?, std?);
    let fits = |list: &[f64]| list.len() == 1 || list.len() == channels;
    if !(fits(&mean) && fits(&std)) {
        if own.is_none() {
            return Some(Err(Unprepared::ByChannels));
        }
        let message = format!(
            "preprocess has {} means and {} stds, the image {channels} channels",
            mean.len(),
            std.len()
        );
        errors.push(
            node.span,
            message,
            format!("write one number for all channels, or {channels}"),
        );
        return None;
    }
    let each = |list: Vec<f64>| if list.len() == 1 { vec![list[0]; channels] } else { list };
    Some(Ok(Preprocess {
        fit: fit?,
        filter: filter?.value,
        mean: each(mean),
        std: each(std),
    }))
}

/// Reports what is wrong with any key that is there.
fn check(node: &Node, errors: &mut Errors) -> Option<()> {
    if node.is_none() {
        return Some(());
    }
    let fields = Fields::of(node, "preprocess", KEYS, errors)?;
    let there = |name: &str| fields.optional(name);
    let right = [
        there("fit").map(|node| choice(node, &fields.label("fit"), FITS, errors).is_some()),
        there("crop").map(|node| real(node, &fields.label("crop"), CROP, errors).is_some()),
        there("windows").map(|node| count(node, &fields.label("windows"), WINDOWS, errors).is_some()),
        there("filter").map(|node| choice(node, &fields.label("filter"), FILTERS, errors).is_some()),
        there("mean").map(|node| reals(node, "mean", MEAN, errors).is_some()),
        there("std").map(|node| reals(node, "std", STD, errors).is_some()),
    ];
    right.into_iter().flatten().all(|right| right).then_some(())
}

/// One number, or a list of them.
fn reals(node: &Node, label: &str, range: RangeInclusive<f64>, errors: &mut Errors) -> Option<Vec<f64>> {
    let label = format!("{label} of preprocess");
    match &node.value {
        Value::List(items) if items.is_empty() => {
            let help = "write one number for all channels, or one for each";
            errors.push(node.span, format!("{label} is an empty list"), help);
            None
        }
        Value::List(items) => {
            let all: Vec<_> = items.iter().map(|item| level(item, &label, &range, errors)).collect();
            all.into_iter().collect()
        }
        _ => level(node, &label, &range, errors).map(|x| vec![x]),
    }
}

/// One of them. What other libraries count in bytes is told as what it is of 255.
fn level(node: &Node, label: &str, range: &RangeInclusive<f64>, errors: &mut Errors) -> Option<f64> {
    let written = match node.value {
        Value::Int(n) => n as f64,
        Value::Real(x) => x,
        _ => 0.0,
    };
    if *range.end() < written && written <= 255.0 {
        let share = (written / 255.0 * 1e6).round() / 1e6;
        let message = format!(
            "{label} is {}, of pixels that are numbers from 0 to 1",
            described(node, errors)
        );
        errors.push(node.span, message, format!("write {share}, which is {written} of 255"));
        return None;
    }
    real(node, label, range.clone(), errors)
}
