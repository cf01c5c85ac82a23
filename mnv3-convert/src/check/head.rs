//! A file whose head is another than the spec's: how to write it in the spec.

use super::{key, wanted};
use crate::checkpoint::{Checkpoint, Tensor};
use mnv3_spec::{Dense, Layout, Naming, Network};
use std::collections::HashSet;

/// What to write in the spec for the file's head, if that is another.
pub(super) fn hint(network: &Network, file: &Checkpoint<'_>) -> Option<String> {
    let classes = &network.classes()?.layer;
    other_classes(classes, network.naming, file).or_else(|| matrix(network, file))
}

fn named<'c, 'f>(file: &'c Checkpoint<'f>, name: &str) -> Option<&'c Tensor<'f>> {
    file.tensors.iter().find(|tensor| tensor.name == name)
}

/// What to write where the last layer of the file is a matrix of another name.
fn matrix(network: &Network, file: &Checkpoint<'_>) -> Option<String> {
    let head = network.classify()?;
    let classes = &network.classes()?.layer;
    let wanted: HashSet<String> = wanted(network).map(|name| key(network.naming, name)).collect();
    let names: HashSet<String> = file.tensors.iter().map(|t| key(network.naming, &t.name)).collect();
    let found = |name: &str| names.contains(&key(network.naming, name));
    let weight = &classes.tensors.weight;
    let has_weight = match network.naming {
        Naming::Exact => found(&weight.name),
        // The kind of the scores is that of other layers too.
        Naming::KerasAutomatic => weight.shape.len() == 2,
    };
    // With other names altogether, the head is not what to speak of.
    let alike = 2 * wanted.intersection(&names).count() >= wanted.len();
    if has_weight || !alike {
        return None;
    }
    let suffix = match classes.tensors.layout {
        Layout::Hwio => "/kernel",
        Layout::Oihw => ".weight",
    };
    let unused = file
        .tensors
        .iter()
        .filter(|tensor| !wanted.contains(&key(network.naming, &tensor.name)));
    let mut candidates = unused.filter_map(|tensor| {
        let name = tensor.name.strip_suffix(":0").unwrap_or(&tensor.name);
        let layer = name.strip_suffix(suffix)?;
        let (outputs, inputs) = match (classes.tensors.layout, &tensor.shape[..]) {
            (Layout::Oihw, &[outputs, inputs]) | (Layout::Hwio, &[inputs, outputs]) => (outputs, inputs),
            _ => return None,
        };
        let alone = match head.hidden.last() {
            Some(hidden) if inputs == hidden.input && !found(&hidden.tensors.weight.name) => true,
            Some(_) if inputs == classes.input => false,
            None if inputs == classes.input => true,
            _ => return None,
        };
        Some((layer, outputs, alone))
    });
    let (layer, outputs, alone) = candidates.next()?;
    let hidden = if alone && !head.hidden.is_empty() {
        "`hidden: none` and "
    } else {
        ""
    };
    let key = if alone { "classes_alone" } else { "classes" };
    Some(format!(
        "the file's head is a matrix called `{layer}`: write {hidden}`classes: {outputs}` in the spec's head, and \
         `conventions: {{ classes_layer: linear, tensors: {{ {key}: {layer} }} }}`"
    ))
}

/// What to write when the file was trained for another number of classes.
fn other_classes(classes: &Dense, naming: Naming, file: &Checkpoint<'_>) -> Option<String> {
    let (want, weight) = (classes.output, &classes.tensors.weight);
    // Numbered names say nothing about which layer is the last.
    let tensor = match naming {
        Naming::Exact => named(file, &weight.name)?,
        Naming::KerasAutomatic => return None,
    };
    let (outputs, inputs) = match classes.tensors.layout {
        Layout::Oihw => (tensor.shape.first()?, tensor.shape.get(1)?),
        Layout::Hwio => (tensor.shape.last()?, tensor.shape.iter().nth_back(1)?),
    };
    (*outputs != want && *inputs == classes.input).then(|| {
        format!(
            "the file's classifier has {outputs} classes, the spec {want}: write `classes: {outputs}` in the spec's head, or \
             leave the scores to be trained with `mnv3 convert --fresh-classes`"
        )
    })
}
