//! Files of PyTorch and Keras give the tensors that those libraries themselves write as safetensors.

use crate::common::file;
use mnv3_convert::{Checkpoint, ConvertOptions, Dtype, Format, Precision, read};
use safetensors::SafeTensors;

fn plain<'f>(bytes: &'f [u8]) -> Checkpoint<'f> {
    read(bytes, &ConvertOptions::default()).unwrap()
}

/// The checkpoint's tensors are those of the safetensors file: names, kinds, shapes, every byte.
fn assert_same(checkpoint: &Checkpoint<'_>, expected: &[u8]) {
    let expected = SafeTensors::deserialize(expected).unwrap();
    let mut names = expected.names();
    names.sort_unstable();
    assert_eq!(
        checkpoint.tensors.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(),
        names
    );
    for tensor in &checkpoint.tensors {
        let expected = expected.tensor(&tensor.name).unwrap();
        assert_eq!(
            (tensor.dtype, &tensor.shape[..]),
            (expected.dtype(), expected.shape()),
            "{}",
            tensor.name
        );
        assert_eq!(tensor.data, expected.data(), "{}", tensor.name);
    }
}

#[test]
fn every_kind_of_pytorch_checkpoint_gives_its_tensors() {
    let kinds = [
        "plain",
        "protocol4",
        "protocol5",
        "wrapped",
        "averaged",
        "prefixed",
        "half",
        "bf16",
        "double",
        "parameters",
        "strided",
        "no_checksums",
    ];
    for kind in kinds {
        let bytes = file(&format!("{kind}.pth"));
        let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(checkpoint.format, Format::Torch);
        assert_same(&checkpoint, &file(&format!("{kind}.expected.safetensors")));
    }
}

#[test]
fn what_training_leaves_beside_the_weights_is_not_run_and_changes_nothing() {
    let module = "torch.nn.modules.";
    let classes = [
        "batchnorm.BatchNorm2d",
        "container.Sequential",
        "conv.Conv2d",
        "linear.Linear",
    ];
    let classes: Vec<String> = classes.iter().map(|class| format!("{module}{class}")).collect();
    let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    let scalar = ["numpy._core.multiarray.scalar"];
    let program: Vec<String> = classes.iter().map(|class| format!("__torch__.{class}")).collect();
    let program: Vec<&str> = program
        .iter()
        .map(String::as_str)
        .chain(["torch.jit._pickle.build_intlist"])
        .collect();
    let kinds: [(&str, &[&str], &[&str]); 11] = [
        ("reference_script", &["model"], &["argparse.Namespace"]),
        ("numpy_scalar", &["state_dict"], &scalar),
        ("multistep", &["model"], &["collections.Counter"]),
        ("device", &["model"], &["torch.device"]),
        ("only_key", &["weights"], &[]),
        ("default_dict", &[], &["__builtin__.list", "collections.defaultdict"]),
        ("legacy", &[], &[]),
        ("module", &[], &classes),
        ("module_key", &["ema"], &classes),
        ("module_legacy", &[], &classes),
        ("script", &[], &program),
    ];
    for (kind, wrappers, not_run) in kinds {
        let bytes = file(&format!("{kind}.pth"));
        let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_same(&checkpoint, &file("wrapped.expected.safetensors"));
        assert_eq!(checkpoint.wrappers, wrappers, "{kind}");
        assert_eq!(checkpoint.not_run, not_run, "{kind}");
    }
}

#[test]
fn modules_that_share_others_or_were_traced_give_what_their_state_dict_has() {
    for kind in ["shared_module", "graph_module"] {
        assert_same(
            &plain(&file(&format!("{kind}.pth"))),
            &file(&format!("{kind}.expected.safetensors")),
        );
    }
}

#[test]
fn a_program_beside_the_weights_is_not_run() {
    let bytes = file("system.pth");
    let checkpoint = plain(&bytes);
    assert_eq!(checkpoint.not_run, ["posix.system"]);
    assert_same(&checkpoint, &file("system.expected.safetensors"));
}

