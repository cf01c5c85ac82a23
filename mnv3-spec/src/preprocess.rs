//! How an image becomes a network's input: the dialect's way, with what the spec changes of it.

use crate::dialect::Dialect;
use crate::error::Errors;
use crate::extends::merge;
use crate::head::Head;
use crate::limits::WINDOWS;
use crate::network::{ColourOrder, Filter, Fit, Placing, Preprocess, Unprepared};
use crate::read::{Fields, choice, count, described, real};
use crate::tree::{Node, Value};
use std::ops::RangeInclusive;

pub(crate) const KEYS: &[&str] = &[
    "fit", "crop", "windows", "place", "fill", "filter", "order", "mean", "std",
];
pub(crate) const FILTERS: &[(&str, Filter)] = &[
    ("nearest", Filter::Nearest),
    ("bilinear", Filter::Bilinear),
    ("bicubic", Filter::Bicubic),
    ("bilinear-sampled", Filter::BilinearSampled),
];

pub(crate) const FITS: &[(&str, Way)] = &[
    ("crop", Way::Crop),
    ("stretch", Way::Stretch),
    ("pad", Way::Pad),
    ("line", Way::Line),
];
/// The first is that of a picture of which nothing is said.
pub(crate) const PLACES: &[(&str, Placing)] = &[("center", Placing::Centred), ("upper-left", Placing::UpperLeft)];
/// The first is that of channels of which nothing is said.
pub(crate) const ORDERS: &[(&str, ColourOrder)] = &[("rgb", ColourOrder::Rgb), ("bgr", ColourOrder::Bgr)];
/// What becomes 0.
pub(crate) const MEAN_ITSELF: &str = "mean";
/// Share of the image that is cut out.
pub(crate) const CROP: RangeInclusive<f64> = 0.01..=1.0;
/// Pixels beside an image.
pub(crate) const FILL: RangeInclusive<f64> = 0.0..=1.0;
/// Means of pixels, which are numbers from 0 to 1.
pub(crate) const MEAN: RangeInclusive<f64> = -1.0..=1.0;
/// Standard deviations of pixels.
pub(crate) const STD: RangeInclusive<f64> = 0.000_001..=8.0;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Crop,
    Stretch,
    Pad,
    Line,
}

/// What images are to become.
#[derive(Clone, Copy)]
pub(crate) struct PreparedFor<'s> {
    pub(crate) size: [usize; 2],
    pub(crate) channels: usize,
    pub(crate) head: Option<&'s Head>,
}

/// The network's preprocessing. None where `none` is written, or where the
/// dialect's numbers are for another count of channels and the spec gives none of its own.
pub(crate) fn read(
    spec: &Fields<'_>,
    dialect: &Dialect,
    wanted: PreparedFor<'_>,
    errors: &mut Errors,
) -> Option<Result<Preprocess, Unprepared>> {
    let channels = wanted.channels;
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
    let fit = fit(&fields, own, wanted, errors);
    let filter = fields.choice("filter", FILTERS, errors);
    let order = order(&fields, own, channels, errors);
    let fill = fields.optional("fill").filter(|node| !is_mean(node));
    let fill = fill.map(|node| reals(node, "fill", FILL, errors));
    let mean = fields
        .required("mean", "[0.485, 0.456, 0.406]", errors)
        .and_then(|node| reals(node, "mean", MEAN, errors));
    let std = fields
        .required("std", "[0.229, 0.224, 0.225]", errors)
        .and_then(|node| reals(node, "std", STD, errors));
    let (mean, std) = (mean?, std?);
    let fill = match fill {
        Some(fill) => Some(fill?),
        None => None,
    };
    let fits = |list: &[f64]| list.len() == 1 || list.len() == channels;
    let fill_fits = fill.as_ref().is_none_or(|fill| fits(fill));
    if !(fits(&mean) && fits(&std) && fill_fits) {
        if own.is_none() {
            return Some(Err(Unprepared::ByChannels));
        }
        let fills = fill.as_ref().filter(|_| !fill_fits);
        let fills = fills.map_or_else(String::new, |fill| format!("{} fills, ", fill.len()));
        let message = format!(
            "preprocess has {fills}{} means and {} stds, the image {channels} channels",
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
        order: order?,
        fill: fill.map(each),
        mean: each(mean),
        std: each(std),
    }))
}

