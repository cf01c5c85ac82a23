//! What Keras' variables are called.

use crate::checkpoint::Tensor;

/// Names of a layer's numbered variables, by the kind of layer that its group is called after.
pub(super) fn variables(group: &str, layer: &str, count: usize) -> Option<&'static [&'static str]> {
    let kind = match group.rsplit_once('_') {
        Some((kind, number)) if number.bytes().all(|b| b.is_ascii_digit()) => kind,
        _ => group,
    };
    match (kind, count) {
        // tf_keras and a model without names of its own call it so.
        ("depthwise_conv2d", 1 | 2) if layer.starts_with("depthwise_conv2d") => Some(&["depthwise_kernel", "bias"]),
        ("conv2d" | "depthwise_conv2d" | "dense", 1 | 2) => Some(&["kernel", "bias"]),
        ("batch_normalization", 4) => Some(&["gamma", "beta", "moving_mean", "moving_variance"]),
        _ => None,
    }
}

/// Keras applications had paths for names before version 3, and the files it downloads still have:
/// `expanded_conv_1/expand/BatchNorm/gamma:0` is `expanded_conv_1_expand_bn/gamma` today.
pub(crate) fn modernise(tensors: &mut [Tensor<'_>]) {
    if !tensors.iter().any(|t| t.name.starts_with("expanded_conv/")) {
        return;
    }
    for tensor in tensors {
        let name = tensor.name.strip_suffix(":0").unwrap_or(&tensor.name);
        if let Some((layer, variable)) = name.rsplit_once('/') {
            let layer = layer
                .replace("/BatchNorm", "_bn")
                .replace('/', "_")
                .to_ascii_lowercase();
            let variable = if variable == "depthwise_kernel" {
                "kernel"
            } else {
                variable
            };
            tensor.name = format!("{layer}/{variable}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::Dtype;

    fn modern(names: &[&str]) -> Vec<String> {
        let tensor = |name: &&str| Tensor {
            name: (*name).to_owned(),
            dtype: Dtype::F32,
            shape: vec![0],
            data: [][..].into(),
        };
        let mut tensors: Vec<_> = names.iter().map(tensor).collect();
        modernise(&mut tensors);
        tensors.into_iter().map(|t| t.name).collect()
    }

    #[test]
    fn the_older_names_of_keras_applications_become_todays() {
        let names = [
            "Conv/kernel:0",
            "Conv/BatchNorm/gamma:0",
            "expanded_conv/depthwise/depthwise_kernel:0",
            "expanded_conv_10/squeeze_excite/Conv_1/bias:0",
            "Conv_1/BatchNorm/moving_variance:0",
            "Logits/bias:0",
        ];
        let today = [
            "conv/kernel",
            "conv_bn/gamma",
            "expanded_conv_depthwise/kernel",
            "expanded_conv_10_squeeze_excite_conv_1/bias",
            "conv_1_bn/moving_variance",
            "logits/bias",
        ];
        assert_eq!(modern(&names), today);
    }

    #[test]
    fn automatic_names_stay_as_they_are() {
        let names = ["conv2d/kernel:0", "depthwise_conv2d_3/depthwise_kernel:0"];
        assert_eq!(modern(&names), names);
    }

    #[test]
    fn variables_are_named_by_the_kind_of_their_layer() {
        assert_eq!(variables("conv2d_12", "logits", 2), Some(&["kernel", "bias"][..]));
        assert_eq!(
            variables("depthwise_conv2d", "depthwise_conv2d_7", 1).unwrap()[0],
            "depthwise_kernel"
        );
        assert_eq!(variables("batch_normalization", "bn", 4).unwrap()[3], "moving_variance");
        // Without scale there is no telling which of the four is left out.
        assert_eq!(variables("batch_normalization", "bn", 3), None);
        assert_eq!(variables("lstm", "lstm", 2), None);
    }
}
