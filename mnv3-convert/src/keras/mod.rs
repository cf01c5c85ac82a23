//! Keras' HDF5 files: `.weights.h5`, the one inside `.keras`, and the older whole-model `.h5`.
//!
//! They differ in where names are. Newer files number a layer's variables and keep its name in an attribute; older ones
//! list names in attributes, and a variable's path is its name.

pub(crate) mod names;

use crate::checkpoint::{Checkpoint, Format, Tensor};
use crate::error::ConvertError;
use hdf5_reader::group::Group;
use hdf5_reader::{ByteOrder, Dataset, Datatype, Hdf5File, OpenOptions};
use safetensors::Dtype;
use std::borrow::Cow;

/// Where a `.keras` archive has its weights.
pub(crate) const WEIGHTS: &str = "model.weights.h5";

/// Groups that are looked into; a model has two for every layer.
const MAX_GROUPS: usize = 20_000;
/// Groups within groups.
const MAX_DEPTH: usize = 12;
/// How much larger than its file the tensors may be, compression counted.
const MAX_GROWTH: u64 = 4;

/// Reads the variables of all layers.
///
/// # Errors
/// The file is broken, or names its variables in no way that Keras does.
pub(crate) fn read<'f>(bytes: &[u8]) -> Result<Checkpoint<'f>, ConvertError> {
    let limit = usize::try_from(bytes.len() as u64 * MAX_GROWTH).unwrap_or(usize::MAX);
    let options = OpenOptions::default()
        .with_max_read_bytes(limit)
        .with_max_chunk_bytes(limit);
    let file = Hdf5File::from_bytes_with_options(bytes, options).map_err(broken)?;
    let root = file.root_group().map_err(broken)?;
    let mut reader = KerasReader {
        left: limit as u64,
        file: bytes.len() as u64,
        groups: 0,
        tensors: Vec::new(),
        skipped: Vec::new(),
    };
    // A whole model keeps its weights beside the optimizer's.
    let older = [root.group("model_weights").ok(), Some(root.clone())]
        .into_iter()
        .flatten()
        .find_map(|group| {
            let layers = strings(&group, "layer_names")?;
            Some((group, layers))
        });
    match older {
        Some((group, layers)) => reader.older(&group, &layers)?,
        None => reader.newer(&root, 0)?,
    }
    if reader.tensors.is_empty() {
        return Err(ConvertError::Keras("there are no layers with weights in it".to_owned()));
    }
    names::modernise(&mut reader.tensors);
    Ok(Checkpoint {
        tensors: reader.tensors,
        skipped: reader.skipped,
        ..Checkpoint::of(Format::Keras)
    })
}

fn broken(error: hdf5_reader::error::Error) -> ConvertError {
    ConvertError::Keras(error.to_string())
}

/// A list of names; Keras splits one beyond 64 kB into `name0`, `name1` and so on.
fn strings(group: &Group, attribute: &str) -> Option<Vec<String>> {
    let read = |name: &str| group.attribute(name).ok()?.read_strings().ok();
    if let Some(all) = read(attribute) {
        return Some(all);
    }
    let parts: Vec<_> = (0..1000).map_while(|i| read(&format!("{attribute}{i}"))).collect();
    (!parts.is_empty()).then(|| parts.concat())
}

struct KerasReader<'f> {
    /// Bytes that tensors may still take.
    left: u64,
    file: u64,
    groups: usize,
    tensors: Vec<Tensor<'f>>,
    skipped: Vec<String>,
}

