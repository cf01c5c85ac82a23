//! The spec language as a JSON Schema, for editors that complete and check: made from the tables of keys, words and ranges
//! that the parser itself reads by.

mod heads;
mod rows;
mod words;

use crate::dialect::{
    self, BLOCK_NLS, DEPTHS, FORMS, GATES, HARD, LAYOUTS, MATRIX_LAYOUTS, NAMINGS, PADDINGS, SCALINGS, SHORTCUT,
    SQUEEZE, SQUEEZE_NLS, SQUEEZE_PLACES, SQUEEZE_RATIO, WIDTHS,
};
use crate::identifiers::{KEYWORDS, OUTPUTS};
use crate::keys::{self, INPUT, LAST, ROW, STEM};
use crate::limits::{BOTTLENECKS, DIVISOR, HIDDENS, IMAGE_CHANNELS, KERNEL, LASTS, MULTIPLIER, SHARE, SIDE, WINDOWS};
use crate::nl::RELUS;
use crate::preprocess::{self, CROP, FILL, FILTERS, FITS, MEAN, MEAN_ITSELF, ORDERS, PLACES, STD};
use crate::spec::{MATRICES, PRECISIONS};
use crate::templates::{
    DETECT_NAMES, LAYER, SEGMENT as SEGMENT_NAMES, SHORTCUT_NAMES, SUFFIXES, TENSORS, WITHOUT_EXPAND,
};
use rows::{column, tapped};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use words::{Form, any, choice, count, describe, flag, none, pair, real, table, words};

/// The JSON Schema (draft 7) of specs: which keys there are, which must be there, and what each can be. What only shows when
/// rows are put together, such as maps that do not fit, is beyond it.
///
/// ```
/// let schema = mnv3_spec::schema();
/// assert_eq!(schema["then"]["properties"]["width"]["anyOf"][0]["maximum"], 8.0);
/// ```
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "mnv3 spec",
        "description": "A MobileNetV3 as a table of bottlenecks, for mobilenet! and the command mnv3.",
        "if": { "required": ["extends"] },
        "then": specs(Form::Variant),
        "else": specs(Form::Whole),
    })
}

/// The same as a file.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

fn specs(form: Form) -> Value {
    let optional = [
        "conventions",
        "preprocess",
        "width",
        "depth",
        "taps",
        "matrices",
        "precision",
        "extends",
    ];
    table(keys::KEYS, &optional, form, |key| match key {
        "name" => json!({
            "description": "The name of the generated type.",
            "type": "string", "pattern": "^[A-Z][A-Za-z0-9]{0,99}$", "not": { "const": "Self" },
        }),
        "dialect" => words(
            &dialect::built_in(),
            "The library whose conventions and tensor names hold.",
        ),
        "conventions" => conventions(),
        "preprocess" => preprocess("How an image becomes input."),
        "input" => table(INPUT, &[], form, |key| match key {
            "size" => pair(SIDE, "Pixels: one number, or [height, width]."),
            "channels" => count(IMAGE_CHANNELS, "3 for colour, 1 for grey."),
            _ => Value::Null,
        }),
        "width" => real(MULTIPLIER, "Multiplies channels, by the dialect's rules."),
        "depth" => real(MULTIPLIER, "Multiplies the rows of each stage (timm)."),
        "stem" => table(STEM, &[], form, column),
        "bottlenecks" => bottlenecks(form),
        "last" => any([
            none(),
            table(LAST, &[], form, column),
            json!({ "type": "array", "minItems": 1, "maxItems": LASTS, "items": table(LAST, &[], Form::Whole, column) }),
        ]),
        "head" => any([none(), heads::classify(form), heads::segment(form), heads::detect(form)]),
        "taps" => json!({
            "description": "Names for outputs of rows: of bottlenecks by their number, of stem, of last; 3.expand is what bottleneck 3 expands to.",
            "type": "object", "maxProperties": BOTTLENECKS,
            "propertyNames": { "pattern": "^[a-z][a-z0-9_]{0,59}$", "not": { "anyOf": [{ "enum": taken() }, { "pattern": "^(logits|offsets)_[0-9]+$" }] } },
            "additionalProperties": tapped(),
        }),
        "matrices" => choice(MATRICES, "How the matrices of squeeze-excite and head are stored."),
        "precision" => choice(PRECISIONS, "What the network is computed in."),
        "extends" => json!({
            "description": "The spec to start from: a published one such as mnv3:large, or a path.",
            "type": "string", "minLength": 1,
        }),
        _ => Value::Null,
    })
}

fn taken() -> Vec<&'static str> {
    OUTPUTS.iter().chain(KEYWORDS).copied().collect()
}

fn bottlenecks(form: Form) -> Value {
    let rows = json!({
        "description": "A row to each bottleneck.",
        "type": "array", "minItems": 1, "maxItems": BOTTLENECKS,
        "items": table(ROW, &["dilation", "residual"], Form::Whole, column),
    });
    if form == Form::Whole {
        return rows;
    }
    let changes = json!({
        "description": "Changes of single rows: by number, by range such as 3-5, or all.",
        "type": "object",
        "patternProperties": { "^(all|[0-9]+( *- *[0-9]+)?)$": table(ROW, &[], Form::Variant, column) },
        "additionalProperties": false,
    });
    any([rows, changes])
}

