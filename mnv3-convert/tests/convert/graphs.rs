//! Graphs of models, as exporters write them, with names by order. `make_graphs.py` makes the files, and the answers that
//! their own runtimes give.

use crate::common::file;
use mnv3_codegen::Plan;
use mnv3_convert::{Checkpoint, ConvertError, ConvertOptions, Ordered, check, read};
use mnv3_exec::Exec;
use mnv3_spec::{Act, Network, Tensors};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ROWS: &str = "
name: Tiny
input: { size: [32, 32], channels: 3 }
stem: { k: 3, out: 16, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 16, out: 8, se: true, nl: RE, s: 2 }
  - { k: 3, exp: 24, out: 16, se: false, nl: RE, s: 2 }
  - { k: 5, exp: 40, out: 16, se: true, nl: HS, s: 1 }
last: { out: 96, nl: HS }
head: { pool: avg, hidden: 24, nl: HS, classes: 10 }
";
const LAYERS: usize = 16;
/// Of these have a batch norm.
const NORMED: usize = 10;

fn tiny(dialect: &str) -> Network {
    mnv3_spec::parse("tiny.yaml", &format!("dialect: {dialect}{ROWS}")).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/graphs")
}

fn graph(name: &str) -> Vec<u8> {
    file(&format!("graphs/{name}"))
}

fn converted<'f>(bytes: &'f [u8], network: &Network) -> Result<Checkpoint<'f>, ConvertError> {
    let folder = folder();
    let options = ConvertOptions {
        spec: Some(network),
        folder: Some(&folder),
        ..ConvertOptions::default()
    };
    read(bytes, &options)
}

/// The largest difference to the answer of the file's own runtime, as a share of the largest score.
fn off(name: &str, checkpoint: &Checkpoint<'_>, network: &Network) -> f64 {
    let report = check(network, checkpoint).unwrap();
    assert!(report.fits() && report.extra.is_empty(), "{name}: {report}");
    let plan = Plan::new(network);
    let exec = Exec::new(&plan, &checkpoint.to_safetensors(None).unwrap()).unwrap();
    let mut scores = vec![f32::NAN; exec.output_len()];
    let image = mnv3_testing::formula::image(32, 32, 3);
    exec.forward_into(&mut exec.workspace(), &image, &mut scores).unwrap();
    let answers: BTreeMap<String, Vec<f64>> = serde_json::from_slice(&graph("scores.json")).unwrap();
    let answer = &answers[name];
    assert_eq!(answer.len(), scores.len());
    let largest = answer.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let pairs = answer.iter().zip(&scores);
    pairs.fold(0.0f64, |most, (a, b)| most.max((a - f64::from(*b)).abs())) / largest
}

#[test]
fn graphs_of_every_exporter_answer_as_their_own_runtime() {
    for (name, dialect, ordered) in [
        ("torchscript.onnx", "torchvision", Some(NORMED)),
        ("dynamo.onnx", "torchvision", Some(NORMED)),
        // Equal tensors are one in it, so that names are missing.
        ("unfolded.onnx", "torchvision", None),
        ("nodes.onnx", "torchvision", None),
        ("plain.tflite", "keras", Some(NORMED)),
        ("half.tflite", "keras", Some(NORMED)),
    ] {
        let (network, bytes) = (tiny(dialect), graph(name));
        let checkpoint = converted(&bytes, &network).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = ordered.map(|folded| Ordered { layers: LAYERS, folded });
        assert_eq!(checkpoint.ordered, expected, "{name}");
        let off = off(name, &checkpoint, &network);
        assert!(off < 1e-4, "{name}: {off}");
    }
}

#[test]
fn layers_that_keep_their_batch_norms_are_named_by_order_in_any_dialect() {
    // The names are torchvision's, the networks others', some with other layouts and biases beside norms.
    let bytes = graph("unfolded.onnx");
    for dialect in ["timm", "keras", "tf2"] {
        let conventions = "conventions: { padding: symmetric, bn_epsilon: 0.001, RE: relu, expand_when_equal: false, \
                           hard_sigmoid: { slope: 1/6 }, hard_swish: { slope: 1/6 }, squeeze: { ratio: 1/4, round: 8 } }";
        let network = mnv3_spec::parse("tiny.yaml", &format!("dialect: {dialect}\n{conventions}{ROWS}")).unwrap();
        let checkpoint = converted(&bytes, &network).unwrap();
        assert_eq!(
            checkpoint.ordered,
            Some(Ordered {
                layers: LAYERS,
                folded: 0
            })
        );
        let off = off("unfolded.onnx", &checkpoint, &network);
        assert!(off < 1e-4, "{dialect}: {off}");
    }
    // An epsilon of the network's own makes no difference: the file's is taken along.
    let text = format!("dialect: timm\nconventions: {{ padding: symmetric, bn_epsilon: 0.01 }}{ROWS}");
    let network = mnv3_spec::parse("tiny.yaml", &text).unwrap();
    let off = off("unfolded.onnx", &converted(&bytes, &network).unwrap(), &network);
    assert!(off < 1e-4, "{off}");
}

