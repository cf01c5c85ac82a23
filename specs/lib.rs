//! The published specs, as the text of this folder's YAML files, and beside them the weights of `text-direction`.
//!
//! A spec is named by its file, without the extension: `timm/small-1.0`. What it means is `mnv3-spec`'s to say.

macro_rules! specs {
    ($($name:literal)*) => {
        /// Name and text of every published spec, by families.
        pub const SPECS: &[(&str, &str)] = &[$(($name, include_str!(concat!($name, ".yaml")))),*];
    };
}

specs! {
    "large"
    "small"
    "torchvision/large-0.75"
    "torchvision/large-dilated"
    "torchvision/large-reduced-tail"
    "mediapipe/selfie"
    "mediapipe/selfie-landscape"
    "torchvision/lraspp-large"
    "torchvision/lraspp-small"
    "torchvision/small-0.35"
    "torchvision/small-0.5"
    "torchvision/small-0.75"
    "torchvision/small-dilated"
    "torchvision/small-reduced-tail"
    "torchvision/ssdlite320-large"
    "torchvision/ssdlite320-large-full-tail"
    "torchvision/ssdlite320-small"
    "torchvision/ssdlite320-small-full-tail"
    "timm/large-0.75"
    "timm/large-1.0"
    "timm/large-1.5-deep"
    "timm/large-21k"
    "timm/rw"
    "timm/small-0.5"
    "timm/small-0.75"
    "timm/small-1.0"
    "timm-tf/large-0.75"
    "timm-tf/large-1.0"
    "timm-tf/large-minimal"
    "timm-tf/small-0.75"
    "timm-tf/small-1.0"
    "timm-tf/small-minimal"
    "keras/large-0.75"
    "keras/large-1.0"
    "keras/large-minimalistic"
    "keras/small-0.75"
    "keras/small-1.0"
    "keras/small-minimalistic"
    "tf2-large"
    "tf2-small"
    "paddle/large-0.35"
    "paddle/large-0.5"
    "paddle/large-0.75"
    "paddle/large-1.0"
    "paddle/large-1.25"
    "paddle/small-0.35"
    "paddle/small-0.5"
    "paddle/small-0.75"
    "paddle/small-1.0"
    "paddle/small-1.25"
    "paddle/ocr-direction"
    "d-li14/large-0.75"
    "d-li14/large-1.0"
    "d-li14/small-0.75"
    "d-li14/small-1.0"
    "xiaolai/large"
    "xiaolai/small"
    "text-direction"
}

/// Name of a spec, and the path of a file of trained weights that comes with it.
pub const WEIGHTS: &[(&str, &str)] = &[(
    "text-direction",
    concat!(env!("CARGO_MANIFEST_DIR"), "/text-direction.safetensors"),
)];

#[cfg(test)]
mod tests {
    use super::{SPECS, WEIGHTS};
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Names of the YAML files in a folder and below it.
    fn files(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                files(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let name = path.with_extension("");
                let parts = name.strip_prefix(root).into_iter().flat_map(|name| name.iter());
                found.insert(parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"));
            }
        }
    }

    #[test]
    fn every_spec_of_the_folder_is_listed_once() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        files(root, root, &mut found);
        let listed: BTreeSet<String> = SPECS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, found);
        assert_eq!(listed.len(), SPECS.len());
    }

    #[test]
    fn weights_are_those_of_a_spec_and_are_there() {
        for (name, path) in WEIGHTS {
            assert!(SPECS.iter().any(|(spec, _)| spec == name), "{name}");
            assert!(Path::new(path).is_file(), "{path}");
        }
    }
}
