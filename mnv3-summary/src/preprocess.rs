//! How images become the input of a network, or why nothing is said of it.

use mnv3_ir::Visible;
use mnv3_spec::{ColourOrder, Filter, Fit, Network, Placing, Preprocess, Unprepared};

/// On one line.
#[must_use]
pub fn preprocess(network: &Network) -> String {
    match (&network.preprocess, network.unprepared) {
        (Some(preprocess), _) => prepared(network, preprocess),
        (None, Some(why)) => format!("none: {}", unprepared(network, why)),
        (None, None) => "none".to_owned(),
    }
}

fn prepared(network: &Network, preprocess: &Preprocess) -> String {
    let [h, w] = [network.input.h, network.input.w];
    let fit = match preprocess.fit {
        Fit::Crop {
            resized: [over, across],
        } => format!("resized to cover {over}x{across}, cut to {h}x{w}"),
        Fit::Stretch => format!("stretched to {h}x{w}"),
        Fit::Pad { placing } => {
            let place = match placing {
                Placing::Stretched | Placing::Centred => "centred",
                Placing::UpperLeft => "in the upper left",
            };
            format!("scaled to fit {h}x{w}, {place}, {} beside it", fill(preprocess))
        }
        Fit::Line { windows: Some(windows) } => {
            let fill = match preprocess.fill {
                Some(_) => format!(", {} beside it", fill(preprocess)),
                None => String::new(),
            };
            format!("scaled to {h} rows, up to {windows} windows of {h}x{w}{fill}")
        }
        Fit::Line { windows: None } => {
            let fill = fill(preprocess);
            format!("scaled to {h} rows, squeezed to {w} columns at most, {fill} beside it")
        }
    };
    let filter = match preprocess.filter {
        Filter::Nearest => "nearest",
        Filter::Bilinear => "bilinear",
        Filter::Bicubic => "bicubic",
        Filter::BilinearSampled => "bilinear-sampled",
    };
    let [mean, std] = [&preprocess.mean, &preprocess.std].map(|list| numbers(list));
    let order = match preprocess.order {
        ColourOrder::Rgb => "",
        ColourOrder::Bgr => ", blue first",
    };
    format!("{fit}, {filter}{order}, mean {mean}, std {std}")
}

/// What stands beside a picture.
fn fill(preprocess: &Preprocess) -> String {
    preprocess
        .fill
        .as_ref()
        .map_or("the mean".to_owned(), |fill| numbers(fill))
}

/// One number where all are the same.
fn numbers(list: &[f64]) -> String {
    match list {
        [first, rest @ ..] if rest.iter().all(|x| x == first) => first.to_string(),
        _ => list.iter().map(f64::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn unprepared(network: &Network, why: Unprepared) -> String {
    let dialect = Visible(&network.dialect);
    match why {
        Unprepared::BySpec => "the spec says so".to_owned(),
        Unprepared::ByDialect => format!("dialect {dialect} says nothing of images, nor does the spec"),
        Unprepared::ByChannels => format!(
            "the means of dialect {dialect} are for other channels than the {} of the input, and the spec gives none",
            network.input.c
        ),
    }
}