/// How images are brought to the network's size. What a head finds, it finds in the whole picture: with one that detects or segments,
/// the dialect's crop is none of its business.
fn fit(fields: &Fields<'_>, own: Option<&Node>, wanted: PreparedFor<'_>, errors: &mut Errors) -> Option<Fit> {
    let way = fields.choice("fit", FITS, errors)?;
    let finds = match wanted.head {
        Some(Head::Detect(_)) => Some("detects"),
        Some(Head::Segment(_)) => Some("segments"),
        Some(Head::Classify(_)) | None => None,
    };
    if let (Some(finds), Way::Crop | Way::Line) = (finds, way.value) {
        if written(own, "fit").is_none() {
            return Some(Fit::Stretch);
        }
        let (fit, part) = match way.value {
            Way::Line => ("line", "a window of it"),
            Way::Crop | Way::Stretch | Way::Pad => ("crop", "its middle"),
        };
        let message =
            format!("fit of preprocess is {fit}, and the head {finds}, which would see of a picture {part} only");
        errors.push(way.span, message, "write stretch, or pad, which keeps the aspect");
        return None;
    }
    match way.value {
        Way::Crop => {
            let crop = fields.real("crop", CROP, errors)?;
            // A share such as 224/232 must not end one pixel short for its last bit.
            let resized = wanted.size.map(|n| (n as f64 / crop + 1e-6).floor() as usize);
            Some(Fit::Crop { resized })
        }
        Way::Stretch => Some(Fit::Stretch),
        Way::Pad => {
            let placing = fields.choice_or_first("place", PLACES, errors)?;
            Some(Fit::Pad { placing })
        }
        Way::Line => {
            let node = fields.required("windows", "8", errors)?;
            let windows = windows(node, &fields.label("windows"), errors)?;
            Some(Fit::Line { windows })
        }
    }
}

/// How many windows a line is seen through; `none` where it is squeezed.
fn windows(node: &Node, label: &str, errors: &mut Errors) -> Option<Option<usize>> {
    if node.is_none() {
        return Some(None);
    }
    count(node, label, WINDOWS, errors).map(|windows| Some(windows.value))
}

/// The order of the channels. What the spec does not say itself is only said of images of colours.
fn order(fields: &Fields<'_>, own: Option<&Node>, channels: usize, errors: &mut Errors) -> Option<ColourOrder> {
    let order = fields.choice_or_first("order", ORDERS, errors)?;
    if order == ColourOrder::Rgb || channels == 3 {
        return Some(order);
    }
    if let Some(node) = written(own, "order") {
        let plural = if channels == 1 { "" } else { "s" };
        let message =
            format!("order of preprocess is bgr, of an image of {channels} channel{plural}, not three colours");
        errors.push(node.span, message, "write rgb, or input: { channels: 3 }");
        return None;
    }
    Some(ColourOrder::Rgb)
}

fn written<'n>(own: Option<&'n Node>, key: &str) -> Option<&'n Node> {
    let Some(Value::Table(entries)) = own.map(|node| &node.value) else {
        return None;
    };
    entries
        .iter()
        .find(|(known, _)| known.name == key)
        .map(|(_, node)| node)
}

fn is_mean(node: &Node) -> bool {
    matches!(&node.value, Value::Text(text) if text == MEAN_ITSELF)
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
        there("windows").map(|node| windows(node, &fields.label("windows"), errors).is_some()),
        there("place").map(|node| choice(node, &fields.label("place"), PLACES, errors).is_some()),
        there("fill").map(|node| is_mean(node) || reals(node, "fill", FILL, errors).is_some()),
        there("filter").map(|node| choice(node, &fields.label("filter"), FILTERS, errors).is_some()),
        there("order").map(|node| choice(node, &fields.label("order"), ORDERS, errors).is_some()),
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
        let share = match node.value {
            Value::Int(n) => format!("{n}/255"),
            _ => ((written / 255.0 * 1e6).round() / 1e6).to_string(),
        };
        let message = format!(
            "{label} is {}, of pixels that are numbers from 0 to 1",
            described(node, errors)
        );
        errors.push(node.span, message, format!("write {share}, which is {written} of 255"));
        return None;
    }
    real(node, label, range.clone(), errors)
}
