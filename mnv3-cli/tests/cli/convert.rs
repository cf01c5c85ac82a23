//! `mnv3 convert`: checkpoints to safetensors, and whether they fit a spec.

use crate::run::{Run, finish, mnv3, mnv3_in, root};
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
