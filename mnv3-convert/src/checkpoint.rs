//! The tensors of a file, whatever it was.

use crate::error::ConvertError;
use safetensors::Dtype;
use std::borrow::Cow;
use std::fmt;

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
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torch => "a PyTorch checkpoint",
            Self::Safetensors => "a safetensors file",
            Self::Keras => "a Keras file",
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
    /// Functions and classes of Python that the file names and that were not run, in the order of their names.
    pub not_run: Vec<String>,
}

/// What to look for in a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Key of the state dict; without it the known wrappers are looked for, averaged weights first.
    pub key: Option<String>,
    /// Take the tensors of these names only, and take it off them; without it the known prefixes are taken off where
    /// all names have them.
    pub prefix: Option<String>,
}

/// What training tools put before every name.
const PREFIXES: [&str; 4] = ["module.", "model.", "_orig_mod.", "state_dict."];

impl Checkpoint<'_> {
    /// Sorts, strips, and makes sure that names are unique.
    pub(crate) fn tidy(mut self, options: &Options) -> Result<Self, ConvertError> {
        match &options.prefix {
            Some(prefix) => self.select(prefix)?,
            None => {
                while let Some(prefix) = self.common_prefix() {
                    self.strip(prefix);
                }
            }
        }
        self.tensors.sort_by(|a, b| a.name.cmp(&b.name));
        self.skipped.sort();
        match self.tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) => Err(ConvertError::Duplicate(pair[0].name.clone())),
            None => Ok(self),
        }
    }

    fn common_prefix(&self) -> Option<&'static str> {
        let all = |prefix: &&&str| {
            self.tensors
                .iter()
                .all(|t| t.name.len() > prefix.len() && t.name.starts_with(**prefix))
        };
        PREFIXES.iter().find(all).filter(|_| !self.tensors.is_empty()).copied()
    }

    fn select(&mut self, prefix: &str) -> Result<(), ConvertError> {
        let first = self.tensors.first().map_or_else(String::new, |t| t.name.clone());
        self.tensors.retain(|t| t.name.starts_with(prefix));
        if self.tensors.is_empty() {
            let prefix = prefix.to_owned();
            return Err(ConvertError::NoPrefix { prefix, first });
        }
        self.strip(prefix);
        Ok(())
    }

    fn strip(&mut self, prefix: &str) {
        for tensor in &mut self.tensors {
            tensor.name.drain(..prefix.len());
        }
        self.prefix.push_str(prefix);
    }
}
