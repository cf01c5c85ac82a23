//! Places of single layers by the names that a file has for their tensors.

use mnv3_spec::network::Tensors;

/// A convolution and its batch norm, or the two layers of squeeze-excite.
pub(super) type Two = [String; 2];

/// A layer on channels, and its batch norm if it has one.
pub(super) type Normed = (String, Option<String>);

/// The path of a layer with bias, if its tensors are `path.weight` and `path.bias`.
pub(super) fn biased(tensors: &Tensors) -> Option<String> {
    let path = tensors.weight.name.strip_suffix(".weight")?;
    let bias = tensors
        .bias
        .as_ref()
        .is_none_or(|bias| bias.name == format!("{path}.bias"));
    bias.then(|| path.to_owned())
}

/// A layer's path, and that of its batch norm if it has one.
pub(super) fn maybe_normed(tensors: &Tensors) -> Option<Normed> {
    match tensors.norm {
        Some(_) => normed(tensors).map(|[layer, norm]| (layer, Some(norm))),
        None => biased(tensors).map(|layer| (layer, None)),
    }
}

/// The paths of a layer and of its batch norm.
pub(super) fn normed(tensors: &Tensors) -> Option<Two> {
    let norm = tensors.norm.as_ref()?;
    let path = norm.gamma.name.strip_suffix(".weight")?;
    let fits = norm.beta.name == format!("{path}.bias")
        && norm.mean.name == format!("{path}.running_mean")
        && norm.variance.name == format!("{path}.running_var");
    Some([biased(tensors)?, fits.then(|| path.to_owned())?])
}
