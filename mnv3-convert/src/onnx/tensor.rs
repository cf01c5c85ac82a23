//! Tensors of ONNX, and the files beside a model that hold their numbers.

use super::wire::{Broken, Field, fields, varint};
use crate::error::ConvertError;
use crate::graph::Held;
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

/// Bytes of a file beside a model: as many as of a model itself.
const MAX_BESIDE: u64 = 4 << 30;

/// Files beside a model, each read once.
#[derive(Debug, Default)]
pub(super) struct Beside<'o> {
    folder: Option<&'o Path>,
    read: HashMap<String, Vec<u8>>,
    /// Bytes that were taken of them.
    taken: usize,
}

impl<'o> Beside<'o> {
    pub(super) fn of(folder: Option<&'o Path>) -> Self {
        Self {
            folder,
            read: HashMap::new(),
            taken: 0,
        }
    }

    /// Bytes of all files that were read.
    pub(super) fn bytes(&self) -> usize {
        self.read.values().map(Vec::len).sum()
    }

    /// A part of a file: to its end where no length is given.
    fn part(&mut self, location: &str, offset: usize, length: Option<usize>) -> Result<Vec<u8>, ConvertError> {
        let missing = |why: String| ConvertError::Beside {
            location: location.to_owned(),
            why,
        };
        if !self.read.contains_key(location) {
            // A name in a file leads to no other folder.
            let plain = Path::new(location).file_name().is_some_and(|name| name == location);
            let Some(folder) = self.folder.filter(|_| plain && !location.contains(['/', '\\', '\0'])) else {
                return Err(missing("it is not looked for".to_owned()));
            };
            let path = folder.join(location);
            let size = std::fs::metadata(&path)
                .map_err(|error| missing(error.to_string()))?
                .len();
            if size > MAX_BESIDE {
                return Err(missing(format!("it has {size} bytes")));
            }
            let bytes = std::fs::read(path).map_err(|error| missing(error.to_string()))?;
            self.read.insert(location.to_owned(), bytes);
        }
        let whole = self.read.get(location).map_or(&[][..], Vec::as_slice);
        let part = whole.get(offset..).and_then(|rest| match length {
            Some(length) => rest.get(..length),
            None => Some(rest),
        });
        let part = part.ok_or_else(|| missing("it is cut off, or of another model".to_owned()))?;
        // Many tensors may name the same part, and a small model must not become a large one.
        self.taken += part.len();
        if self.taken / 4 > whole.len() {
            let (claimed, file) = (self.taken as u64, whole.len() as u64);
            return Err(ConvertError::TooMuch {
                claimed,
                file,
                limit: 4,
            });
        }
        Ok(part.to_vec())
    }
}

/// Name and numbers of a tensor; no numbers where they are of a kind that no weights have.
pub(super) fn tensor<'f>(
    message: &'f [u8],
    beside: &mut Beside<'_>,
) -> Result<(&'f str, Option<Held<'f>>), ConvertError> {
    let (mut name, mut shape, mut kind) = ("", Vec::new(), 0);
    let mut raw: Option<&[u8]> = None;
    let mut parts: Vec<u8> = Vec::new();
    let mut external: Vec<(&str, &str)> = Vec::new();
    for field in fields(message) {
        match field? {
            (1, Field::Varint(size)) => shape.push(size),
            (1, Field::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    shape.push(varint(&mut packed).ok_or(Broken)?);
                }
            }
            (2, Field::Varint(number)) => kind = number,
            // Numbers of 4 and 8 bytes lie in a packed field as in raw data.
            (4 | 10, Field::Bytes(numbers)) => parts.extend_from_slice(numbers),
            (4, Field::Fixed32(number)) => parts.extend(number.to_le_bytes()),
            (10, Field::Fixed64(number)) => parts.extend(number.to_le_bytes()),
            (5, Field::Bytes(numbers)) => narrow(numbers, kind, &mut parts)?,
            (5, Field::Varint(number)) => push(number, kind, &mut parts),
            (8, Field::Bytes(text)) => name = std::str::from_utf8(text).unwrap_or_default(),
            (9, Field::Bytes(numbers)) => raw = Some(numbers),
            (13, Field::Bytes(entry)) => external.push(pair(entry)?),
            _ => {}
        }
    }
    let Some(dtype) = dtype(kind) else {
        return Ok((name, None));
    };
    let shape: Option<Vec<usize>> = shape.into_iter().map(|size| usize::try_from(size).ok()).collect();
    let shape = shape.filter(|shape| shape.len() <= crate::strided::MAX_DIMENSIONS);
    let shape = shape.ok_or_else(|| ConvertError::Tensor {
        name: name.to_owned(),
        what: "its sizes are no sizes".to_owned(),
    })?;
    let find = |key: &str| external.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
    let data = match (find("location"), raw) {
        (Some(location), _) => {
            let number = |key: &str| find(key).map(str::parse::<usize>).transpose();
            let (Ok(offset), Ok(length)) = (number("offset"), number("length")) else {
                return Err(Broken.into());
            };
            Cow::Owned(beside.part(location, offset.unwrap_or(0), length)?)
        }
        (None, Some(raw)) => Cow::Borrowed(raw),
        (None, None) => Cow::Owned(parts),
    };
    // Lists that say nothing of their size are of no weights.
    if data.is_empty() && !shape.contains(&0) {
        return Ok((name, None));
    }
    Ok((name, Some(Held::new(name, shape, dtype, data)?)))
}

/// Key and value of an entry about a file beside.
fn pair(entry: &[u8]) -> Result<(&str, &str), ConvertError> {
    let (mut key, mut value) = ("", "");
    for field in fields(entry) {
        match field? {
            (1, Field::Bytes(text)) => key = std::str::from_utf8(text).unwrap_or_default(),
            (2, Field::Bytes(text)) => value = std::str::from_utf8(text).unwrap_or_default(),
            _ => {}
        }
    }
    Ok((key, value))
}

/// Numbers that the format knows by these codes.
fn dtype(code: u64) -> Option<Dtype> {
    Some(match code {
        1 => Dtype::F32,
        2 => Dtype::U8,
        3 => Dtype::I8,
        6 => Dtype::I32,
        7 => Dtype::I64,
        10 => Dtype::F16,
        11 => Dtype::F64,
        16 => Dtype::BF16,
        _ => return None,
    })
}

/// Small numbers, each in a field of 32 bits.
fn narrow(mut packed: &[u8], kind: u64, out: &mut Vec<u8>) -> Result<(), ConvertError> {
    while !packed.is_empty() {
        let number = varint(&mut packed).ok_or(Broken)?;
        push(number, kind, out);
    }
    Ok(())
}

fn push(number: u64, kind: u64, out: &mut Vec<u8>) {
    let width = dtype(kind).map_or(0, |dtype| dtype.bitsize() / 8).min(4);
    out.extend_from_slice(&number.to_le_bytes()[..width]);
}
