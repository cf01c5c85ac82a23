//! Reading a safetensors file.

use crate::error::{SHOWN, WeightsError};
use crate::manifest::{Manifest, Tensor};
use crate::names::{self, Absent, Advice};
use crate::problem::Problem;
use crate::scales;
use crate::shape;
use crate::values::{FileNumbers, all_finite};
use mnv3_ir::Layout;
use safetensors::tensor::{SafeTensors, TensorView};
use std::collections::HashMap;

/// Whether every number is looked at. What is not finite shows when it is packed too, and most files have nothing such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    Trusted,
    Checked,
}

/// The wanted tensors where they lie in the file, in the manifest's order and of its shapes; some of their numbers may
/// not be finite.
pub(crate) fn tensors<'f>(bytes: &'f [u8], manifest: &Manifest<'_>) -> Result<Vec<FileNumbers<'f>>, WeightsError> {
    read(bytes, manifest, Numbers::Trusted).or_else(|_| read(bytes, manifest, Numbers::Checked))
}

/// The numbers of a tensor of a safetensors file in single precision; `None` if it has no such tensor that can be read.
#[must_use]
pub fn tensor(bytes: &[u8], name: &str) -> Option<Vec<f32>> {
    let file = SafeTensors::deserialize(bytes).ok()?;
    let view = file.tensor(name).ok()?;
    FileNumbers::new(view.data(), view.dtype()).map(|values| values.to_f32().into_owned())
}

/// Everything that is wrong with a file, numbers included.
pub(crate) fn check(bytes: &[u8], manifest: &Manifest<'_>) -> Result<(), WeightsError> {
    read(bytes, manifest, Numbers::Checked).map(drop)
}

fn read<'f>(bytes: &'f [u8], manifest: &Manifest<'_>, numbers: Numbers) -> Result<Vec<FileNumbers<'f>>, WeightsError> {
    let fail = |problems, advice: Advice| WeightsError {
        advice: Box::new(advice),
        ..WeightsError::new(manifest, problems)
    };
    let mut problems: Vec<Problem> = duplicates(bytes)
        .into_iter()
        .map(|name| Problem::Duplicate { name })
        .collect();
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        // A name given twice leaves a hole in the data, which is all that the reader would speak of.
        if problems.is_empty() {
            problems.push(Problem::NotSafetensors(what_it_is(bytes, &error.to_string())));
        }
        fail(std::mem::take(&mut problems), Advice::default())
    })?;
    let file_names = file.names();
    let layouts: HashMap<usize, Layout> = manifest.layers.iter().map(|l| (l.weight, l.layout)).collect();
    let place = |index: usize| (index, layouts.get(&index).copied());
    let mut absent = 0;
    let mut scales_absent = Vec::new();
    let mut read = Vec::with_capacity(manifest.tensors.len());
    let wanted_names: Vec<String> = manifest.tensors.iter().map(|tensor| tensor.name.to_string()).collect();
    let matched = names::matched(manifest, &wanted_names, &file_names);
    let mut names = Vec::with_capacity(manifest.tensors.len());
    for ((wanted, wanted_name), found) in manifest.tensors.iter().zip(&wanted_names).zip(matched) {
        names.push(found.as_ref().map_or(wanted_name.as_str(), |name| *name));
        // What could not be read stands as an empty tensor, so that indices hold for the checks below.
        read.push(match found {
            Ok(name) => match file.tensor(name) {
                Ok(view) => values(name, wanted, &view, place(read.len()), numbers, &mut problems),
                Err(error) => {
                    problems.push(Problem::NotSafetensors(error.to_string()));
                    FileNumbers::default()
                }
            },
            Err(_) if scales::is_one(wanted_name) => {
                scales_absent.push(wanted_name);
                FileNumbers::default()
            }
            Err(reason) => {
                absent += 1;
                let problem = match reason {
                    Absent::Name => Problem::Missing {
                        name: wanted_name.clone(),
                        shape: wanted.shape.to_vec(),
                        // Looking for likeness is slow, and beyond the first few nobody reads it.
                        nearest: if absent <= SHOWN {
                            names::nearest(wanted_name, &file_names)
                        } else {
                            None
                        },
                    },
                    Absent::Count { kind, want, found } => Problem::Count { kind, want, found },
                };
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
                FileNumbers::default()
            }
        });
    }
    if let Some(first) = scales_absent.first() {
        problems.push(Problem::NoScales {
            first: (*first).clone(),
            others: scales_absent.len() - 1,
        });
    } else {
        let scales = wanted_names.iter().zip(&read).filter(|(name, _)| scales::is_one(name));
        problems.extend(scales.filter_map(|(name, values)| scales::wrong(manifest, name, &values.to_f32())));
    }
    for norm in manifest.layers.iter().filter_map(|layer| layer.norm.as_ref()) {
        let values = read
            .get(norm.variance)
            .copied()
            .map(FileNumbers::to_f32)
            .unwrap_or_default();
        let negative = |(_, v): &(usize, &f32)| v.is_finite() && f64::from(**v) + norm.epsilon <= 0.0;
        if let Some((index, &value)) = values.iter().enumerate().find(negative) {
            problems.push(Problem::Variance {
                name: names[norm.variance].to_owned(),
                index,
                value,
            });
        }
    }
    if problems.is_empty() {
        Ok(read)
    } else {
        let advice = if absent > 0 {
            names::advice(manifest, &file_names, absent)
        } else {
            Advice::default()
        };
        Err(fail(problems, advice))
    }
}

