//! Heads of each kind.

use super::rows::{column, tapped};
use super::words::{Form, any, choice, count, describe, flag, none, pair, real, table};
use crate::head::{CLASSIFY, DETECT, EXTRA, POOL, POOLS, SCORES, SEGMENT, STAGE};
use crate::limits::{
    ANCHOR_SIDE, BOTTLENECKS, BOXES, CHANNELS, CLASSES, DECODER, HIDDENS, KERNEL, MAPS, PIXEL_CLASSES, SHARE, SIDE,
};
use crate::network::LabelSet;
use crate::nl::RELUS;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

pub(super) fn classify(form: Form) -> Value {
    let pool = || {
        let windows = table(POOL, &["s"], Form::Whole, |key| match key {
            "kind" => choice(POOLS, "The mean or the maximum."),
            "k" => pair(SIDE, "Size of the windows."),
            "s" => pair(SIDE, "Stride of the windows."),
            _ => Value::Null,
        });
        any([choice(POOLS, "Over the whole map."), windows])
    };
    let mut head = table(
        CLASSIFY,
        &["kind", "after_pool", "nl", "labels", "softmax", "sigmoid"],
        form,
        |key| match key {
            "kind" => json!({ "const": "classify", "description": "Scores of the whole image, or its embedding." }),
            "pool" => any([
                pool(),
                json!({ "type": "array", "minItems": 1, "maxItems": 4, "items": pool() }),
            ]),
            "after_pool" => any([none(), column("nl")]),
            "hidden" => any([
                none(),
                count(CHANNELS, "Width of the layer before the scores."),
                json!({
                    "type": "array", "minItems": 1, "maxItems": HIDDENS,
                    "items": count(CHANNELS, "Widths of several."),
                }),
            ]),
            "nl" => column(key),
            "classes" => any([
                none(),
                classes(CLASSES, "Scores; none for the vector before them, an embedding."),
            ]),
            "labels" => labels(),
            "softmax" => flag("Whether the scores are probabilities that add up to 1: one class holds."),
            "sigmoid" => flag("Whether each score is a probability of its own: any number of classes hold."),
            _ => Value::Null,
        },
    );
    if let (Form::Whole, Value::Object(head)) = (form, &mut head) {
        let is_there = json!({ "required": ["hidden"], "properties": { "hidden": { "type": ["integer", "array"] } } });
        head.insert("if".to_owned(), is_there);
        head.insert("then".to_owned(), json!({ "required": ["nl"] }));
    }
    head
}

pub(super) fn segment(form: Form) -> Value {
    let low = || {
        any([
            count(1..=BOTTLENECKS, "The bottleneck whose map has the detail."),
            json!({ "const": "stem" }),
        ])
    };
    let mut head = table(
        SEGMENT,
        &["low", "decoder", "bn_epsilon", "labels"],
        form,
        |key| match key {
            "kind" => json!({ "const": "segment", "description": "Logits of each pixel." }),
            "low" => any([none(), low()]),
            "decoder" => {
                let stage = table(STAGE, &[], Form::Whole, |key| match key {
                    "low" => low(),
                    "k" => pair(KERNEL, "Kernel of the depthwise convolution."),
                    _ => Value::Null,
                });
                let rows = json!({ "type": "array", "minItems": 1, "maxItems": DECODER.end(), "items": stage });
                any([none(), rows])
            }
            "hidden" => count(CHANNELS, "Channels between the last map and its classes."),
            "nl" => column(key),
            "bn_epsilon" => real(SHARE, "Of the head's batch norm."),
            "classes" => classes(PIXEL_CLASSES, "Classes of a pixel."),
            "labels" => labels(),
            _ => Value::Null,
        },
    );
    describe(&mut head, "LR-ASPP.");
    head
}

pub(super) fn detect(form: Form) -> Value {
    let list =
        |items: Value| json!({ "type": "array", "minItems": MAPS.start(), "maxItems": MAPS.end(), "items": items });
    let reals = |what: &str| list(real(ANCHOR_SIDE, what));
    let optional = [
        "kind",
        "labels",
        "scores",
        "offset_weights",
        "threshold",
        "candidates",
        "overlap",
        "most",
    ];
    let mut head = table(DETECT, &optional, form, |key| match key {
        "kind" => json!({ "const": "detect", "description": "Boxes of things." }),
        "classes" => classes(CLASSES, "Kinds of things, the background not counted."),
        "labels" => labels(),
        "scores" => choice(SCORES, "What becomes of logits."),
        "maps" => list(tapped()),
        "extras" => any([none(), list(table(EXTRA, &[], Form::Whole, column))]),
        "nl" => choice(RELUS, "Non-linearity of extras and predictions."),
        "k" => column(key),
        "ratios" => reals("Width over height of anchors."),
        "scales" => reals("Share of the image that anchors of a map have, and one more."),
        "offset_weights" => json!({
            "type": "array", "minItems": 4, "maxItems": 4, "items": real(ANCHOR_SIDE, "What an offset is divided by."),
        }),
        "threshold" => real(0.0..=1.0, "Only scores above this count."),
        "candidates" => count(BOXES, "Anchors of a class that suppression looks at."),
        "overlap" => real(0.0..=1.0, "Boxes of a class that overlap by more than this are one."),
        "most" => count(BOXES, "Boxes of an image."),
        _ => Value::Null,
    });
    // Without a kind, a head is of the first.
    if let Value::Object(head) = &mut head {
        let required = head.entry("required").or_insert_with(|| json!([]));
        if let (Value::Array(required), Form::Whole) = (required, form) {
            required.push(json!("kind"));
        }
    }
    head
}

/// How many, or their names.
fn classes(range: RangeInclusive<usize>, description: &str) -> Value {
    let name = any([json!({ "type": "string" }), json!({ "type": "integer" })]);
    let names = json!({
        "type": "array", "minItems": range.start(), "maxItems": range.end(), "uniqueItems": true, "items": name,
    });
    any([count(range, description), names])
}

fn labels() -> Value {
    let sets: Vec<&str> = LabelSet::ALL.iter().map(|(name, _)| *name).collect();
    json!({
        "description": "Names of the classes: a set that comes with mnv3, or the path of a file with one a line.",
        "anyOf": [{ "enum": sets }, { "type": "string", "minLength": 1 }],
    })
}
