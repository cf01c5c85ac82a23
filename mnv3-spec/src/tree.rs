//! YAML as a tree of values that know their place.

use crate::error::Span;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;
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

    /// For messages: what a value is.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Real(_) => "a real number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Nesting that no spec needs; deeper ones are refused before they cost anything.
const DEEPEST: usize = 16;

/// Reads the text of source number `file`; the error is a place and a message.
pub(crate) fn parse(file: usize, text: &str) -> Result<Node, (Span, String)> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 100_000,
            max_aliases: 64,
            max_anchors: 64,
            max_depth: DEEPEST,
            max_nodes: 50_000,
        },
    };
    match serde_yaml::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(node(file, text, raw)),
        Err(error) => {
            let start = error
                .location()
                .and_then(|l| l.span().byte_offset())
                .map_or(0, |n| n as usize)
                .min(text.len());
            let start = (0..=start).rev().find(|&n| text.is_char_boundary(n)).unwrap_or(0);
            let message = error.without_snippet().to_string();
            Err((
                Span {
                    file,
                    start,
                    end: start,
                },
                message
                    .lines()
                    .next()
                    .unwrap_or("this is not YAML")
                    .chars()
                    .take(200)
                    .collect(),
            ))
        }
    }
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
            let key = |k: Spanned<String>| Key { span: self::span(file, k.defined), name: k.value };
            Value::Table(entries.into_iter().map(|(k, v)| (key(k), node(file, text, v))).collect())
        }
    };
    let last = match &value {
        Value::List(items) => items.last().map(|item| item.span.end),
        Value::Table(entries) => entries.last().map(|(_, node)| node.span.end),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Real(_) | Value::Text(_) => return Node { value, span },
    };
    span.end = end_of_collection(text, span.start, last.unwrap_or(span.start + 1));
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
