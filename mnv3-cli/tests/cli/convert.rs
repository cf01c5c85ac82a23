//! `mnv3 convert`: checkpoints to safetensors, and whether they fit a spec.

use crate::run::{Run, finish, mnv3, mnv3_in, root};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::fs;
use std::path::PathBuf;

const FILES: &str = "mnv3-convert/tests/files";

/// Converts a file to `out.safetensors` in a folder of its own; the run, the file, the folder.
fn converted(name: &str) -> (Run, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let input = root().canonicalize().unwrap().join(FILES).join(name);
    let arguments = [
        "convert".as_ref(),
        input.as_os_str(),
        "-o".as_ref(),
        "out.safetensors".as_ref(),
    ];
    (finish(&mut mnv3_in(folder.path(), arguments)), input, folder)
}

#[test]
fn a_checkpoint_becomes_the_safetensors_that_pytorch_itself_writes() {
    let (run, input, folder) = converted("wrapped.pth");
    assert_eq!(run.code, 0, "{}", run.err);
    let read = |bytes: &[u8]| {
        let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
        let mut tensors: Vec<_> = file
            .iter()
            .map(|(name, view)| (name.to_owned(), view.shape().to_vec(), view.data().to_vec()))
            .collect();
        tensors.sort();
        tensors
    };
    let ours = fs::read(folder.path().join("out.safetensors")).unwrap();
    let theirs = fs::read(input.with_file_name("wrapped.expected.safetensors")).unwrap();
    assert_eq!(read(&ours), read(&theirs));
}

#[test]
fn a_check_says_whether_a_file_fits_and_ends_accordingly() {
    let good = mnv3([
        "convert",
        "--check",
        "specs/text-direction.yaml",
        "specs/text-direction.safetensors",
    ]);
    assert_eq!((good.code, good.err.as_str()), (0, ""));
    let bad = mnv3([
        "convert",
        "--check",
        "specs/small.yaml",
        "--json",
        "specs/text-direction.safetensors",
    ]);
    assert_eq!(bad.code, 1);
    assert!(bad.json()[0]["check"].is_object(), "{}", bad.out);
}

#[test]
fn what_a_checkpoint_would_run_is_named_and_not_run() {
    let (run, _, folder) = converted("system.pth");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.ends_with("\n  not run: posix.system\n"), "{}", run.out);
    assert!(folder.path().join("out.safetensors").exists());
    let (run, ..) = converted("module.pth");
    insta::assert_snapshot!(run.out, @"
    out.safetensors: 7 tensors, 1,084 bytes, from a PyTorch checkpoint
      left out: 1 tensor of whole numbers, such as bn.num_batches_tracked
      not run: torch.nn.modules.batchnorm.BatchNorm2d, torch.nn.modules.container.Sequential, torch.nn.modules.conv.Conv2d, torch.nn.modules.linear.Linear
    ");
    let json = mnv3([
        "convert",
        "--json",
        "--check",
        "specs/small.yaml",
        "mnv3-convert/tests/files/device.pth",
    ]);
    assert_eq!(json.json()[0]["not_run"], serde_json::json!(["torch.device"]));
}

#[test]
fn weights_that_only_a_call_would_make_are_refused_by_its_name() {
    let (run, _, folder) = converted("system_weight.pth");
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("conv.weight would be made by posix.system"),
        "{}",
        run.err
    );
    assert!(!folder.path().join("out.safetensors").exists());
}