impl KerasReader<'_> {
    fn enter(&mut self) -> Result<(), ConvertError> {
        self.groups += 1;
        match self.groups {
            0..=MAX_GROUPS => Ok(()),
            _ => Err(ConvertError::Keras(format!("it has more than {MAX_GROUPS} groups"))),
        }
    }

    /// `layer_names`, and in each layer's group `weight_names`, which are paths as well.
    fn older(&mut self, group: &Group, layers: &[String]) -> Result<(), ConvertError> {
        for layer in layers {
            self.enter()?;
            let inside = descend(group, layer)?;
            // A layer without weights may have an empty list that is no list of strings.
            for name in strings(&inside, "weight_names").unwrap_or_default() {
                let (parent, variable) = match name.rsplit_once('/') {
                    Some((path, variable)) => (descend(&inside, path)?, variable),
                    None => (inside.clone(), name.as_str()),
                };
                let dataset = parent.dataset(variable).map_err(broken)?;
                self.tensor(name, &dataset)?;
            }
        }
        Ok(())
    }

    /// `.../conv2d_3/vars/0` and so on, the layer's name as an attribute of `vars`.
    fn newer(&mut self, group: &Group, depth: usize) -> Result<(), ConvertError> {
        if depth > MAX_DEPTH {
            return Err(ConvertError::Keras(format!(
                "its groups are nested deeper than {MAX_DEPTH} levels"
            )));
        }
        for inner in group.groups().map_err(broken)? {
            self.enter()?;
            match inner.name() {
                "vars" => self.variables(group, &inner)?,
                // Its moments have the shapes of weights, and are none.
                "optimizer" if depth == 0 => {}
                _ => self.newer(&inner, depth + 1)?,
            }
        }
        Ok(())
    }

    fn variables(&mut self, layer: &Group, vars: &Group) -> Result<(), ConvertError> {
        let mut datasets = vars.datasets().map_err(broken)?;
        // Dropout keeps the state of its random numbers, which are whole.
        datasets.retain(|dataset| real(dataset).is_some());
        if datasets.is_empty() {
            return Ok(());
        }
        let stated = vars.attribute("name").ok().and_then(|name| name.read_string().ok());
        let name = stated.unwrap_or_else(|| layer.name().to_owned());
        let variables = names::variables(layer.name(), &name, datasets.len()).ok_or_else(|| {
            let (kind, n) = (layer.name(), datasets.len());
            ConvertError::Keras(format!(
                "{name} is a layer of the kind {kind} with {n} variables, whose names are not in the file"
            ))
        })?;
        for dataset in datasets {
            let variable = dataset.name().parse::<usize>().ok().and_then(|i| variables.get(i));
            let Some(variable) = variable else {
                return Err(ConvertError::Keras(format!(
                    "{name} has a variable called {}",
                    dataset.name()
                )));
            };
            self.tensor(format!("{name}/{variable}"), &dataset)?;
        }
        Ok(())
    }

    fn tensor(&mut self, name: String, dataset: &Dataset) -> Result<(), ConvertError> {
        let Some((dtype, order)) = real(dataset) else {
            self.skipped.push(name);
            return Ok(());
        };
        let bytes = dataset.raw_byte_len().map_err(broken)? as u64;
        self.left = self.left.checked_sub(bytes).ok_or(ConvertError::TooMuch {
            claimed: bytes,
            file: self.file,
            limit: MAX_GROWTH,
        })?;
        let mut data = dataset.read_raw_bytes().map_err(broken)?;
        if order == ByteOrder::BigEndian {
            data.chunks_exact_mut(dtype.bitsize() / 8).for_each(<[u8]>::reverse);
        }
        let shape = dataset.shape().iter().map(|&n| n as usize).collect();
        self.tensors.push(Tensor {
            name,
            dtype,
            shape,
            data: Cow::Owned(data),
        });
        Ok(())
    }
}

/// The kind of a dataset's numbers, where they have a fraction.
fn real(dataset: &Dataset) -> Option<(Dtype, ByteOrder)> {
    match *dataset.dtype() {
        Datatype::FloatingPoint { size: 2, byte_order } => Some((Dtype::F16, byte_order)),
        Datatype::FloatingPoint { size: 4, byte_order } => Some((Dtype::F32, byte_order)),
        Datatype::FloatingPoint { size: 8, byte_order } => Some((Dtype::F64, byte_order)),
        _ => None,
    }
}

fn descend(group: &Group, path: &str) -> Result<Group, ConvertError> {
    path.split('/')
        .take(MAX_DEPTH)
        .try_fold(group.clone(), |group, name| group.group(name))
        .map_err(broken)
}
