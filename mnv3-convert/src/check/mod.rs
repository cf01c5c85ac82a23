//! Whether a file fits a spec: what is missing, extra or mis-shaped, and what to write in the spec instead.

mod head;
pub(crate) mod names;
mod report;

pub use report::{Report, UnusedTensor};

use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use mnv3_spec::{Naming, Network};
use mnv3_weights::{Packed, WeightsError};
use std::collections::HashSet;

/// Compares a file with what a network wants, by letting the loader of compiled networks read it.
///
/// Tensors that the network does not use are listed, and are no problem.
///
/// # Errors
/// The tensors cannot be handed to the loader. That they do not fit is no error, but what the report says.
pub fn check(network: &Network, file: &Checkpoint<'_>) -> Result<Report, ConvertError> {
    let bytes = file.to_safetensors(None)?;
    let loaded = mnv3_codegen::with_manifest(network, |manifest| Packed::from_safetensors(&bytes, manifest));
    let (problems, loader_hint) = match loaded {
        Ok(_) => (Vec::new(), None),
        Err(error) => (error.problems().to_vec(), hint(&error, file)),
    };
    Ok(Report {
        network: network.name.clone(),
        dialect: network.dialect.clone(),
        wanted: wanted(network).count(),
        found: file.tensors.len(),
        file_dialects: names::dialects(file),
        hint: head::hint(network, file).or(loader_hint),
        problems,
        extra: extra(network, file),
    })
}

/// What the loader advises, where that is not what was done just now.
fn hint(error: &WeightsError, file: &Checkpoint<'_>) -> Option<String> {
    match error.prefix() {
        Some(prefix) => Some(format!(
            "names carry the prefix `{prefix}`: write `--prefix {}{prefix}`",
            file.prefix
        )),
        None => error.hint().map(str::to_owned),
    }
}

/// Names of the tensors that a network wants.
fn wanted(network: &Network) -> impl Iterator<Item = &str> {
    network
        .layers()
        .into_iter()
        .flat_map(|layer| layer.iter())
        .map(|tensor| tensor.name.as_str())
}

/// What a name is compared by: itself, or its kind where Keras numbers names.
fn key(naming: Naming, name: &str) -> String {
    match naming {
        Naming::Exact => name.to_owned(),
        Naming::KerasAutomatic => unnumbered(name),
    }
}

/// `conv2d_12/kernel:0` without what differs from one layer to the next: `conv2d/kernel`.
fn unnumbered(name: &str) -> String {
    let name = name.strip_suffix(":0").unwrap_or(name);
    let Some((path, variable)) = name.rsplit_once('/') else {
        return name.to_owned();
    };
    let layer = path.rsplit('/').next().unwrap_or(path);
    let kind = match layer.rsplit_once('_') {
        Some((kind, number)) if number.parse::<u64>().is_ok() => kind,
        _ => layer,
    };
    format!("{kind}/{variable}")
}

fn extra(network: &Network, file: &Checkpoint<'_>) -> Vec<UnusedTensor> {
    let wanted: HashSet<String> = wanted(network).map(|name| key(network.naming, name)).collect();
    let unused = file
        .tensors
        .iter()
        .filter(|t| !wanted.contains(&key(network.naming, &t.name)));
    unused
        .map(|t| UnusedTensor {
            name: t.name.clone(),
            shape: t.shape.clone(),
        })
        .collect()
}
