//! What a newcomer reads whose weights do not fit: each case as `mnv3 convert --check` prints it.

use crate::run::{finish, mnv3_in, root};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::fs;

/// A file with every tensor of a spec, all ones, in bfloat16; `shape` may change a tensor's.
fn file_of(spec: &str, shape: impl Fn(&str, &[usize]) -> Vec<usize>) -> Vec<u8> {
    let network = mnv3_spec::load(spec, &root().join(spec)).unwrap().network;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = network
        .layers()
        .into_iter()
        .flat_map(|layer| layer.iter())
        .map(|tensor| {
            let shape = shape(&tensor.name, &tensor.shape);
            let ones = [0x80, 0x3f].repeat(shape.iter().product());
            (tensor.name.clone(), shape, ones)
        })
        .collect();
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::BF16, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

fn as_it_is(_: &str, shape: &[usize]) -> Vec<usize> {
    shape.to_vec()
}

/// Everything that is printed, and the exit code.
fn check(spec: &str, name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let spec = root().canonicalize().unwrap().join(spec);
    let arguments = ["convert".as_ref(), "--check".as_ref(), spec.as_os_str(), name.as_ref()];
    let run = finish(&mut mnv3_in(folder.path(), arguments));
    let root = format!("{}/", root().canonicalize().unwrap().display());
    format!("{}{}exit code {}", run.out, run.err, run.code).replace(&root, "")
}

#[test]
fn weights_of_another_dialect() {
    let file = file_of("specs/timm/small-1.0.yaml", as_it_is);
    insta::assert_snapshot!(check("specs/small.yaml", "small.safetensors", &file), @"
    error: small.safetensors: the file does not fit MobileNetV3Small: 210 problems
      the file: 210 tensors, named as in timm or timm-tf (timm-tf for tf_mobilenetv3_*: other padding and batch norm)
      the spec: 210 tensors, dialect torchvision
      hint: the file looks like timm: try `dialect: timm` or `dialect: timm-tf`; the spec says `torchvision`
      features.0.0.weight [16, 3, 3, 3] is missing
      features.0.1.weight [16] is missing
      features.0.1.bias [16] is missing
      and 207 more
    exit code 1
    ");
}

#[test]
fn a_file_that_is_cut_off() {
    let file = file_of("specs/small.yaml", as_it_is);
    insta::assert_snapshot!(check("specs/small.yaml", "small.safetensors", &file[..file.len() - 1]), @"
    error: small.safetensors: not a whole safetensors file: incomplete metadata, file not fully covered; was the download complete?
    exit code 1
    ");
}

#[test]
fn a_weight_that_only_code_would_make() {
    let file = fs::read(root().join("mnv3-convert/tests/files/system_weight.pth")).unwrap();
    insta::assert_snapshot!(check("specs/small.yaml", "small.pth", &file), @r#"
    error: small.pth: conv.weight would be made by posix.system, which is not run here. If you trust whoever made the file, save its tensors alone, in Python (the second line runs what the file says):
        import torch
        file = torch.load("IN.pth", map_location="cpu", weights_only=False)
        state = file
        state = {name: t.to_dense() for name, t in state.items() if torch.is_tensor(t)}
        torch.save(state, "OUT.pth")
    exit code 1
    "#);
}

#[test]
fn a_shape_that_is_off_by_one() {
    let file = file_of("specs/small.yaml", |name, shape| match name {
        "features.5.block.0.0.weight" => vec![shape[0] + 1, shape[1], 1, 1],
        _ => shape.to_vec(),
    });
    insta::assert_snapshot!(check("specs/small.yaml", "small.safetensors", &file), @"
    error: small.safetensors: the file does not fit MobileNetV3Small: 1 problem
      the file: 210 tensors, named as in torchvision
      the spec: 210 tensors, dialect torchvision
      features.5.block.0.0.weight is [241, 40, 1, 1] in the file, the network wants [240, 40, 1, 1]; 241 outputs where the spec has 240
    exit code 1
    ");
}

#[test]
fn a_classifier_of_imagenet_21k_on_a_spec_of_1000_classes() {
    let file = file_of("specs/timm/large-21k.yaml", as_it_is);
    insta::assert_snapshot!(check("specs/timm/large-1.0.yaml", "large-21k.safetensors", &file), @"
    error: large-21k.safetensors: the file does not fit TimmLarge100: 2 problems
      the file: 266 tensors, named as in timm or timm-tf (timm-tf for tf_mobilenetv3_*: other padding and batch norm)
      the spec: 266 tensors, dialect timm
      hint: the file's classifier has 11221 classes, the spec 1000: write `classes: 11221` in the spec's head, or leave the scores to be trained with `mnv3 convert --fresh-classes`
      classifier.weight is [11221, 1280] in the file, the network wants [1000, 1280]; 11221 outputs where the spec has 1000
      classifier.bias is [11221] in the file, the network wants [1000]; 11221 outputs where the spec has 1000
    exit code 1
    ");
}
