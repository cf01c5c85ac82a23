//! Whatever the bytes are, reading ends in a value or an error, soon, and with no more memory than the file is worth.

use crate::common::file;
use mnv3_convert::{ConvertOptions, read};
use proptest::prelude::*;

const SOURCES: [&str; 22] = [
    "graphs/torchscript.onnx",
    "graphs/nodes.onnx",
    "graphs/eight.onnx",
    "graphs/plain.tflite",
    "graphs/eight.tflite",
    "paddle.pdparams",
    "numpy2.pkl",
    "numpy5.pkl",
    "legacy.pth",
    "module.pth",
    "module_legacy.pth",
    "script.pth",
    "sparse_module.pth",
    "numpy_scalar.pth",
    "plain.pth",
    "strided.pth",
    "wrapped.pth",
    "protocol4.pth",
    "plain.expected.safetensors",
    "keras3.weights.h5",
    "applications.h5",
    "keras3.keras",
];

/// Reads and, where that works, writes.
fn survive(bytes: &[u8]) {
    survive_with(bytes, &ConvertOptions::default());
    // Graphs are walked where there is a network that their layers are for.
    let network = crate::network::network("torchvision");
    survive_with(
        bytes,
        &ConvertOptions {
            spec: Some(&network),
            ..ConvertOptions::default()
        },
    );
}

fn survive_with(bytes: &[u8], options: &ConvertOptions<'_>) {
    if let Ok(checkpoint) = read(bytes, options) {
        let claimed: usize = checkpoint.tensors.iter().map(|t| t.data.len()).sum();
        assert!(claimed <= 4 * bytes.len(), "{claimed} bytes from {}", bytes.len());
        let _ = checkpoint.to_safetensors(None);
    }
}

#[test]
fn a_file_cut_off_anywhere_is_an_error_or_reads_without_its_tail() {
    for source in SOURCES {
        let bytes = file(source);
        for length in (0..bytes.len()).step_by(bytes.len() / 150) {
            survive(&bytes[..length]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_never_panic(start in 0..7usize, bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let starts: [&[u8]; 7] = [
            b"",
            b"PK\x03\x04",
            b"\x89HDF\r\n\x1a\n",
            b"\x20\0\0\0\0\0\0\0{",
            b"\x80\x02",
            b"\x08\x07\x3a",
            b"\x1c\0\0\0TFL3",
        ];
        survive(&[starts[start], &bytes[..]].concat());
    }

    #[test]
    fn mutated_files_never_panic(
        source in 0..SOURCES.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = file(SOURCES[source]);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        survive(&bytes);
    }
}
