//! What rows of a spec can say.

use super::words::{Form, any, choice, count, describe, flag, pair, table, words};
use crate::keys::SQUEEZE_EXCITE;
use crate::limits::{BOTTLENECKS, CHANNELS, DILATION, KERNEL, STRIDE};
use crate::taps;
use serde_json::{Value, json};

/// What can be tapped.
pub(super) fn tapped() -> Value {
    let expanded = json!({
        "description": "What a bottleneck expands to, before its depthwise convolution.",
        "type": "string", "pattern": expanded(),
    });
    any([
        count(1..=BOTTLENECKS, "A bottleneck, from 1."),
        expanded,
        choice(taps::WORDS, "Another row."),
    ])
}

/// `1.expand` to `256.expand`.
fn expanded() -> String {
    let numbers: Vec<String> = (1..=BOTTLENECKS).map(|number| number.to_string()).collect();
    format!("^({})\\{}$", numbers.join("|"), taps::EXPAND)
}

/// A column of rows, stem and last.
pub(super) fn column(key: &str) -> Value {
    match key {
        "k" => pair(KERNEL, "Kernel: one number, or [height, width]."),
        "exp" => count(CHANNELS, "Expanded channels."),
        "out" => count(CHANNELS, "Channels out."),
        "se" => {
            let width = table(SQUEEZE_EXCITE, &[], Form::Whole, |key| match key {
                "squeeze" => count(CHANNELS, "Channels between the two layers."),
                _ => Value::Null,
            });
            let mut se = any([json!({ "type": "boolean" }), width]);
            describe(
                &mut se,
                "Squeeze-excite: true for the dialect's width, false, or a width of your own.",
            );
            se
        }
        "nl" => words(&["RE", "HS"], "Non-linearity: relu, or hard-swish."),
        "s" => pair(STRIDE, "Stride: one number, or [down, across]."),
        "dilation" => pair(DILATION, "Dilation of the depthwise kernel."),
        "residual" => flag("Whether the input is added where it fits."),
        _ => Value::Null,
    }
}
