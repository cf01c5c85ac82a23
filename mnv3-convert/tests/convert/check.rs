//! What is said about files that fit a spec, and about those that do not.

use crate::network::{HEAD, ROWS, Tensors, file, filled, network, ones};
use mnv3_convert::{Checkpoint, ConvertOptions, Report, check, read};
use mnv3_spec::Network;

fn report(network: &Network, tensors: &Tensors) -> Report {
    let bytes = file(tensors);
    let checkpoint: Checkpoint<'_> = read(&bytes, &ConvertOptions::default()).unwrap();
    check(network, &checkpoint).unwrap()
}

/// Changes the tensor of a name.
fn reshape(tensors: &mut Tensors, name: &str, to: &[usize]) {
    let tensor = tensors.iter_mut().find(|(n, ..)| n == name).unwrap();
    (tensor.1, tensor.2) = (to.to_vec(), filled(to));
}

#[test]
fn a_file_of_any_dialect_fits_its_own_network_and_is_told_from_the_others() {
    let told: Vec<_> = mnv3_spec::dialects()
        .into_iter()
        .map(|dialect| {
            let network = network(dialect);
            let report = report(&network, &ones(&network));
            assert!(report.fits() && report.extra.is_empty(), "{report}");
            report.to_string()
        })
        .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_file_of_another_dialect_says_what_to_write() {
    let told: Vec<_> = ["timm", "keras", "tf2"]
        .into_iter()
        .map(|dialect| {
            let report = report(&network("torchvision"), &ones(&network(dialect)));
            assert!(!report.fits());
            report.to_string()
        })
        .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn missing_mis_shaped_and_broken_tensors_come_in_one_report() {
    let network = network("torchvision");
    let mut tensors = ones(&network);
    reshape(&mut tensors, "features.2.block.1.0.weight", &[24, 1, 5, 5]);
    reshape(&mut tensors, "features.3.block.0.0.weight", &[41, 16, 1, 1]);
    tensors.retain(|(name, ..)| name != "features.4.1.running_mean");
    for (name, value) in [("features.0.1.bias", f32::NAN), ("features.0.1.running_var", -1.0)] {
        let tensor = tensors.iter_mut().find(|(n, ..)| n == name).unwrap();
        tensor.2[8..12].copy_from_slice(&value.to_le_bytes());
    }
    tensors.push(("aux.weight".to_owned(), vec![2], filled(&[2])));
    insta::assert_snapshot!(report(&network, &tensors));
}

#[test]
fn a_classifier_of_other_classes_says_which_number_to_write() {
    for dialect in ["torchvision", "timm", "keras"] {
        let network = network(dialect);
        let mut tensors = ones(&network);
        let classes = &network.classes().unwrap().layer;
        let weight = &classes.tensors.weight;
        let shape: Vec<usize> = weight.shape.iter().map(|&n| if n == 10 { 11_221 } else { n }).collect();
        reshape(&mut tensors, &weight.name, &shape);
        reshape(&mut tensors, &classes.tensors.bias.as_ref().unwrap().name, &[11_221]);
        let hint = report(&network, &tensors).hint.unwrap();
        assert_eq!(
            hint,
            "the file's classifier has 11221 classes, the spec 10: write `classes: 11221` in the spec's head, or leave the \
             scores to be trained with `mnv3 convert --fresh-classes`"
        );
    }
}

/// A Keras file whose head was replaced by one layer called `dense` on the pooled features, or behind the hidden layer.
#[test]
fn a_dense_layer_in_the_place_of_the_head_says_what_to_write() {
    for (inputs, hidden, key) in [(40, "none", "classes_alone"), (24, "24", "classes")] {
        let mut tensors = ones(&network("keras"));
        tensors.retain(|(name, ..)| !name.starts_with("logits") && (hidden != "none" || !name.starts_with("conv_2/")));
        tensors.push(("dense/kernel".to_owned(), vec![inputs, 5], filled(&[inputs, 5])));
        tensors.push(("dense/bias".to_owned(), vec![5], filled(&[5])));
        let written = format!("conventions: {{ classes_layer: linear, tensors: {{ {key}: dense }} }}");
        let first = report(&network("keras"), &tensors);
        let hint = first.hint.as_deref().unwrap();
        assert!(
            hint.contains("a matrix called `dense`") && hint.contains("`classes: 5`"),
            "{first}"
        );
        assert!(
            hint.contains(&written) && hint.contains("hidden: none") == (hidden == "none"),
            "{first}"
        );
        let head = format!("head: {{ pool: avg, hidden: {hidden}, nl: HS, classes: 5 }}\n");
        let text = format!(
            "dialect: keras\n{written}{ROWS}{}",
            head.replace("hidden: none, nl: HS", "hidden: none")
        );
        let network = mnv3_spec::parse("tiny.yaml", &text).unwrap();
        let second = report(&network, &tensors);
        assert!(second.fits() && second.extra.is_empty(), "{second}");
    }
}

#[test]
fn kernels_in_the_other_layout_fit_once_the_hint_is_written() {
    for (dialect, other) in [("torchvision", "hwio"), ("keras", "oihw")] {
        let written = format!("conventions: {{ layout: {other} }}");
        let text = format!("dialect: {dialect}\n{written}{ROWS}{HEAD}");
        let turned = mnv3_spec::parse("tiny.yaml", &text).unwrap();
        let told = report(&network(dialect), &ones(&turned)).to_string();
        assert!(told.contains(&format!("write `{written}` in the spec")), "{told}");
        assert!(!told.contains("check `dialect`"), "{told}");
    }
}

#[test]
fn names_of_no_library_are_not_said_to_be_of_one() {
    let own = |name: &str| name.replace("block.", "conv.").replace("fc", "se.");
    let mut tensors = ones(&network("torchvision"));
    tensors.iter_mut().for_each(|(name, ..)| *name = own(name));
    let told = report(&network("torchvision"), &tensors);
    assert!(told.file_dialects.is_empty(), "{told}");
    let hint = told.hint.unwrap();
    assert!(
        hint.starts_with("its names are of no library that is known here"),
        "{hint}"
    );
}

#[test]
fn a_network_without_a_head_leaves_the_classifier_of_a_file_alone() {
    let backbone = mnv3_spec::parse("backbone.yaml", &format!("dialect: torchvision{ROWS}head: none\n")).unwrap();
    let report = report(&backbone, &ones(&network("torchvision")));
    assert!(report.fits());
    let extra: Vec<_> = report.extra.iter().map(|extra| extra.name.as_str()).collect();
    assert_eq!(
        extra,
        [
            "classifier.0.bias",
            "classifier.0.weight",
            "classifier.3.bias",
            "classifier.3.weight"
        ]
    );
    insta::assert_snapshot!(report);
}

#[test]
fn automatic_names_match_wherever_their_numbers_start() {
    let network = network("tf2");
    let renumbered = |name: &str| {
        let (layer, variable) = name.split_once('/').unwrap();
        let (kind, number) = match layer.rsplit_once('_') {
            Some((kind, number)) if number.parse::<u32>().is_ok() => (kind, number.parse().unwrap()),
            _ => (layer, 0),
        };
        format!("{kind}_{}/{}", number + 95, variable.trim_end_matches(":0"))
    };
    let tensors: Tensors = ones(&network)
        .into_iter()
        .map(|(name, shape, data)| (renumbered(&name), shape, data))
        .collect();
    let fits = report(&network, &tensors);
    assert!(fits.fits() && fits.extra.is_empty(), "{fits}");
    assert_eq!(fits.file_dialects, ["tf2"]);

    let mut more = tensors;
    more.push(("conv2d_300/kernel".to_owned(), vec![1], filled(&[1])));
    insta::assert_snapshot!(report(&network, &more));
}

#[test]
fn a_file_of_another_network_altogether_is_of_no_dialect() {
    let tensors: Tensors = (0..200)
        .map(|i| {
            (
                format!("encoder.layer.{i}.attention.weight"),
                vec![4, 4],
                filled(&[4, 4]),
            )
        })
        .collect();
    let report = report(&network("torchvision"), &tensors);
    assert!(report.file_dialects.is_empty());
    let text = report.to_string();
    assert!(
        text.contains("no dialect that is known") && text.lines().count() < 30,
        "{text}"
    );
}

#[test]
fn as_json_a_report_has_a_kind_and_a_name_for_each_problem() {
    let network = network("torchvision");
    let mut tensors = ones(&network);
    reshape(&mut tensors, "classifier.3.bias", &[11]);
    tensors.retain(|(name, ..)| name != "features.0.1.running_var");
    let json = serde_json::to_string_pretty(&report(&network, &tensors)).unwrap();
    insta::assert_snapshot!(json);
}

#[test]
fn as_json_a_weight_beyond_half_precision_has_a_kind_of_its_own() {
    let text = format!("matrices: f16\ndialect: torchvision{ROWS}{HEAD}");
    let network = mnv3_spec::parse("tiny.yaml", &text).unwrap();
    let mut tensors = ones(&network);
    let weight = tensors
        .iter_mut()
        .find(|(name, ..)| name == "classifier.3.weight")
        .unwrap();
    weight.2[..4].copy_from_slice(&65520f32.to_le_bytes());
    let json = serde_json::to_value(report(&network, &tensors)).unwrap();
    assert_eq!(json["problems"][0]["kind"], "beyond_half", "{json}");
    assert_eq!(json["problems"][0]["name"], "classifier.3.weight", "{json}");
}

/// The tensors of a network that was run from the file that defines it: names and shapes.
fn copied(fixture: &str) -> Tensors {
    let path = format!("{}/../tests/fixtures/{fixture}.json", env!("CARGO_MANIFEST_DIR"));
    let fixture: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let tensors: Vec<(String, Vec<usize>)> = serde_json::from_value(fixture["tensors"].clone()).unwrap();
    let filled = |(name, shape): (String, Vec<usize>)| {
        let data = filled(&shape);
        (name, shape, data)
    };
    tensors.into_iter().map(filled).collect()
}

#[test]
fn a_file_of_a_network_that_does_something_else_names_the_spec_that_it_is_of() {
    let published = |name: &str| mnv3_spec::load(name, "".as_ref()).unwrap().network;
    let (ssdlite, lraspp) = ("mnv3:torchvision/ssdlite320-large", "mnv3:torchvision/lraspp-large");
    let hint = |spec: &str, fixture: &str| report(&published(spec), &copied(fixture)).hint;
    insta::assert_snapshot!(hint(ssdlite, "tv-lraspp-large").unwrap(), @"its names are those of torchvision's LR-ASPP, which segments: take a spec such as mnv3:torchvision/lraspp-large");
    insta::assert_snapshot!(hint(lraspp, "ssdlite320-large-reduced").unwrap(), @"its names are those of torchvision's SSDLite, which detects: take a spec such as mnv3:torchvision/ssdlite320-large");
    assert_eq!(hint("mnv3:large", "tv-lraspp-large"), hint(ssdlite, "tv-lraspp-large"));
    // The other tail is a matter of shapes.
    let other_tail = hint(ssdlite, "ssdlite320-large");
    assert!(other_tail.is_none_or(|hint| !hint.contains("SSDLite")));
}

fn loaded(spec: &str, lines: &str) -> Network {
    let path = format!("{}/../tests/specs/{spec}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let kept = text.lines().filter(|line| !line.starts_with("head:"));
    let text = kept.collect::<Vec<_>>().join("\n") + lines;
    mnv3_spec::parse("copied.yaml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_file_that_fits_a_spec_of_something_else_is_known_by_its_names() {
    let tensors = copied("d-li14-2019-large");
    let right = report(&loaded("d-li14-2019-large", "\nhead: { after_pool: HS }\n"), &tensors);
    assert!(right.fits() && right.hint.is_none(), "{right}");
    let silent = report(&loaded("d-li14-2019-large", "\n"), &tensors);
    assert!(silent.fits(), "{silent}");
    insta::assert_snapshot!(silent.hint.unwrap(), @"its names are those of d-li14/mobilenetv3.pytorch in the summer of 2019, which many people copied: what it computes needs `head: { after_pool: HS }`");

    let tensors = copied("xiaolai-2019-small");
    let right = loaded("xiaolai-2019-small", "\n");
    assert!(report(&right, &tensors).hint.is_none());
    let now = mnv3_spec::load("mnv3:xiaolai/small", "".as_ref()).unwrap().network;
    insta::assert_snapshot!(report(&now, &tensors).hint.unwrap(), @"its names are those of xiaolai-sqlai/mobilenetv3 in 2019, which many people copied: what it computes needs `conventions: { squeeze: { place: after-project } }`");
    let torchvision = mnv3_spec::load("mnv3:large", "".as_ref()).unwrap().network;
    insta::assert_snapshot!(report(&torchvision, &copied("d-li14-large-100")).hint.unwrap(), @"its names are those of d-li14/mobilenetv3.pytorch, which many people copied: what it computes needs `dialect: d-li14`");
    let leader = vec![(
        "block.3.squeeze_block.dense.0.weight".to_owned(),
        vec![1],
        super::network::filled(&[1]),
    )];
    assert!(
        report(&torchvision, &leader)
            .hint
            .unwrap()
            .contains("no spec can say that")
    );
}
