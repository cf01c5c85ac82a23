//! YAML as a tree of values that know their place.

use crate::error::Span;
use crate::explained::Explained;
use crate::limits::{BOTTLENECKS, FILE_BYTES};
use crate::syntax;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Spanned};
use std::fmt;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// What YAML can say in a spec.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(Key, Node)>),
}

/// A key of a table.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) span: Span,
}

impl Node {
    /// The word `none`: something is left out on purpose.
    pub(crate) fn is_none(&self) -> bool {
        matches!(&self.value, Value::Text(text) if text == "none")
    }

    /// The node's value, `null` in its place.
    pub(crate) fn take(&mut self) -> Self {
        let value = std::mem::replace(&mut self.value, Value::Null);
        Self { value, span: self.span }
    }

    /// How many values it holds, itself included, long texts counted as several.
    pub(crate) fn values(&self) -> usize {
        let below = match &self.value {
            Value::Text(text) => text.len() / 64,
            Value::List(items) => items.iter().map(Node::values).sum(),
            Value::Table(entries) => entries.iter().map(|(_, node)| node.values()).sum(),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Real(_) => 0,
        };
        below + 1
    }
}

/// Nesting that no spec needs; deeper ones are refused before they cost anything.
const DEEPEST: usize = 8;
/// Values of one file, those of aliases counted as often as they stand; the longest spec has a third of them.
pub(crate) const VALUES: usize = 16_384;

/// Reads the text of source number `file`; the error is a place, a message and a fix.
pub(crate) fn parse(file: usize, text: &str) -> Result<Node, (Span, Explained)> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 3 * VALUES,
            max_aliases: BOTTLENECKS,
            max_anchors: BOTTLENECKS,
            max_merge_keys: BOTTLENECKS,
            max_depth: DEEPEST,
            max_nodes: VALUES,
            // With aliases written out, as the number of values is.
            max_total_scalar_bytes: FILE_BYTES,
            max_recorded_anchor_bytes: FILE_BYTES,
            enforce_alias_anchor_ratio: false,
        },
        // A key that is there twice is reported by the reader of its table, with all else that is wrong.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        null_as_string: true,
        reject_unsupported_tags: true,
    };
    match serde_yaml::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(node(file, text, raw)),
        Err(error) => {
            let start = error.location().map_or(0, |location| offset(text, location));
            let (place, explained) = syntax::explain(&error, text, start);
            let span = Span {
                file,
                start: place.start,
                end: place.end,
            };
            Err((span, explained))
        }
    }
}

/// The byte at which a location stands; some locations know only their line and column.
fn offset(text: &str, location: serde_yaml::Location) -> usize {
    let by_line = || {
        let line = usize::try_from(location.line().saturating_sub(1)).unwrap_or(0);
        let column = usize::try_from(location.column().saturating_sub(1)).unwrap_or(0);
        let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
        let rest = text.get(start..).unwrap_or("");
        start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    };
    let at = location.span().byte_offset().map_or_else(by_line, |n| n as usize);
    text.floor_char_boundary(at)
}

enum Raw {
    Null,
    Bool(bool),
    Int(i128),
    Real(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Table(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn node(file: usize, text: &str, raw: Spanned<Raw>) -> Node {
    let mut span = span(file, raw.defined);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(b) => Value::Bool(b),
        Raw::Int(n) => Value::Int(n),
        Raw::Real(x) => Value::Real(x),
        Raw::Text(t) => Value::Text(t),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(file, text, item)).collect()),
        Raw::Table(entries) => {
            let key = |k: Spanned<String>| Key {
                span: self::span(file, k.defined),
                name: k.value,
            };
            Value::Table(
                entries
                    .into_iter()
                    .map(|(k, v)| (key(k), node(file, text, v)))
                    .collect(),
            )
        }
    };
    let last = match &value {
        Value::List(items) => items.last().map(|item| item.span.end),
        Value::Table(entries) => entries.last().map(|(_, node)| node.span.end),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Real(_) | Value::Text(_) => return Node { value, span },
    };
    span.end = end_of_collection(text, span.start, last.unwrap_or(0).max(span.start + 1));
    Node { value, span }
}

/// Where a list or table ends whose last item ends at `last`: the parser knows only where it starts.
fn end_of_collection(text: &str, start: usize, last: usize) -> usize {
    let closing = match text.as_bytes().get(start) {
        Some(b'{') => b'}',
        Some(b'[') => b']',
        _ => return last,
    };
    let mut at = last;
    while let Some(&byte) = text.as_bytes().get(at) {
        at += 1;
        if byte == closing {
            return at;
        }
        if byte == b'#' {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
        }
    }
    last
}

fn span(file: usize, location: serde_yaml::Location) -> Span {
    let place = location.span();
    let start = place.byte_offset().map_or(0, |n| n as usize);
    Span {
        file,
        start,
        end: start.saturating_add(place.byte_len().map_or(0, |n| n as usize)),
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Raw, E> {
        Ok(Raw::Int(n.into()))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Raw, E> {
        Ok(Raw::Int(n.into()))
    }
    fn visit_i128<E>(self, n: i128) -> Result<Raw, E> {
        Ok(Raw::Int(n))
    }
    fn visit_u128<E>(self, n: u128) -> Result<Raw, E> {
        Ok(Raw::Int(i128::try_from(n).unwrap_or(i128::MAX)))
    }
    fn visit_f64<E>(self, x: f64) -> Result<Raw, E> {
        Ok(Raw::Real(x))
    }
    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            table.push(entry);
        }
        Ok(Raw::Table(table))
    }
}
