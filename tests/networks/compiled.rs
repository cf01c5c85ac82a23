//! Every network that these tests compile, once: those that run, and those that only take pictures.

// Published.
mnv3::mobilenet!("specs/large.yaml");
mnv3::mobilenet!("specs/small.yaml");
mnv3::mobilenet!("specs/timm/large-1.5-deep.yaml");
mnv3::mobilenet!("specs/keras/small-1.0.yaml");
mnv3::mobilenet!("specs/paddle/small-0.35.yaml");
mnv3::mobilenet!("specs/paddle/ocr-direction.yaml");
mnv3::mobilenet!("mnv3:torchvision/ssdlite320-small");
mnv3::mobilenet!("specs/timm-tf/small-minimal.yaml");
mnv3::mobilenet!("mnv3:text-direction", weights = "mnv3:text-direction");

// Published, for how they take pictures: nothing runs them.
mnv3::mobilenet!("specs/timm/large-1.0.yaml");
mnv3::mobilenet!("specs/timm/large-21k.yaml");
mnv3::mobilenet!("specs/timm-tf/large-1.0.yaml");

// Of these tests.
mnv3::mobilenet!("tests/specs/one-class.yaml");
mnv3::mobilenet!("tests/specs/pets.yaml");
mnv3::mobilenet!("tests/specs/many-classes.yaml");
mnv3::mobilenet!("tests/specs/many-labels.yaml");
mnv3::mobilenet!("tests/specs/embedding.yaml");
mnv3::mobilenet!("tests/specs/pooled.yaml");
mnv3::mobilenet!("tests/specs/taps.yaml");
mnv3::mobilenet!("tests/specs/backbone.yaml");
mnv3::mobilenet!("tests/specs/large-f16.yaml");
mnv3::mobilenet!("tests/specs/large-i8.yaml");
mnv3::mobilenet!("tests/specs/grey.yaml");
mnv3::mobilenet!("tests/specs/tv-large-v2.yaml");
mnv3::mobilenet!("tests/specs/timm-large-100-ra4.yaml");
mnv3::mobilenet!("tests/specs/timm-oblong.yaml");
mnv3::mobilenet!("tests/specs/keras-bilinear.yaml");
mnv3::mobilenet!("tests/specs/wide-kernels.yaml");
mnv3::mobilenet!("tests/specs/dilated.yaml");
mnv3::mobilenet!("tests/specs/strides.yaml");
mnv3::mobilenet!("tests/specs/segment.yaml");
mnv3::mobilenet!("tests/specs/pad-centred.yaml");
mnv3::mobilenet!("tests/specs/pad-upper-left.yaml");