#[test]
fn every_kind_of_keras_file_gives_its_variables() {
    let kinds = [
        "keras3.weights.h5",
        "keras3.keras",
        "keras3_whole.h5",
        "applications.h5",
        "automatic.h5",
        "automatic.weights.h5",
    ];
    for kind in kinds {
        let bytes = file(kind);
        let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(checkpoint.format, Format::Keras);
        assert_same(&checkpoint, &file(&format!("{kind}.expected.safetensors")));
    }
}

#[test]
fn pickles_of_arrays_give_their_numbers_however_they_were_written() {
    for (kind, wrappers) in [
        ("paddle.pdparams", &[][..] as &[&str]),
        ("paddle2.pdparams", &[]),
        ("paddle_nested.pdparams", &["state"]),
        ("numpy2.pkl", &[]),
        ("numpy5.pkl", &[]),
    ] {
        let bytes = file(kind);
        let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(checkpoint.format, Format::Pickle);
        assert_eq!(checkpoint.wrappers, wrappers);
        assert!(checkpoint.not_run.is_empty(), "{kind}: {:?}", checkpoint.not_run);
        let made_by = kind.split(['.', '_', '2', '5']).next().unwrap();
        assert_same(&checkpoint, &file(&format!("{made_by}.expected.safetensors")));
    }
}

#[test]
fn counters_of_batches_are_left_out_and_said_so() {
    assert_eq!(plain(&file("plain.pth")).skipped, ["bn.num_batches_tracked"]);
}

#[test]
fn averaged_weights_come_first_and_others_on_demand() {
    let bytes = file("averaged.pth");
    let checkpoint = plain(&bytes);
    assert_eq!(
        (checkpoint.wrappers, checkpoint.alternatives),
        (vec!["model_ema".to_owned()], vec!["model".to_owned()])
    );
    assert_eq!(checkpoint.prefix, "module.");
    let options = ConvertOptions {
        key: Some("model".to_owned()),
        ..ConvertOptions::default()
    };
    let last = read(&bytes, &options).unwrap();
    assert_eq!(last.wrappers, ["model"]);
    assert_same(&last, &file("wrapped.expected.safetensors"));
}

#[test]
fn a_state_dict_under_an_unusual_key_is_read_when_named() {
    let options = ConvertOptions {
        key: Some("net".to_owned()),
        ..ConvertOptions::default()
    };
    let bytes = file("other_key.pth");
    let checkpoint = read(&bytes, &options).unwrap();
    assert_same(&checkpoint, &file("wrapped.expected.safetensors"));
    assert_eq!(checkpoint.alternatives, ["discriminator"]);
}

#[test]
fn a_prefix_selects_the_tensors_that_have_it() {
    let bytes = file("plain.pth");
    let options = ConvertOptions {
        prefix: Some("conv.".to_owned()),
        ..ConvertOptions::default()
    };
    let checkpoint = read(&bytes, &options).unwrap();
    assert_eq!(
        checkpoint.tensors.iter().map(|t| &*t.name).collect::<Vec<_>>(),
        ["weight"]
    );
    assert_eq!(checkpoint.prefix, "conv.");
}

#[test]
fn written_files_read_back_the_same_and_do_not_depend_on_the_source() {
    let from_torch = plain(&file("plain.pth")).to_safetensors(None).unwrap();
    let again = plain(&from_torch);
    assert_eq!(again.format, Format::Safetensors);
    assert_same(&again, &file("plain.expected.safetensors"));
    let from_other = plain(&file("protocol5.pth")).to_safetensors(None).unwrap();
    assert_eq!(from_torch, from_other);
}

#[test]
fn a_wanted_precision_is_that_of_every_tensor() {
    let double = file("double.pth");
    // The doubles were made from floats, so that they come back exactly.
    let single = plain(&double).to_safetensors(Some(Precision::F32)).unwrap();
    assert_same(&plain(&single), &file("wrapped.expected.safetensors"));
    for (precision, expected) in [(Precision::F16, "half"), (Precision::Bf16, "bf16")] {
        let bytes = file("wrapped.pth");
        let rounded = plain(&bytes).to_safetensors(Some(precision)).unwrap();
        // PyTorch rounds the same way, bit for bit.
        assert_same(&plain(&rounded), &file(&format!("{expected}.expected.safetensors")));
    }
    assert!(plain(&single).tensors.iter().all(|t| t.dtype == Dtype::F32));
}