/// One tensor's numbers, or none after saying what is wrong with it.
fn values<'f>(
    name: &str,
    wanted: &Tensor<'_>,
    view: &TensorView<'f>,
    (place, layout): (usize, Option<Layout>),
    numbers: Numbers,
    problems: &mut Vec<Problem>,
) -> FileNumbers<'f> {
    let name = || name.to_owned();
    if view.shape() != wanted.shape {
        let (want, found) = (wanted.shape.to_vec(), view.shape().to_vec());
        let hint = shape::hint(&want, &found, place == 0, layout);
        problems.push(Problem::Shape {
            name: name(),
            want,
            found,
            hint,
        });
        return FileNumbers::default();
    }
    let Some(values) = FileNumbers::new(view.data(), view.dtype()) else {
        problems.push(Problem::Dtype {
            name: name(),
            dtype: format!("{:?}", view.dtype()),
        });
        return FileNumbers::default();
    };
    if numbers == Numbers::Trusted {
        return values;
    }
    let numbers = values.to_f32();
    if !all_finite(&numbers) {
        let mut wrong = numbers
            .iter()
            .enumerate()
            .filter(|(_, v)| !v.is_finite())
            .map(|(i, _)| i);
        let first = wrong.next().unwrap_or_default();
        let count = 1 + wrong.count();
        problems.push(Problem::NotFinite {
            name: name(),
            count,
            first,
        });
    }
    values
}

/// What a file is that could not be read.
fn what_it_is(bytes: &[u8], error: &str) -> String {
    match bytes {
        [] => "an empty file".to_owned(),
        [b'P', b'K', ..] => {
            "a zip archive, perhaps a PyTorch checkpoint: `mnv3 convert` makes safetensors of it".to_owned()
        }
        [0x89, b'H', b'D', b'F', ..] => {
            "an HDF5 file, perhaps Keras': `mnv3 convert` makes safetensors of it".to_owned()
        }
        _ => {
            let header = bytes.first_chunk().map(|n| u64::from_le_bytes(*n));
            match header {
                Some(n) if n < 100_000_000 && n > bytes.len() as u64 => format!(
                    "cut off, or not a safetensors file: its header should have {n} bytes, the whole file has {}",
                    bytes.len()
                ),
                _ => format!("not a whole safetensors file: {error}"),
            }
        }
    }
}

/// Names that stand twice in the header; the reader would keep the last of them without a word.
fn duplicates(bytes: &[u8]) -> Vec<String> {
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return Vec::new();
    };
    let header = usize::try_from(u64::from_le_bytes(*length))
        .ok()
        .and_then(|n| rest.get(..n));
    let mut names: Vec<String> = keys(header.unwrap_or_default());
    names.sort_unstable();
    let mut twice: Vec<String> = names
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0].clone())
        .collect();
    twice.dedup();
    twice
}

/// The keys of the outermost JSON object; of what is not JSON, some strings or none.
fn keys(json: &[u8]) -> Vec<String> {
    let (mut keys, mut depth, mut at) = (Vec::new(), 0usize, 0);
    while let Some(&byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at;
                while json.get(at).is_some_and(|&b| b != b'"') {
                    at += if json[at] == b'\\' { 2 } else { 1 };
                }
                let text = json.get(start..at).unwrap_or_default();
                at += 1;
                let next = json
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .find(|b| !b.is_ascii_whitespace());
                if depth == 1 && next == Some(&b':') {
                    keys.push(String::from_utf8_lossy(text).into_owned());
                }
            }
            _ => {}
        }
    }
    keys
}
