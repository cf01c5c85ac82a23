//! Files that people take for a checkpoint of a kind that is read, by what they begin with.

/// What a file is, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) what: &'static str,
    pub(crate) remedy: &'static str,
}

/// Where nothing better is known.
pub(crate) const READ: &str = "; PyTorch checkpoints (.pth, .pt), safetensors, Keras' .h5 and .keras, Paddle's .pdparams, ONNX and TensorFlow Lite files can be read";

const NUMPY: Foreign = Foreign {
    what: "an archive of NumPy arrays (.npz)",
    remedy: ": save them as safetensors, in Python:\n    \
             import numpy, safetensors.numpy\n    \
             arrays = numpy.load(\"IN.npz\").items()\n    \
             arrays = {name: numpy.ascontiguousarray(array) for name, array in arrays}\n    \
             safetensors.numpy.save_file(arrays, \"OUT.safetensors\")",
};

const SHARDS: Foreign = Foreign {
    what: "the index of a model in several files (.index.json)",
    remedy: ": put their tensors into one, in Python, in the folder that it lies in:\n    \
             import json, safetensors.torch, torch\n    \
             files = set(json.load(open(\"IN.index.json\"))[\"weight_map\"].values())\n    \
             read = lambda f: safetensors.torch.load_file(f) if f.endswith(\"safetensors\") else torch.load(f)\n    \
             tensors = {name: t for f in files for name, t in read(f).items()}\n    \
             torch.save(tensors, \"OUT.pth\")",
};

const PICKLED_TENSORS: Foreign = Foreign {
    what: "a pickle of PyTorch tensors that torch.save did not write",
    remedy: ". If you trust whoever made it, let torch.save write it, in Python (the second line runs what the file says):\n    \
             import pickle, torch\n    \
             file = pickle.load(open(\"IN.pkl\", \"rb\"))\n    \
             torch.save(file, \"OUT.pth\")",
};

/// What to do about a folder that TensorFlow wrote.
pub const SAVED_MODEL: &str = "save its variables, in Python:\n    \
    import safetensors.numpy, tensorflow\n    \
    variables = tensorflow.saved_model.load(\"IN\").variables\n    \
    tensors = {v.name: v.numpy() for v in variables}\n    \
    safetensors.numpy.save_file(tensors, \"OUT.safetensors\")";

/// What a file is whose first bytes are of no kind that is read.
pub(crate) fn of(bytes: &[u8]) -> Foreign {
    let read = |what| Foreign { what, remedy: READ };
    let other = |what, remedy| Foreign { what, remedy };
    match bytes {
        [] => read("an empty file"),
        [0x80, 2..=5, ..] if is_pickled_torch(bytes) => PICKLED_TENSORS,
        [0x80, 2..=5, ..] => read("a Python pickle without tensors"),
        [b'P', b'K', ..] => read("an empty or cut off zip archive"),
        [0x1f, 0x8b, ..] => other("a gzip archive", ": unpack it first"),
        [b'B', b'Z', b'h', ..] => other("a bzip2 archive", ": unpack it first"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => other("an xz archive", ": unpack it first"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => other("a Zstandard archive", ": unpack it first"),
        [b'7', b'z', 0xbc, 0xaf, ..] => other("a 7z archive", ": unpack it first"),
        _ if bytes.get(257..262) == Some(b"ustar") => other("a tar archive", ": unpack it first"),
        [_, _, _, _, b'E', b'T', b'1', b'2', ..] => other(
            "an ExecuTorch program",
            ": take the PyTorch checkpoint that it was exported from",
        ),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => other(
            "a picture",
            ": the weights of a network are wanted here, and pictures after them",
        ),
        [b'G', b'G', b'U', b'F', ..] => other(
            "a GGUF file, as llama.cpp and ggml read them",
            ": take the checkpoint that it was converted from",
        ),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => other(
            "a single NumPy array (.npy)",
            ", and a network has many tensors: save all of them, with their names, as safetensors",
        ),
        [8, 1, 0x12, ..] => other(
            "the graph of a TensorFlow SavedModel, whose weights lie in the files beside it",
            ": name the folder that it lies in",
        ),
        [8, 2..=15, 0x12, ..] => other("a Core ML model", ": take the checkpoint that it was converted from"),
        // Versions and levels of a first tensor, then the length of its description.
        _ if bytes.first_chunk() == Some(&[0u8; 16]) && bytes.get(20) == Some(&8) => other(
            "a Paddle inference model's weights (.pdiparams), which have no names",
            ": take the .pdparams of the training",
        ),
        _ if bytes.starts_with(b"7767517") => other(
            "the graph of an ncnn model",
            ": take the checkpoint that it was converted from",
        ),
        _ if bytes.starts_with(b"version https://git-lfs") => {
            other("a Git LFS pointer rather than the file", ": run `git lfs pull`")
        }
        _ => text(bytes),
    }
}

fn text(bytes: &[u8]) -> Foreign {
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"<?xml") && has(start, b"<net ") {
        return Foreign {
            what: "the graph of an OpenVINO model",
            remedy: ": take the checkpoint that it was converted from",
        };
    }
    if start.starts_with(b"<") {
        return Foreign {
            what: "a web page",
            remedy: ": the download went wrong",
        };
    }
    if start.starts_with(b"{") && has(start, b"\"weight_map\"") {
        return SHARDS;
    }
    Foreign {
        what: "a file of a kind that is not known",
        remedy: READ,
    }
}

/// Whether a pickle has tensors of PyTorch in it that `torch.save` did not write.
pub(crate) fn is_pickled_torch(bytes: &[u8]) -> bool {
    has(bytes, b"torch.storage") && has(bytes, b"_load_from_bytes")
}

/// Whether some bytes lie near the start.
fn has(bytes: &[u8], part: &[u8]) -> bool {
    const NEAR: usize = 1 << 16;
    bytes[..bytes.len().min(NEAR)]
        .windows(part.len())
        .any(|window| window == part)
}

/// A version of the format, then the name of the program that wrote the file, or one of the fields after that.
pub(crate) fn is_onnx(bytes: &[u8]) -> bool {
    match bytes {
        [8, 3..=30, 0x12, _, letter, ..] => letter.is_ascii_graphic(),
        [8, 3..=30, 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..] => true,
        _ => false,
    }
}

/// What a zip archive is that is no checkpoint, by the names in it.
pub(crate) fn archive<'n>(names: impl Iterator<Item = &'n str>) -> Option<Foreign> {
    for name in names {
        if name.ends_with(".npy") {
            return Some(NUMPY);
        }
        if name.ends_with("/archive_format") || name == "archive_format" {
            return Some(Foreign {
                what: "a program of torch.export (.pt2)",
                remedy: ": save the module's own state_dict() with torch.save",
            });
        }
    }
    None
}
