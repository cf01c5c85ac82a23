//! The tensors of each layer: names by the dialect's templates, shapes by its layout.

use crate::dialect::{Dialect, StoredAs};
use crate::error::{Errors, Span};
use crate::names::{NamePlace, Names};
use crate::network::{Layout, Naming, Network, Norm, Tensor, Tensors};
use crate::short::short;
use crate::templates::{DenseNames, LayerNames};
use std::collections::HashSet;

/// Makes the tensors of layers, which must be asked for in the order of the structure: some names are counted.
pub(crate) struct TensorMaker<'d> {
    dialect: &'d Dialect,
    names: Names,
}

impl<'d> TensorMaker<'d> {
    pub(crate) fn new(dialect: &'d Dialect) -> Self {
        Self {
            dialect,
            names: Names::default(),
        }
    }

    /// A convolution over all channels, with its norm.
    pub(crate) fn conv(
        &mut self,
        names: &LayerNames,
        place: NamePlace,
        [kh, kw]: [usize; 2],
        input: usize,
        output: usize,
    ) -> Tensors {
        let shape = match self.dialect.layout {
            Layout::Oihw => vec![output, input, kh, kw],
            Layout::Hwio => vec![kh, kw, input, output],
        };
        self.normed(names, &self.dialect.tensors.suffix.kernel, place, shape, output)
    }

    /// A depthwise convolution, with its norm.
    pub(crate) fn depthwise(
        &mut self,
        names: &LayerNames,
        place: NamePlace,
        [kh, kw]: [usize; 2],
        channels: usize,
    ) -> Tensors {
        let shape = match self.dialect.layout {
            Layout::Oihw => vec![channels, 1, kh, kw],
            Layout::Hwio => vec![kh, kw, channels, 1],
        };
        self.normed(names, &self.dialect.tensors.suffix.depthwise, place, shape, channels)
    }

    /// A depthwise convolution with a bias, without norm.
    pub(crate) fn biased_depthwise(
        &mut self,
        template: &str,
        place: NamePlace,
        [kh, kw]: [usize; 2],
        channels: usize,
    ) -> Tensors {
        let name = self.names.fill(template, place);
        let name = self.renamed(name);
        let suffix = &self.dialect.tensors.suffix;
        let shape = match self.dialect.layout {
            Layout::Oihw => vec![channels, 1, kh, kw],
            Layout::Hwio => vec![kh, kw, channels, 1],
        };
        Tensors {
            weight: Tensor {
                name: format!("{name}{}", suffix.depthwise),
                shape,
            },
            layout: self.dialect.layout,
            factor: 1.0,
            bias: Some(Tensor {
                name: format!("{name}{}", suffix.bias),
                shape: vec![channels],
            }),
            norm: None,
        }
    }

    /// A layer on channels, with its norm if it has one: squeeze-excite and hidden layers.
    pub(crate) fn maybe_normed(
        &mut self,
        names: &DenseNames,
        place: NamePlace,
        form: StoredAs,
        [input, output]: [usize; 2],
        bias: bool,
    ) -> Tensors {
        let tensors = self.dense(&names.layer, place, form, [input, output], bias);
        let norm = names.norm.as_ref().map(|norm| self.norm(norm, place, output));
        Tensors { norm, ..tensors }
    }

    /// A layer on channels without norm.
    pub(crate) fn dense(
        &mut self,
        template: &str,
        place: NamePlace,
        form: StoredAs,
        [input, output]: [usize; 2],
        bias: bool,
    ) -> Tensors {
        let layout = match form {
            StoredAs::Conv => self.dialect.layout,
            StoredAs::Linear => self.dialect.matrix_layout,
        };
        let shape = match (layout, form) {
            (Layout::Oihw, StoredAs::Conv) => vec![output, input, 1, 1],
            (Layout::Oihw, StoredAs::Linear) => vec![output, input],
            (Layout::Hwio, StoredAs::Conv) => vec![1, 1, input, output],
            (Layout::Hwio, StoredAs::Linear) => vec![input, output],
        };
        let name = self.names.fill(template, place);
        let name = self.renamed(name);
        let suffix = &self.dialect.tensors.suffix;
        Tensors {
            weight: Tensor {
                name: format!("{name}{}", suffix.kernel),
                shape,
            },
            layout,
            factor: 1.0,
            bias: bias.then(|| Tensor {
                name: format!("{name}{}", suffix.bias),
                shape: vec![output],
            }),
            norm: None,
        }
    }

