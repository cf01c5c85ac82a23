//! The words of JSON Schema.

use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

/// Whether everything must be there, or what is not is taken from elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Variant,
}

/// A table with these keys and no other, of which all but the `optional` ones must be there where the form is whole.
pub(super) fn table(keys: &[&str], optional: &[&str], form: Form, of: impl Fn(&str) -> Value) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), of(key))).collect();
    let mut table = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let required: Vec<&&str> = keys.iter().filter(|key| !optional.contains(key)).collect();
    if let (Form::Whole, Value::Object(table)) = (form, &mut table) {
        table.insert("required".to_owned(), json!(required));
    }
    table
}

pub(super) fn any<const N: usize>(forms: [Value; N]) -> Value {
    json!({ "anyOf": forms.as_slice() })
}

pub(super) fn describe(schema: &mut Value, description: &str) {
    if let Value::Object(schema) = schema {
        schema.insert("description".to_owned(), description.into());
    }
}

pub(super) fn none() -> Value {
    json!({ "const": "none", "description": "What the network leaves out." })
}

pub(super) fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

pub(super) fn count(range: RangeInclusive<usize>, description: &str) -> Value {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end(), "description": description })
}

pub(super) fn pair(range: RangeInclusive<usize>, description: &str) -> Value {
    let one = json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() });
    let both = json!({ "type": "array", "items": one, "minItems": 2, "maxItems": 2 });
    json!({ "anyOf": [one, both], "description": description })
}

/// A number, or a fraction, of which the schema sees no more than that it is one.
pub(super) fn real(range: RangeInclusive<f64>, description: &str) -> Value {
    let number = json!({ "type": "number", "minimum": range.start(), "maximum": range.end() });
    let part = r"\s*[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?\s*";
    let fraction = json!({ "type": "string", "pattern": format!("^{part}/{part}$") });
    json!({ "anyOf": [number, fraction], "description": description })
}

pub(super) fn words(words: &[&str], description: &str) -> Value {
    json!({ "enum": words, "description": description })
}

pub(super) fn choice<T>(choices: &[(&str, T)], description: &str) -> Value {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    words(&names, description)
}
