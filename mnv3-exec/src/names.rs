//! Names of classes (feature `image`).

use mnv3_spec::network::{ClassNames, Network};

/// What the spec calls a class, by the number that answers give it: that of its score, of which the first is the background's where
/// a head that detects has one.
///
/// ```
/// let network = mnv3_spec::load("mnv3:torchvision/ssdlite320-large", "".as_ref())?.network;
/// assert_eq!(mnv3_exec::class_name(&network, 17), Some("cat"));
/// # Ok::<(), mnv3_spec::SpecErrors>(())
/// ```
#[must_use]
pub fn class_name(network: &Network, number: usize) -> Option<&str> {
    let index = network.named_class(number)?;
    match network.class_names.as_ref()? {
        ClassNames::Set(set) => mnv3_labels::name(*set, index),
        ClassNames::Own(names) => names.get(index).map(String::as_str),
    }
}
