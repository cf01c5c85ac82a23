//! Files that are refused, and what is said about them.

use super::*;
use std::slice;

fn problems(file: &File) -> Vec<Problem> {
    torch(file).unwrap_err().problems().to_vec()
}

#[test]
fn keras_kinds_must_be_as_many_as_the_network_has() {
    let mut file = keras_file(str::to_owned);
    let extra = file["conv2d/bias"].clone();
    file.insert("conv2d_7/bias".to_owned(), extra);
    let error = read(&file, &KERAS_NET).unwrap_err();
    assert_eq!(
        error.problems(),
        [Problem::Count {
            kind: "conv2d/bias".to_owned(),
            want: 2,
            found: 3
        }]
    );
}

#[test]
fn all_problems_of_a_file_come_in_one_error() {
    let mut file = torch_file();
    let weight = file.remove("classifier.weight").unwrap();
    file.insert("classifier.wieght".to_owned(), weight);
    file.insert("classifier.bias".to_owned(), (Dtype::F32, vec![8], bytes(&[0.0; 8])));
    file.insert("features.0.0.bias".to_owned(), (Dtype::I32, vec![20], vec![0; 80]));
    let mut norm = [1.0f32; 20];
    norm[3] = f32::NAN;
    norm[5] = f32::INFINITY;
    file.insert("features.0.1.bias".to_owned(), (Dtype::F32, vec![20], bytes(&norm)));
    let mut variance = [1.0f32; 20];
    variance[4] = -0.5;
    file.insert(
        "features.1.1.running_var".to_owned(),
        (Dtype::F32, vec![20], bytes(&variance)),
    );
    insta::assert_snapshot!(torch(&file).unwrap_err(), @r"
    the weights do not fit Net: 5 problems
      features.0.0.bias holds I32 numbers; F32, F16, BF16 and F64 can be read: convert it when you export
      features.0.1.bias is not finite in f32 at 2 of its numbers, the first at index 3
      classifier.weight [7, 20] is missing; the nearest name is classifier.wieght
      classifier.bias is [8] in the file, the network wants [7]; 8 outputs where the spec has 7
      features.1.1.running_var is a variance and has -0.5 at index 4
    ");
}

#[test]
fn a_kernel_in_another_layout_is_told_from_one_of_another_size() {
    let mut file = torch_file();
    let shape = &mut file.get_mut("features.0.0.weight").unwrap().1;
    *shape = vec![3, 3, 3, 20];
    file.insert(
        "classifier.weight".to_owned(),
        (Dtype::F32, vec![1000, 20], vec![0; 80_000]),
    );
    insta::assert_snapshot!(torch(&file).unwrap_err(), @r"
    the weights do not fit Net: 2 problems
      features.0.0.weight is [3, 3, 3, 20] in the file, the network wants [20, 3, 3, 3]; it lies in the layout HWIO, as Keras has it: write `conventions: { layout: hwio }` in the spec
      classifier.weight is [1000, 20] in the file, the network wants [7, 20]; 1000 outputs where the spec has 7
    ");
}

#[test]
fn numbers_beyond_single_precision_are_an_error() {
    let mut file = torch_file();
    let values: Vec<u8> = [1e300f64; 20].iter().flat_map(|x| x.to_le_bytes()).collect();
    file.insert("features.0.1.weight".to_owned(), (Dtype::F64, vec![20], values));
    let name = || "features.0.1.weight".to_owned();
    assert_eq!(
        problems(&file),
        [Problem::NotFinite {
            name: name(),
            count: 20,
            first: 0
        }]
    );

    let mut gamma = [1.0f32; 20];
    gamma[2] = 1e38;
    file.insert(name(), (Dtype::F32, vec![20], bytes(&gamma)));
    file.insert(
        "features.0.1.running_var".to_owned(),
        (Dtype::F32, vec![20], bytes(&[0.0; 20])),
    );
    assert_eq!(
        problems(&file),
        [Problem::Overflow {
            name: "features.0.0.weight".to_owned(),
            channel: 2
        }]
    );
}

#[test]
fn a_bias_that_overflows_while_it_is_folded_is_an_error() {
    let mut file = torch_file();
    let name = |of: &str| format!("features.1.1.{of}");
    let (mut mean, mut gamma, mut variance) = ([0.0f32; 20], [1.0f32; 20], [1.0f32; 20]);
    (mean[17], gamma[17], variance[17]) = (1e37, 1e3, 0.0);
    for (of, numbers) in [("running_mean", mean), ("weight", gamma), ("running_var", variance)] {
        file.insert(name(of), (Dtype::F32, vec![20], bytes(&numbers)));
    }
    insta::assert_snapshot!(torch(&file).unwrap_err(), @r"
    the weights do not fit Net: 1 problem
      features.1.0.weight and the batch norm after it multiply to numbers beyond f32, the first in output channel 17
    ");
}

#[test]
fn numbers_beyond_half_precision_are_an_error_where_it_is_asked_for() {
    let net = Manifest {
        layers: &[CONV, DEPTHWISE, LINEAR.packed(Packing::F16)],
        ..TORCH_NET
    };
    let mut file = torch_file();
    let (name, shape) = (
        TORCH.tensors[LINEAR.weight].name.to_string(),
        TORCH.tensors[LINEAR.weight].shape,
    );
    let mut numbers = vec![65504.0f32; 7 * 20];
    file.insert(name.clone(), (Dtype::F32, shape.to_vec(), bytes(&numbers)));
    assert!(read(&file, &net).is_ok());
    numbers[3 * 20 + 4] = -65520.0;
    file.insert(name.clone(), (Dtype::F32, shape.to_vec(), bytes(&numbers)));
    let error = read(&file, &net).unwrap_err();
    insta::assert_snapshot!(error, @"
    the weights do not fit Net: 1 problem
      classifier.weight has numbers beyond 65504, the first in output channel 3, which f16 does not hold: write `matrices: f32` in the spec
    ");
    assert!(read(&file, &TORCH_NET).is_ok());
}

#[test]
fn a_name_that_stands_twice_is_an_error() {
    let mut bytes = file_bytes(&torch_file());
    let at = bytes.windows(19).position(|w| w == b"features.0.1.weight").unwrap();
    bytes[at..at + 19].copy_from_slice(b"features.1.1.weight");
    let twice = Problem::Duplicate {
        name: "features.1.1.weight".to_owned(),
    };
    assert_eq!(
        Packed::from_safetensors(&bytes, &TORCH_NET).unwrap_err().problems(),
        slice::from_ref(&twice)
    );

    // Both entries speak of the same bytes, so that nothing else is wrong.
    let entry = "\"features.1.1.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    let header = header(&format!("{{{entry}, {entry}}}"));
    let error = Packed::from_safetensors(&[&header[..], &[0; 4]].concat(), &TORCH_NET).unwrap_err();
    assert_eq!(error.problems()[0], twice);
}

/// The start of a file with this header.
fn header(json: &str) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes()].concat()
}

/// How a file that is no safetensors file is called.
fn called(bytes: &[u8]) -> String {
    match Packed::from_safetensors(bytes, &TORCH_NET).unwrap_err().problems() {
        [Problem::NotSafetensors(what)] => what.clone(),
        problems => panic!("{problems:?}"),
    }
}

#[test]
fn files_of_other_formats_are_recognised() {
    assert_eq!(called(b""), "an empty file");
    assert!(called(b"PK\x03\x04 and so on, as PyTorch saves").contains("zip archive"));
    assert!(called(b"\x89HDF\r\n\x1a\n and so on").contains("HDF5"));
    assert!(called(b"short").contains("not a whole safetensors file"));
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let whole = file_bytes(&torch_file());
    for length in (0..whole.len()).step_by(97) {
        called(&whole[..length]);
    }
    let mut longer = whole;
    longer.extend([0; 64]);
    called(&longer);
}

#[test]
fn absurd_headers_are_errors() {
    for length in [u64::MAX, 1 << 60, 1 << 32, 100_000_001, 99_999_999, 1000] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(b"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}");
        called(&bytes);
    }
    let tensor = |shape: &str, offsets: &str| {
        header(&format!(
            "{{\"classifier.bias\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}"
        ))
    };
    called(&tensor("[18446744073709551615,18446744073709551615]", "[0,4]"));
    called(&tensor("[1000000000000]", "[0,4000000000000]"));
    called(&tensor("[7]", "[4,0]"));
    called(&tensor("[-1]", "[0,4]"));
    called(&header(&"[".repeat(100_000)));
    called(&header(&"{\"a\":".repeat(100_000)));
    called(&header("{\"\\u"));
    called(&header("\""));
}

#[test]
fn a_file_of_another_dialect_brings_advice() {
    let advice = |names: &[&str]| {
        let file = names
            .iter()
            .map(|name| ((*name).to_owned(), (Dtype::F32, vec![1], vec![0; 4])))
            .collect();
        torch(&file).unwrap_err().hint().unwrap_or("none").to_owned()
    };
    let all = [
        advice(&["conv_stem.weight", "blocks.0.0.conv_dw.weight"]),
        advice(&[
            "conv_1/kernel",
            "expanded_conv_1_depthwise/kernel",
            "expanded_conv/bias",
        ]),
        advice(&["conv2d_3/kernel:0", "dense/bias:0"]),
        advice(&["module.features.0.0.weight"]),
        advice(&["features.0.0.weight", "features.1.block.0.0.weight"]),
        // as in a widely copied network of other names
        advice(&[
            "features.0.0.weight",
            "features.1.conv.0.weight",
            "features.1.conv.1.weight",
        ]),
        advice(&["encoder.layer.0.weight"]),
        advice(&["net.conv_stem.weight", "net.blocks.0.0.conv_dw.weight", "loss.weight"]),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    the file looks like timm: try `dialect: timm` or `dialect: timm-tf`; the spec says `torchvision`
    the file looks like Keras applications: try `dialect: keras`; the spec says `torchvision`
    the file looks like Keras with automatic names: try `dialect: tf2`; the spec says `torchvision`
    names carry the prefix `module.`; `mnv3 convert IN -o OUT` takes it off
    the file looks like torchvision, as the spec says, but of another model: check the spec's rows and head
    its names are of no library that is known here: say them in the spec, under `conventions: { tensors: ... }`, or rename the tensors with `--rename` of `mnv3 convert`
    its names are of no library that is known here: say them in the spec, under `conventions: { tensors: ... }`, or rename the tensors with `--rename` of `mnv3 convert`
    names carry the prefix `net.`; `mnv3 convert IN -o OUT` takes it off
    ");
}

#[test]
fn names_under_a_prefix_are_one_hint_whatever_it_is() {
    for prefix in ["net.", "backbone.", "my/own."] {
        let mut file: File = torch_file()
            .into_iter()
            .map(|(name, tensor)| (format!("{prefix}{name}"), tensor))
            .collect();
        file.insert("criterion.weight".to_owned(), (Dtype::F32, vec![1], vec![0; 4]));
        let error = torch(&file).unwrap_err();
        assert_eq!(error.prefix(), Some(prefix));
        assert_eq!(error.problems().len(), TORCH.tensors.len());
        assert_eq!(
            error.to_string(),
            format!(
                "the weights do not fit Net: names in the file start with `{prefix}`\n  \
                 hint: `mnv3 convert IN -o OUT` takes `{prefix}` off"
            )
        );
    }
}

#[test]
fn a_huge_number_of_names_is_read_in_no_time() {
    let names = (0..20_000).map(|i| (format!("features.{i}.conv.weight"), (Dtype::F32, vec![1], vec![0; 4])));
    let error = torch(&names.collect()).unwrap_err();
    assert_eq!(error.problems().len(), TORCH.tensors.len());
    assert!(error.to_string().len() < 4000);
}

#[test]
fn every_problem_has_a_word_of_its_own() {
    let name = || "w".to_owned();
    let all = [
        Problem::NotSafetensors(name()),
        Problem::Prepacked(crate::PrepackedProblem::Damaged),
        Problem::Missing {
            name: name(),
            shape: vec![],
            nearest: None,
        },
        Problem::Count {
            kind: name(),
            want: 1,
            found: 2,
        },
        Problem::Shape {
            name: name(),
            want: vec![],
            found: vec![],
            hint: String::new(),
        },
        Problem::Dtype {
            name: name(),
            dtype: name(),
        },
        Problem::NotFinite {
            name: name(),
            count: 1,
            first: 0,
        },
        Problem::Variance {
            name: name(),
            index: 0,
            value: -1.0,
        },
        Problem::Overflow {
            name: name(),
            channel: 0,
        },
        Problem::BeyondHalf {
            name: name(),
            channel: 0,
        },
        Problem::Duplicate { name: name() },
    ];
    // The variant's name in small letters, with `_` before what was a capital.
    let word = |problem: &Problem| {
        let debug = format!("{problem:?}");
        let variant = debug.split([' ', '(']).next().unwrap().to_owned();
        let parts = variant.char_indices().map(|(i, c)| match c.is_uppercase() && i > 0 {
            true => format!("_{}", c.to_lowercase()),
            false => c.to_lowercase().to_string(),
        });
        parts.collect::<String>()
    };
    for problem in &all {
        assert_eq!(problem.kind(), word(problem));
    }
}