#[test]
fn eight_bits_are_the_numbers_that_their_scales_say() {
    // TensorFlow Lite adds the offset of the gate, 3, to the bias before it.
    for (name, dialect, offset) in [("eight.onnx", "torchvision", 0.0), ("eight.tflite", "keras", 3.0)] {
        let (network, bytes) = (tiny(dialect), graph(name));
        let checkpoint = converted(&bytes, &network).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = check(&network, &checkpoint).unwrap();
        assert!(report.fits(), "{name}: {report}");
        let expected = graph(&format!("{name}.expected.safetensors"));
        let expected = read(&expected, &ConvertOptions::default()).unwrap();
        let numbers = |file: &Checkpoint<'_>, name: &str| -> Vec<f32> {
            let tensor = file.tensors.iter().find(|tensor| tensor.name == name);
            let tensor = tensor.unwrap_or_else(|| panic!("{name} is not there"));
            tensor
                .data
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect()
        };
        let graph = network.graph();
        let layers = graph
            .ops
            .iter()
            .filter_map(|op| Some((op.kind.tensors()?, op.kind.act()?)));
        let mut seen = 0;
        for (tensors, act) in layers {
            let Tensors { weight, bias, norm, .. } = tensors;
            let close = |what: &str, found: &[f32], want: &[f32]| {
                assert_eq!(found.len(), want.len(), "{name}: {what}");
                let most = want.iter().fold(0.0f32, |most, x| most.max(x.abs()));
                for (found, want) in found.iter().zip(want) {
                    assert!((found - want).abs() <= 1e-6 * most, "{name}: {what}: {found} {want}");
                }
            };
            close(
                &weight.name,
                &numbers(&checkpoint, &weight.name),
                &numbers(&expected, &weight.name),
            );
            let shift = norm.as_ref().map(|norm| &norm.beta).or(bias.as_ref()).unwrap();
            let gate = if matches!(act, Act::HardSigmoid { .. }) {
                offset
            } else {
                0.0
            };
            let found: Vec<f32> = numbers(&checkpoint, &shift.name).iter().map(|x| x + gate).collect();
            close(
                &shift.name,
                &found,
                &numbers(&expected, &format!("{}.bias", weight.name)),
            );
            seen += 1;
        }
        assert_eq!(seen, LAYERS);
    }
}

#[test]
fn without_a_network_tensors_keep_the_names_of_the_graph() {
    let bytes = graph("unfolded.onnx");
    let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap();
    assert_eq!(checkpoint.ordered, None);
    let named = |name: &str| checkpoint.tensors.iter().find(|tensor| tensor.name == name);
    assert_eq!(
        named("features.0.0.weight").map(|t| &t.shape[..]),
        Some(&[16, 3, 3, 3][..])
    );
    assert!(named("features.0.1.running_var").is_some());
}

#[test]
fn a_backbone_takes_the_layers_before_the_head() {
    let text = format!("dialect: torchvision{ROWS}")
        .replace("head: { pool: avg, hidden: 24, nl: HS, classes: 10 }", "head: none");
    let network = mnv3_spec::parse("tiny.yaml", &text).unwrap();
    let bytes = graph("torchscript.onnx");
    let checkpoint = converted(&bytes, &network).unwrap();
    assert!(check(&network, &checkpoint).unwrap().fits());
    assert_eq!(checkpoint.left_out.len(), 2);
}

#[test]
fn a_graph_of_another_network_is_refused_by_the_first_layer_that_differs() {
    let more = mnv3_spec::parse(
        "tiny.yaml",
        &format!("dialect: torchvision{ROWS}").replace("se: false", "se: true"),
    );
    let told = converted(&graph("torchscript.onnx"), &more.unwrap())
        .unwrap_err()
        .to_string();
    assert_eq!(
        told,
        "the graph has 16 convolutions and matrices, Tiny 18; the first that is another is number 8, \
         /features/features.2/block/block.2/block.2.0/Conv, which would be features.2.block.2.fc1.weight: is it of another \
         network?"
    );
}

