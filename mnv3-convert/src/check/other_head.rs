//! Files of torchvision's networks that do something else than the spec's: told by names that only their heads have.

use crate::checkpoint::Checkpoint;
use mnv3_spec::Network;

/// Which spec a file is of, if it has the head of another kind.
pub(super) fn hint(network: &Network, file: &Checkpoint<'_>) -> Option<String> {
    let has = |name: &str| file.tensors.iter().any(|tensor| tensor.name == name);
    let (does, published) = if has("head.classification_head.module_list.0.1.weight") {
        if network.detect().is_some() {
            return None;
        }
        ("SSDLite, which detects", "mnv3:torchvision/ssdlite320-large")
    } else if has("classifier.low_classifier.weight") {
        if network.segment().is_some() {
            return None;
        }
        ("LR-ASPP, which segments", "mnv3:torchvision/lraspp-large")
    } else {
        return None;
    };
    Some(format!(
        "its names are those of torchvision's {does}: take a spec such as {published}"
    ))
}