    /// The name that the dialect's renames make of one.
    fn renamed(&self, name: String) -> String {
        let renames = self.dialect.tensors.renames.iter();
        let mut fitting = renames.filter_map(|(from, to)| Some(format!("{to}{}", name.strip_prefix(from)?)));
        fitting.next().unwrap_or(name)
    }

    fn normed(
        &mut self,
        names: &LayerNames,
        kernel: &str,
        place: NamePlace,
        shape: Vec<usize>,
        output: usize,
    ) -> Tensors {
        let conv = self.names.fill(&names.conv, place);
        let conv = self.renamed(conv);
        let norm = self.norm(&names.norm, place, output);
        Tensors {
            weight: Tensor {
                name: format!("{conv}{kernel}"),
                shape,
            },
            layout: self.dialect.layout,
            factor: 1.0,
            bias: self.dialect.conv_bias.then(|| self.bias(&conv, output)),
            norm: Some(norm),
        }
    }

    /// The same with a bias beside the norm.
    pub(crate) fn with_bias(&self, mut tensors: Tensors, output: usize) -> Tensors {
        let kernel = &self.dialect.tensors.suffix.kernel;
        let name = tensors.weight.name.strip_suffix(kernel.as_str()).unwrap_or_default();
        tensors.bias = Some(self.bias(name, output));
        tensors
    }

    fn bias(&self, layer: &str, output: usize) -> Tensor {
        Tensor {
            name: format!("{layer}{}", self.dialect.tensors.suffix.bias),
            shape: vec![output],
        }
    }

    fn norm(&mut self, template: &str, place: NamePlace, output: usize) -> Norm {
        let name = self.names.fill(template, place);
        let name = self.renamed(name);
        let suffix = &self.dialect.tensors.suffix;
        let vector = |suffix: &str| Tensor {
            name: format!("{name}{suffix}"),
            shape: vec![output],
        };
        Norm {
            gamma: vector(&suffix.gamma),
            beta: vector(&suffix.beta),
            mean: vector(&suffix.mean),
            variance: vector(&suffix.variance),
            epsilon: self.dialect.bn_epsilon,
        }
    }
}

/// Reports names by which no file could be read. `name` is where the network's own is written.
pub(crate) fn check_names(network: &Network, dialect: &Dialect, name: Span, errors: &mut Errors) {
    differ(network, dialect, name, errors);
    automatic(network, dialect, name, errors);
}

/// Reports the first name that two tensors have, by a dialect's templates that do not tell layers apart.
fn differ(network: &Network, dialect: &Dialect, name: Span, errors: &mut Errors) {
    let mut seen = HashSet::new();
    let layers = network.layers();
    if let Some(twice) = layers
        .iter()
        .flat_map(|layer| layer.iter())
        .find(|t| !seen.insert(&t.name))
    {
        let message = format!("two layers want the tensor `{}`", short(&twice.name));
        let (span, help) = match dialect.own_tensors {
            Some(span) => (
                span,
                "tell layers apart, with {block} or {stage} and {index} in names of blocks",
            ),
            None => (name, "name the layers in conventions: { tensors: ... }"),
        };
        errors.push(span, message, help);
    }
}

/// Reports a name that Keras never gives by itself, where files are matched by the order of such names: no file would
/// fit.
fn automatic(network: &Network, dialect: &Dialect, name: Span, errors: &mut Errors) {
    if network.naming != Naming::KerasAutomatic {
        return;
    }
    let layers = network.layers();
    let mut names = layers.iter().flat_map(|layer| layer.iter()).map(|tensor| &tensor.name);
    if let Some(foreign) = names.find(|name| !name.contains('/')) {
        let message = format!(
            "naming is keras-automatic, but the tensor `{}` has no name of the form layer/variable",
            short(foreign)
        );
        let span = dialect.own_naming.or(dialect.own_tensors).unwrap_or(name);
        let help = "write naming: exact, or dialect: tf2, whose names are Keras' own";
        errors.push(span, message, help);
    }
}