fn preprocess(description: &str) -> Value {
    let levels = |range: RangeInclusive<f64>, what: &str| {
        let one = real(range, what);
        any([one.clone(), json!({ "type": "array", "minItems": 1, "items": one })])
    };
    let table = table(preprocess::KEYS, &[], Form::Variant, |key| match key {
        "fit" => choice(
            FITS,
            "Cut out the middle, stretch, fill up beside it, or as for lines of text.",
        ),
        "windows" => any([
            none(),
            count(
                WINDOWS,
                "Windows that a line is seen through at most; none: it is squeezed.",
            ),
        ]),
        "place" => choice(PLACES, "Where a picture lies that is filled up beside."),
        "fill" => any([
            json!({ "const": MEAN_ITSELF, "description": "What becomes 0." }),
            levels(FILL, "Pixels beside a picture, which are 0 to 1."),
        ]),
        "order" => choice(ORDERS, "Of the channels of colour images."),
        "crop" => real(CROP, "Share of the image that is cut out."),
        "filter" => choice(FILTERS, "How pixels are resampled."),
        "mean" => levels(MEAN, "Subtracted from pixels, which are 0 to 1."),
        "std" => levels(STD, "What the rest is divided by."),
        _ => Value::Null,
    });
    let mut both = any([none(), table]);
    describe(&mut both, description);
    both
}

fn conventions() -> Value {
    let mut conventions = table(dialect::KEYS, &[], Form::Variant, |key| match key {
        "padding" => choice(PADDINGS, "(k - 1) / 2 on every side, or as TensorFlow has it."),
        "bn_epsilon" => real(SHARE, "Added to the variance of batch norms."),
        "conv_bias" => flag("Whether convolutions have a bias beside their batch norm."),
        "RE" => choice(RELUS, "What RE stands for."),
        "hard_sigmoid" | "hard_swish" => table(HARD, &[], Form::Variant, |key| real(SHARE, key)),
        "squeeze" => table(SQUEEZE, &[], Form::Variant, |key| match key {
            "ratio" => real(SQUEEZE_RATIO, "Of the expanded channels."),
            "round" => any([json!({ "const": "floor" }), count(DIVISOR, "A multiple of this.")]),
            "nl" => choice(SQUEEZE_NLS, "Between the two layers."),
            "gate" => choice(GATES, "What makes numbers from 0 to 1 of the second."),
            "place" => choice(SQUEEZE_PLACES, "Where it stands in a block."),
            "bias" => flag("Whether its layers have a bias."),
            _ => Value::Null,
        }),
        "shortcut" => any([
            none(),
            table(SHORTCUT, &[], Form::Variant, |key| match key {
                "k" => any([none(), pair(KERNEL, "Kernel at a stride.")]),
                "bias" => flag("Whether the 1x1 convolution after it has a bias."),
                _ => Value::Null,
            }),
        ]),
        "block_nl" => choice(BLOCK_NLS, "What a block ends in."),
        "expand_when_equal" => flag("Whether a block whose exp is what comes in has an expanding convolution."),
        "layout" => choice(LAYOUTS, "Of kernels in files."),
        "matrix_layout" => choice(MATRIX_LAYOUTS, "Of matrices in files."),
        "naming" => choice(NAMINGS, "How tensors are found in files."),
        "squeeze_layers" | "hidden_layer" | "classes_layer" => choice(FORMS, "How files store these."),
        "hidden_bias" => flag("Whether the hidden layer has a bias."),
        "hidden_scale" => real(SHARE, "What the hidden layer's output is multiplied by."),
        "width" => table(WIDTHS, &[], Form::Variant, |key| match key {
            "divisor" => count(DIVISOR, "What channels become a multiple of."),
            _ => choice(SCALINGS, "How the multiplier acts here."),
        }),
        "depth" => choice(DEPTHS, "Whether there is a rule for depth."),
        "tensors" => tensors(),
        "preprocess" => preprocess("As the key of a spec."),
        _ => Value::Null,
    });
    describe(&mut conventions, "What differs from the dialect.");
    conventions
}

fn tensors() -> Value {
    let template = || json!({ "type": "string" });
    let normed = || table(LAYER, &[], Form::Variant, |_| template());
    let dense = || any([template(), normed()]);
    let layer = |key: &str| match key {
        "classes" | "classes_alone" => template(),
        "reduce" | "excite" => dense(),
        "hidden" => any([
            template(),
            normed(),
            json!({ "type": "array", "minItems": 1, "maxItems": HIDDENS, "items": dense() }),
        ]),
        "stem" | "expand" | "depthwise" | "project" | "last" => table(LAYER, &[], Form::Variant, |_| template()),
        _ => Value::Null,
    };
    table(TENSORS, &[], Form::Variant, |key| match key {
        "detect" => table(DETECT_NAMES, &[], Form::Variant, |key| match key {
            "logits" | "offsets" => template(),
            _ => table(LAYER, &[], Form::Variant, |_| template()),
        }),
        "renames" => json!({
            "description": "How names begin, and what stands there in files.",
            "type": "object", "propertyNames": { "pattern": "\\*$" },
            "additionalProperties": { "type": "string", "pattern": "\\*$" },
        }),
        "without_expand" => table(WITHOUT_EXPAND, &[], Form::Variant, layer),
        "shortcut" => table(SHORTCUT_NAMES, &[], Form::Variant, |_| normed()),
        "segment" => table(SEGMENT_NAMES, &[], Form::Variant, |key| match key {
            "hidden" => table(LAYER, &[], Form::Variant, |_| template()),
            _ => template(),
        }),
        "suffix" => table(SUFFIXES, &[], Form::Variant, |_| template()),
        _ => layer(key),
    })
}