/// A file of a published network, ones in half precision, its names under a prefix and one more beside them.
fn prefixed(prefix: &str) -> Vec<u8> {
    let network = mnv3_spec::load("mnv3:small", "".as_ref()).unwrap().network;
    let mut tensors: Vec<(String, Vec<usize>)> = network
        .layers()
        .into_iter()
        .flat_map(|layer| layer.iter())
        .map(|tensor| (format!("{prefix}{}", tensor.name), tensor.shape.clone()))
        .collect();
    tensors.push(("criterion.weight".to_owned(), vec![5]));
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, shape)| [0x00, 0x3c].repeat(shape.iter().product()))
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape), bytes)| (name, TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn a_prefix_is_taken_off_and_said_and_what_has_another_name_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.safetensors"), prefixed("net.")).unwrap();
    let run = |arguments: &[&str]| finish(&mut mnv3_in(folder.path(), arguments));
    let written = run(&["convert", "in.safetensors", "-o", "out.safetensors"]);
    insta::assert_snapshot!(written.out, @"
    out.safetensors: 210 tensors, 5,130,000 bytes, from a safetensors file
      `net.` was taken off the names
      left out: 1 tensor of other names, criterion.weight
    ");
    let checked = run(&["convert", "in.safetensors", "--check", "mnv3:small"]);
    insta::assert_snapshot!(checked.out, @"
    in.safetensors: the file fits MobileNetV3Small: all 210 tensors are there, of the right shape, and finite
      the file: 210 tensors, named as in torchvision
      the spec: 210 tensors, dialect torchvision
      `net.` was taken off the names
      left out: 1 tensor of other names, criterion.weight
    ");
    let json = run(&["convert", "in.safetensors", "--check", "mnv3:small", "--json"]);
    let said = &json.json()[0];
    assert_eq!(said["prefix"], "net.");
    assert_eq!(said["left_out"], serde_json::json!(["criterion.weight"]));
    assert_eq!(run(&["convert", "out.safetensors", "--check", "mnv3:small"]).code, 0);
    // What reads the file without converting it says so in one hint.
    let packed = run(&["pack", "mnv3:small", "in.safetensors", "-o", "packed"]);
    insta::assert_snapshot!(packed.err, @"
    error: in.safetensors: the weights do not fit MobileNetV3Small: names in the file start with `net.`
      hint: `mnv3 convert IN -o OUT` takes `net.` off
    ");
}

#[test]
fn tensors_are_renamed_by_patterns_and_a_wrong_one_is_a_wrong_command_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.safetensors"), prefixed("net.")).unwrap();
    let run = |rename: &str| {
        let arguments = ["convert", "in.safetensors", "--rename", rename, "-o", "out.safetensors"];
        finish(&mut mnv3_in(folder.path(), arguments))
    };
    let renamed = run("features.*.block.*=layers.*.parts.*");
    assert!(
        renamed.out.contains("\n  renamed: 196 tensors\n"),
        "{}{}",
        renamed.out,
        renamed.err
    );
    let bytes = fs::read(folder.path().join("out.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert!(file.tensor("layers.1.parts.0.0.weight").is_ok() && file.tensor("features.0.0.weight").is_ok());
    let wrong = run("features.*=layers");
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("there are 1 `*` before the `=` and 0 after it"),
        "{}",
        wrong.err
    );
    let nothing = run("blocks.*=layers.*");
    assert_eq!(nothing.code, 1);
    assert!(
        nothing.err.contains("no tensor is called `blocks.*`"),
        "{}",
        nothing.err
    );
}

#[test]
fn colours_are_summed_and_scores_left_fresh_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.safetensors"), prefixed("")).unwrap();
    let spec = "extends: mnv3:small\nname: Grey\ninput: { channels: 1 }\nhead: { classes: 4 }\n";
    fs::write(folder.path().join("grey.yaml"), spec).unwrap();
    let run = |more: &[&str]| {
        let arguments = [
            "convert",
            "in.safetensors",
            "--check",
            "grey.yaml",
            "-o",
            "out.safetensors",
        ];
        finish(&mut mnv3_in(folder.path(), arguments.iter().chain(more)))
    };
    assert_eq!(run(&[]).code, 1);
    assert!(!folder.path().join("out.safetensors").exists());
    let done = run(&["--grey", "--fresh-classes"]);
    insta::assert_snapshot!(done.out, @"
    in.safetensors: the file fits Grey: all 210 tensors are there, of the right shape, and finite
      the file: 211 tensors, named as in torchvision
      the spec: 210 tensors, dialect torchvision
      not used: criterion.weight
    out.safetensors: 211 tensors, 3,096,178 bytes, from a safetensors file
      the first kernel was summed over its 3 channels
      fresh, of zeros, to be trained: classifier.3.weight, classifier.3.bias
    ");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let json = run(&["--grey", "--fresh-classes", "--json"]);
    let said = &json.json()[0];
    assert_eq!(said["summed"], 3);
    assert_eq!(
        said["fresh"],
        serde_json::json!(["classifier.3.weight", "classifier.3.bias"])
    );
    // They are for a spec.
    let alone = ["convert", "in.safetensors", "--grey", "-o", "out.safetensors"];
    assert_eq!(finish(&mut mnv3_in(folder.path(), alone)).code, 2);
}

#[test]
fn a_folder_is_told_by_what_lies_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let told = || finish(&mut mnv3_in(folder.path(), ["convert", ".", "-o", "out.safetensors"])).err;
    assert_eq!(
        told(),
        "error: .: this is a folder\n  = name the file in it that holds the weights\n"
    );
    for name in ["optimizer.bin", "model.safetensors", "notes.txt"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    assert!(told().ends_with("perhaps ./model.safetensors\n"), "{}", told());
    fs::write(folder.path().join("saved_model.pb"), "").unwrap();
    insta::assert_snapshot!(told(), @r#"
    error: .: this is a folder
      = TensorFlow wrote it: save its variables, in Python:
        import safetensors.numpy, tensorflow
        variables = tensorflow.saved_model.load("IN").variables
        tensors = {v.name: v.numpy() for v in variables}
        safetensors.numpy.save_file(tensors, "OUT.safetensors")
    "#);
}