#[test]
fn as_many_layers_of_other_sizes_are_for_the_check_to_report() {
    let text = format!("dialect: torchvision{ROWS}").replace("classes: 10", "classes: 7");
    let network = mnv3_spec::parse("tiny.yaml", &text).unwrap();
    let bytes = graph("torchscript.onnx");
    let report = check(&network, &converted(&bytes, &network).unwrap()).unwrap();
    assert_eq!(report.problems.len(), 2, "{report}");
    let hint = report.hint.unwrap();
    assert!(hint.contains("write `classes: 10` in the spec's head"), "{hint}");
}

#[test]
fn weights_beside_a_model_are_looked_for_in_its_folder_and_nowhere_else() {
    let (network, bytes) = (tiny("torchvision"), graph("dynamo.onnx"));
    let elsewhere = |folder: Option<&Path>| {
        let options = ConvertOptions {
            spec: Some(&network),
            folder,
            ..ConvertOptions::default()
        };
        read(&bytes, &options).unwrap_err().to_string()
    };
    let told = elsewhere(None);
    assert!(told.contains("keeps its weights in dynamo.onnx.data"), "{told}");
    let told = elsewhere(Some(Path::new("src")));
    assert!(
        told.ends_with("Put that file into the model's folder, and name the model there"),
        "{told}"
    );
    // A name of the same length that leads out of the folder.
    let away = String::from_utf8_lossy(&bytes).contains("dynamo.onnx.data");
    assert!(away);
    let mut leading = bytes.clone();
    let at: Vec<usize> = (0..bytes.len() - 16)
        .filter(|&i| &bytes[i..i + 16] == b"dynamo.onnx.data")
        .collect();
    for at in at {
        leading[at..at + 16].copy_from_slice(b"../dynamo.onnx.d");
    }
    let told = converted(&leading, &network).unwrap_err().to_string();
    assert!(told.contains("it is not looked for"), "{told}");
}

#[test]
fn a_decoder_with_a_transposed_convolution_answers_as_litert() {
    // make_decoder.py wrote the file and the answer.
    let text = "
name: Decoder
dialect: torchvision
input: { size: [16, 24], channels: 3 }
stem: { k: 3, out: 8, nl: HS, s: 2 }
bottlenecks: [{ k: 3, exp: 8, out: 16, se: true, nl: RE, s: 2 }]
last: none
head: { kind: segment, decoder: [{ low: stem, k: 3 }], hidden: 24, nl: RE, classes: 2 }
conventions: { padding: same, expand_when_equal: true, squeeze: { gate: sigmoid } }
";
    let network = mnv3_spec::parse("decoder.yaml", text).unwrap_or_else(|errors| panic!("{errors}"));
    let bytes = graph("decoder.tflite");
    let checkpoint = converted(&bytes, &network).unwrap();
    assert_eq!(checkpoint.ordered, Some(Ordered { layers: 14, folded: 5 }));
    let report = check(&network, &checkpoint).unwrap();
    assert!(report.fits() && report.extra.is_empty(), "{report}");
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &checkpoint.to_safetensors(None).unwrap()).unwrap();
    let mut workspace = exec.workspace();
    let image = mnv3_testing::formula::image(16, 24, 3);
    exec.forward_into(&mut workspace, &image, &mut []).unwrap();
    let found = exec.map(&workspace, "logits").unwrap().to_array();
    let answer: Vec<f32> = serde_json::from_slice(&graph("decoder.json")).unwrap();
    assert_eq!((found.dim(), answer.len()), ((16, 24, 2), 16 * 24 * 2));
    for (logit, answer) in found.iter().zip(&answer) {
        let sigmoid = 1.0 / (1.0 + (-logit).exp());
        assert!((sigmoid - answer).abs() < 1e-5, "{sigmoid} for {answer}");
    }
    // Of another op by name nothing is known.
    let mut renamed = bytes.clone();
    let at = bytes.windows(11).position(|part| part == b"Convolution").unwrap();
    renamed[at] = b'X';
    assert!(matches!(
        converted(&renamed, &network),
        Err(ConvertError::Layers {
            found: 13,
            want: 14,
            ..
        })
    ));
}
