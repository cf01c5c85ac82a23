//! The tensors of a file, whatever it was.

use crate::error::ConvertError;
use crate::names;
use crate::rename::Rename;
use mnv3_spec::Network;
use mnv3_weights::prefix;
use safetensors::Dtype;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// A tensor of numbers, little-endian, the last dimension innermost.
#[derive(Clone, PartialEq, Eq)]
pub struct Tensor<'f> {
    /// As in the file, less the prefix that all names share.
    pub name: String,
    /// Kind of its numbers: F64, F32, F16 or BF16.
    pub dtype: Dtype,
    /// Sizes as in the file: PyTorch's kernels are `[out, in, kh, kw]`, Keras' `[kh, kw, in, out]`.
    pub shape: Vec<usize>,
    /// Its numbers: bytes of the file itself where they lie there in order.
    pub data: Cow<'f, [u8]>,
}

/// Without its numbers.
impl fmt::Debug for Tensor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            dtype,
            shape,
            data,
        } = self;
        write!(
            f,
            "Tensor {{ name: {name:?}, dtype: {dtype:?}, shape: {shape:?}, bytes: {} }}",
            data.len()
        )
    }
}

/// Formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `torch.save`, of the zip form or the older one; TorchScript.
    Torch,
    /// safetensors.
    Safetensors,
    /// Keras' HDF5 files.
    Keras,
    /// A pickle of NumPy arrays, as Paddle saves parameters.
    Pickle,
    /// ONNX models.
    Onnx,
    /// TensorFlow Lite models.
    Tflite,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torch => "a PyTorch checkpoint",
            Self::Safetensors => "a safetensors file",
            Self::Keras => "a Keras file",
            Self::Pickle => "a pickle of arrays, as Paddle saves them",
            Self::Onnx => "an ONNX model",
            Self::Tflite => "a TensorFlow Lite model",
        })
    }
}

/// The weights of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<'f> {
    /// What the file is.
    pub format: Format,
    /// Numbers with a fraction, in the order of their names.
    pub tensors: Vec<Tensor<'f>>,
    /// Names of tensors of whole numbers, such as `num_batches_tracked`: no network wants them.
    pub skipped: Vec<String>,
    /// Keys of the wrappers that the state dict lay in, the outermost first.
    pub wrappers: Vec<String>,
    /// Keys beside the last wrapper under which there are tensors as well.
    pub alternatives: Vec<String>,
    /// What was taken off the start of every name.
    pub prefix: String,
    /// Names of tensors that had another prefix or none, and are left out for it.
    pub left_out: Vec<String>,
    /// Other prefixes under which there is a network as well.
    pub other_prefixes: Vec<String>,
    /// How many tensors were renamed on demand.
    pub renamed: usize,
    /// Where layers were named by the order in which a graph runs them.
    pub ordered: Option<Ordered>,
    /// Channels that the first kernel was summed over on demand.
    pub summed: Option<usize>,
    /// Names of tensors that were left fresh on demand: of zeros, to be trained.
    pub fresh: Vec<String>,
    /// Functions and classes of Python that the file names and that were not run, in the order of their names.
    pub not_run: Vec<String>,
}

/// Layers that have the names of a network by their order, since the graph of the file has lost or changed its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Layers that got names.
    pub layers: usize,
    /// How many of them have their batch norm folded in: they got one that changes nothing.
    pub folded: usize,
}

/// What to look for in a file.
#[derive(Clone, Debug, Default)]
pub struct ConvertOptions<'s> {
    /// Key of the state dict; without it the known wrappers are looked for, averaged weights first.
    pub key: Option<String>,
    /// Take the tensors of these names only, and take it off them; without it that prefix is taken off without which
    /// most names are those of `spec`, or of a built-in dialect; or else the known ones where all names have them.
    pub prefix: Option<String>,
    /// What to rename after that, one after the other.
    pub renames: Vec<Rename>,
    /// The network that the tensors are for. Layers of graphs get its names by their order.
    pub spec: Option<&'s Network>,
    /// Sum the first kernel over its channels, for a network whose images have one.
    pub grey: bool,
    /// Leave the layer of the scores fresh where the file has another number of classes, or none.
    pub fresh_classes: bool,
    /// Where files lie that the file names: ONNX keeps weights in some.
    pub folder: Option<&'s Path>,
}

impl Checkpoint<'_> {
    /// Nothing yet.
    pub(crate) fn of(format: Format) -> Self {
        Self {
            format,
            tensors: Vec::new(),
            skipped: Vec::new(),
            wrappers: Vec::new(),
            alternatives: Vec::new(),
            prefix: String::new(),
            left_out: Vec::new(),
            other_prefixes: Vec::new(),
            renamed: 0,
            ordered: None,
            summed: None,
            fresh: Vec::new(),
            not_run: Vec::new(),
        }
    }

    /// Strips, renames, sorts, and makes sure that names are unique.
    pub(crate) fn tidy(mut self, options: &ConvertOptions<'_>) -> Result<Self, ConvertError> {
        match &options.prefix {
            Some(prefix) => self.select(prefix)?,
            None => self.strip(options.spec),
        }
        self.tensors.sort_by(|a, b| a.name.cmp(&b.name));
        for rename in &options.renames {
            let names = self.tensors.iter_mut().map(|tensor| &mut tensor.name);
            self.renamed += rename.all(names)?;
        }
        self.tensors.sort_by(|a, b| a.name.cmp(&b.name));
        self.skipped.sort();
        self.left_out.sort();
        match self.tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) if self.renamed > 0 => Err(ConvertError::RenamedTwice(pair[0].name.clone())),
            Some(pair) => Err(ConvertError::Duplicate(pair[0].name.clone())),
            None => {
                self.adapt(options)?;
                Ok(self)
            }
        }
    }

    /// Takes the prefix off that most names share.
    fn strip(&mut self, spec: Option<&Network>) {
        let names: Vec<&str> = self.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        if let Some(shared) = names::prefix(&names, spec) {
            let (prefix, others) = (shared.text.to_owned(), shared.others);
            if !prefix.is_empty() {
                self.other_prefixes = others.into_iter().map(str::to_owned).collect();
                self.keep(&prefix);
            }
            return;
        }
        loop {
            let names: Vec<&str> = self.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
            match prefix::known(&names, 1.0) {
                Some(prefix) => self.keep(prefix),
                None => return,
            }
        }
    }

    fn select(&mut self, prefix: &str) -> Result<(), ConvertError> {
        let first = self.tensors.first().map_or_else(String::new, |t| t.name.clone());
        self.keep(prefix);
        if self.tensors.is_empty() {
            let prefix = prefix.to_owned();
            return Err(ConvertError::NoPrefix { prefix, first });
        }
        Ok(())
    }

    /// Takes a prefix off all tensors that have it, and leaves the others out.
    fn keep(&mut self, prefix: &str) {
        let has = |tensor: &mut Tensor<'_>| tensor.name.len() > prefix.len() && tensor.name.starts_with(prefix);
        let others = self.tensors.extract_if(.., |tensor| !has(tensor));
        self.left_out.extend(others.map(|tensor| tensor.name));
        for tensor in &mut self.tensors {
            tensor.name.drain(..prefix.len());
        }
        self.prefix.push_str(prefix);
    }
}
