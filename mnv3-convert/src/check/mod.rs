//! Whether a file fits a spec: what is missing, extra or mis-shaped, and what to write in the spec instead.

mod copied;
mod head;
mod other_head;
mod report;

pub use report::{Report, UnusedTensor};

use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::names::{dialects, key, wanted};
use mnv3_spec::Network;
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
    let names: Vec<&str> = file.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    Ok(Report {
        network: network.name.clone(),
        dialect: network.dialect.clone(),
        wanted: wanted(network).count(),
        found: file.tensors.len(),
        file_dialects: dialects(&names),
        hint: copied::hint(network, file, problems.is_empty())
            .or_else(|| other_head::hint(network, file))
            .or_else(|| head::hint(network, file))
            .or(loader_hint),
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
