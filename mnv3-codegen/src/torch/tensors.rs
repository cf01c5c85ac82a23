//! `export_tensors` and `load_tensors`: between the module and weights files of the network.

use super::paths::Paths;
use super::print::{line, string};
use mnv3_spec::network::{Layout, Network, Tensor};

const EXPORT: &str = r#"    def export_tensors(self) -> dict[str, Tensor]:
        """The tensors of a weights file for the compiled network, by name, to be saved as safetensors."""
        state = self.state_dict()
        return {EXPORTED}

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Takes the tensors of such a file. Raises a ValueError that names those that are missing or unknown."""
        wanted = self.export_tensors()
        if tensors.keys() != wanted.keys():
            raise ValueError(f"missing or unknown tensors: {sorted(tensors.keys() ^ wanted.keys())}")
        self.load_state_dict(self.state_dict() | LOADED)
"#;

const KERNEL_AXES: &str = "height, width, in, out; depthwise height, width, channels, 1";
const MATRIX_AXES: &str = "matrices in, out";

const TRANSPOSE: &str = r#"

def to_file(key: str, tensor: Tensor) -> Tensor:
    """PyTorch's axes to the file's: AXES."""
TO_FILE    return tensor


def from_file(key: str, tensor: Tensor) -> Tensor:
    """The other way round."""
FROM_FILE    return tensor
"#;

/// Both methods.
pub(super) fn methods(network: &Network, paths: &Paths) -> String {
    let (exported, loaded) = match (paths.native, transposed(network).is_some()) {
        (true, _) => (
            "{name: t.contiguous() for name, t in state.items() if not name.endswith(\"num_batches_tracked\")}",
            "tensors",
        ),
        (false, false) => (
            "{name: state[key].contiguous() for key, name in TENSORS.items()}",
            "{key: tensors[name] for key, name in TENSORS.items()}",
        ),
        (false, true) => (
            "{name: to_file(key, state[key]) for key, name in TENSORS.items()}",
            "{key: from_file(key, tensors[name]) for key, name in TENSORS.items()}",
        ),
    };
    EXPORT.replace("{EXPORTED}", exported).replace("LOADED", loaded)
}

/// The functions between PyTorch's axes and the file's, where they differ.
fn transposed(network: &Network) -> Option<String> {
    const TO_KERNEL: &str = r#"    if tensor.dim() == 4:
        return tensor.permute((2, 3, 0, 1) if "depthwise" in key else (2, 3, 1, 0)).contiguous()
"#;
    const FROM_KERNEL: &str = r#"    if tensor.dim() == 4:
        return tensor.permute((2, 3, 0, 1) if "depthwise" in key else (3, 2, 0, 1))
"#;
    const TO_MATRIX: &str = "    if tensor.dim() == 2:\n        return tensor.T.contiguous()\n";
    const FROM_MATRIX: &str = "    if tensor.dim() == 2:\n        return tensor.T\n";
    let layers = network.layers();
    let differs = |sizes: usize| {
        let mut of_size = layers.iter().filter(|layer| layer.weight.shape.len() == sizes);
        of_size.any(|layer| layer.layout == Layout::Hwio)
    };
    let (axes, to, from) = match (differs(4), differs(2)) {
        (false, false) => return None,
        (true, false) => (KERNEL_AXES.to_owned(), TO_KERNEL.to_owned(), FROM_KERNEL.to_owned()),
        (false, true) => (MATRIX_AXES.to_owned(), TO_MATRIX.to_owned(), FROM_MATRIX.to_owned()),
        (true, true) => (
            format!("{KERNEL_AXES}; {MATRIX_AXES}"),
            [TO_KERNEL, TO_MATRIX].concat(),
            [FROM_KERNEL, FROM_MATRIX].concat(),
        ),
    };
    let functions = TRANSPOSE.replace("AXES", &axes).replace("TO_FILE", &to);
    Some(functions.replace("FROM_FILE", &from))
}

/// After the class: the table of names and the order of axes, where `state_dict()` has not the file's own.
pub(super) fn tables(network: &Network, paths: &Paths) -> String {
    let mut out = String::new();
    if paths.native {
        return out;
    }
    out += transposed(network).unwrap_or_default().as_str();
    out += "\n\n# Keys of `state_dict()` and names in the weights file.\nTENSORS = {\n";
    for (key, tensor) in keys(network, paths) {
        line(&mut out, 4, &format!("{}: {},", string(&key), string(&tensor.name)));
    }
    out += "}\n";
    out
}

/// Every key of `state_dict()` that a weights file has a tensor for.
pub(super) fn keys<'n>(network: &'n Network, paths: &Paths) -> Vec<(String, &'n Tensor)> {
    let mut keys = Vec::new();
    for ((layer, norm), tensors) in paths.layers().into_iter().zip(network.layers()) {
        keys.push((format!("{layer}.weight"), &tensors.weight));
        keys.extend(tensors.bias.iter().map(|bias| (format!("{layer}.bias"), bias)));
        if let (Some(path), Some(norm)) = (norm, &tensors.norm) {
            let parts = [
                ("weight", &norm.gamma),
                ("bias", &norm.beta),
                ("running_mean", &norm.mean),
                ("running_var", &norm.variance),
            ];
            keys.extend(parts.map(|(part, tensor)| (format!("{path}.{part}"), tensor)));
        }
    }
    keys
}
