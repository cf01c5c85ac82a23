//! Files that are refused, and what a user is told.

use crate::common::file;
use mnv3_convert::{ConvertOptions, read};

fn told(bytes: &[u8], options: &ConvertOptions) -> String {
    read(bytes, options).unwrap_err().to_string()
}

/// Every file's message, one after the other.
fn messages(names: &[&str]) -> String {
    let message = |name: &&str| format!("{name}: {}", told(&file(name), &ConvertOptions::default()));
    names.iter().map(message).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn weights_that_only_a_call_would_make_are_refused_with_its_name() {
    insta::assert_snapshot!(messages(&["system_weight.pth", "sparse.pth", "quantised.pth"]));
}

#[test]
fn other_forms_of_pytorch_files_bring_their_remedy() {
    insta::assert_snapshot!(messages(&["frozen_script.pth", "big_endian.pth", "compressed.pth"]));
}

/// `make.py` runs these lines under PyTorch.
#[test]
fn lines_of_python_that_are_printed_are_those_that_were_run() {
    for name in [
        "sparse.pth",
        "sparse_key.pth",
        "sparse_module.pth",
        "big_endian.pth",
        "tiny.npz",
        "shards.index.json",
        "pickled.pkl",
        "recurrent.weights.h5",
    ] {
        let lines = String::from_utf8(file(&format!("{name}.remedy.py"))).unwrap();
        let message = told(&file(name), &ConvertOptions::default());
        assert!(message.ends_with(lines.trim_end()), "{name}: {message}\n{lines}");
    }
    let lines = String::from_utf8(file("saved_model.remedy.py")).unwrap();
    assert!(mnv3_convert::SAVED_MODEL.ends_with(lines.trim_end()));
}

#[test]
fn checkpoints_of_the_older_form_are_cut_off_or_damaged_in_words() {
    let whole = file("legacy.pth");
    let at = |needle: &[u8]| whole.windows(needle.len()).position(|window| window == needle).unwrap();
    let keys = at(b"]q\x00(X");
    let longer = {
        // The length of the first storage, after the list of them.
        let mut bytes = whole.clone();
        let list = bytes[keys..].windows(2).position(|window| window == b"e.").unwrap();
        bytes[keys + list + 4] = 200;
        bytes
    };
    let other = {
        let mut bytes = whole.clone();
        let version = at(b"M\xe9\x03.");
        bytes[version + 1] = 0xe8;
        bytes
    };
    let kinds: [(&str, &[u8]); 5] = [
        ("no storages", &whole[..whole.len() - 400]),
        ("no list of storages", &whole[..keys]),
        ("half of it", &whole[..700]),
        ("a storage longer than the file", &longer),
        ("another version", &other),
    ];
    let all: Vec<_> = kinds
        .iter()
        .map(|(kind, bytes)| {
            let message = told(bytes, &ConvertOptions::default());
            // Storages are called by where they lay in memory.
            let words = message.split(' ').map(|word| match word.parse() {
                Ok(1_000_000_u64..) => "ADDRESS",
                _ => word,
            });
            format!("{kind}: {}", words.collect::<Vec<_>>().join(" "))
        })
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn damaged_and_lying_checkpoints_name_the_tensor_or_the_entry() {
    let names = [
        "lost_storage.pth",
        "short_storage.pth",
        "expanded.pth",
        "huge.pth",
        "repeated.pth",
    ];
    insta::assert_snapshot!(messages(&names));
}

#[test]
fn checkpoints_without_a_state_dict_list_their_keys() {
    let key = |key: &str| ConvertOptions {
        key: Some(key.to_owned()),
        ..ConvertOptions::default()
    };
    let prefix = ConvertOptions {
        prefix: Some("backbone.".to_owned()),
        ..ConvertOptions::default()
    };
    let all = [
        messages(&["no_state.pth", "other_key.pth"]),
        told(&file("wrapped.pth"), &key("ema")),
        told(&file("plain.expected.safetensors"), &key("model")),
        told(&file("plain.pth"), &prefix),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn keras_layers_that_no_mobilenet_has_are_named() {
    insta::assert_snapshot!(messages(&["recurrent.weights.h5"]));
}

#[test]
fn files_of_other_kinds_are_recognised() {
    let plain = file("plain.pth");
    let flipped = {
        let first = read(&plain, &ConvertOptions::default())
            .unwrap()
            .tensors
            .pop()
            .unwrap()
            .data
            .into_owned();
        let at = plain.windows(first.len()).position(|window| window == first).unwrap();
        let mut bytes = plain.clone();
        bytes[at] ^= 1;
        bytes
    };
    let kinds: [(&str, &[u8]); 28] = [
        ("nothing", b""),
        ("half a checkpoint", &plain[..plain.len() / 2]),
        ("a flipped bit", &flipped),
        ("half a safetensors file", &file("plain.expected.safetensors")[..300]),
        ("half an HDF5 file", &file("keras3.weights.h5")[..6000]),
        (
            "an empty zip archive",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ),
        ("a bare pickle", b"\x80\x04\x95\x02\0\0\0\0\0\0\0}."),
        ("a web page", b"\n<!DOCTYPE html><html>"),
        (
            "a pointer",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00",
        ),
        ("a cut off tflite", b"\x1c\0\0\0TFL3\0\0"),
        ("ExecuTorch", b"\x1c\0\0\0ET12\0\0"),
        ("a cut off ONNX", b"\x08\x07\x3a\x10"),
        ("Core ML", b"\x08\x05\x12\x20\x0a\x08"),
        ("a graph of TensorFlow", b"\x08\x01\x12\x99\x01"),
        ("npz", &file("tiny.npz")),
        ("npy", b"\x93NUMPY\x01\0"),
        ("shards", &file("shards.index.json")),
        ("GGUF", b"GGUF\x03\0\0\0"),
        ("pdiparams", &[&[0; 16][..], b"\x06\0\0\0\x08\x05\x10\x10"].concat()),
        ("ncnn", b"7767517\n75 83\n"),
        ("OpenVINO", b"<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\">"),
        ("tar", &[&[b'a'; 257][..], b"ustar"].concat()),
        ("pickle.dump", &file("pickled.pkl")),
        ("torch.export", &file("exported.pt2")),
        ("Zstandard", b"\x28\xb5\x2f\xfd\x04"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("text", b"hello"),
        ("zip of one text", &one_text()),
    ];
    let all: Vec<_> = kinds
        .iter()
        .map(|(kind, bytes)| format!("{kind}: {}", told(bytes, &ConvertOptions::default())))
        .collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_picture_in_the_place_of_the_weights_is_known() {
    let image = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/coffee.png")).unwrap();
    let message = told(&image, &ConvertOptions::default());
    insta::assert_snapshot!(message, @"this is a picture: the weights of a network are wanted here, and pictures after them");
    assert_eq!(told(b"\xff\xd8\xff\xe0\0\x10JFIF", &ConvertOptions::default()), message);
}

/// A zip archive with nothing of a checkpoint in it.
fn one_text() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file("readme.txt", stored).unwrap();
    std::io::Write::write_all(&mut archive, b"hello").unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_archive_inside_another_file_is_not_looked_for() {
    let hidden = [b"PK\x03\x04 something else first", &file("plain.pth")[..]].concat();
    let message = told(&hidden, &ConvertOptions::default());
    assert!(message.starts_with("the zip archive cannot be read"), "{message}");
}
