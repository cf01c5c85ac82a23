//! What stands before names, and names that a user changes.

use crate::network::{HEAD, ROWS, Tensors, file, filled, network, ones};
use mnv3_convert::{Checkpoint, ConvertError, ConvertOptions, check, read};

/// The tensors of a dialect's network under a prefix, and one tensor more.
fn under(prefix: &str, dialect: &str) -> Tensors {
    let mut tensors = ones(&network(dialect));
    tensors.iter_mut().for_each(|(name, ..)| name.insert_str(0, prefix));
    tensors.push(("criterion.weight".to_owned(), vec![5], filled(&[5])));
    tensors
}

fn names<'a>(checkpoint: &'a Checkpoint<'_>) -> Vec<&'a str> {
    checkpoint.tensors.iter().map(|tensor| tensor.name.as_str()).collect()
}

fn with<'s>(renames: &[&str]) -> ConvertOptions<'s> {
    ConvertOptions {
        renames: renames.iter().map(|rule| rule.parse().unwrap()).collect(),
        ..ConvertOptions::default()
    }
}

#[test]
fn whatever_stands_before_most_names_is_taken_off_with_a_spec_or_without() {
    for dialect in ["torchvision", "timm", "keras"] {
        let network = network(dialect);
        for prefix in ["model.", "net.", "backbone.", "any.name_at/all."] {
            let bytes = file(&under(prefix, dialect));
            for spec in [None, Some(&network)] {
                let options = ConvertOptions {
                    spec,
                    ..ConvertOptions::default()
                };
                let checkpoint = read(&bytes, &options).unwrap();
                assert_eq!(checkpoint.prefix, prefix, "{dialect}");
                assert_eq!(checkpoint.left_out, ["criterion.weight"]);
                let report = check(&network, &checkpoint).unwrap();
                assert!(report.fits() && report.extra.is_empty(), "{prefix}: {report}");
            }
        }
    }
}

#[test]
fn names_that_no_library_gives_are_compared_with_the_spec() {
    let own = "dialect: torchvision\nconventions:\n  tensors:\n    \
               expand: { conv: \"rows.{block}.wide\", norm: \"rows.{block}.wide_norm\" }\n    \
               depthwise: { conv: \"rows.{block}.spatial\", norm: \"rows.{block}.spatial_norm\" }\n    \
               project: { conv: \"rows.{block}.narrow\", norm: \"rows.{block}.narrow_norm\" }";
    let network = mnv3_spec::parse("own.yaml", &format!("{own}{ROWS}{HEAD}")).unwrap();
    let mut tensors = ones(&network);
    tensors
        .iter_mut()
        .for_each(|(name, ..)| name.insert_str(0, "wrapped.deep."));
    let bytes = file(&tensors);
    let options = ConvertOptions {
        spec: Some(&network),
        ..ConvertOptions::default()
    };
    let checkpoint = read(&bytes, &options).unwrap();
    assert!(check(&network, &checkpoint).unwrap().fits());
}

#[test]
fn averaged_weights_come_first_and_the_others_are_named() {
    let mut both = under("model.", "torchvision");
    both.extend(
        under("model_ema.module.", "torchvision")
            .into_iter()
            .filter(|(name, ..)| name.contains("ema")),
    );
    let bytes = file(&both);
    let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap();
    assert_eq!(checkpoint.prefix, "model_ema.module.");
    assert_eq!(checkpoint.other_prefixes, ["model."]);
}

#[test]
fn names_that_are_right_as_they_are_stay() {
    let bytes = file(&under("", "timm"));
    let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap();
    assert!(checkpoint.prefix.is_empty() && checkpoint.left_out.is_empty());
    assert!(names(&checkpoint).contains(&"criterion.weight"));
}

#[test]
fn older_names_of_keras_applications_become_todays_in_safetensors_too() {
    let old = ["expanded_conv/depthwise/depthwise_kernel:0", "Conv/BatchNorm/gamma:0"];
    let tensors = old.map(|name| (name.to_owned(), vec![1], filled(&[1]))).to_vec();
    let bytes = file(&tensors);
    let checkpoint = read(&bytes, &ConvertOptions::default()).unwrap();
    assert_eq!(names(&checkpoint), ["conv_bn/gamma", "expanded_conv_depthwise/kernel"]);
}

#[test]
fn a_prefix_that_was_asked_for_and_is_too_short_says_the_rest() {
    let bytes = file(&under("a.b.", "torchvision"));
    let options = ConvertOptions {
        prefix: Some("a.".to_owned()),
        ..ConvertOptions::default()
    };
    let report = check(&network("torchvision"), &read(&bytes, &options).unwrap()).unwrap();
    assert_eq!(
        report.hint.as_deref(),
        Some("names carry the prefix `b.`: write `--prefix a.b.`")
    );
}

#[test]
fn a_lightning_file_gives_its_model_and_says_what_else_there_was() {
    let bytes = crate::common::file("lightning.pth");
    let options = ConvertOptions {
        prefix: Some("model.".to_owned()),
        ..ConvertOptions::default()
    };
    let checkpoint = read(&bytes, &options).unwrap();
    assert_eq!(checkpoint.wrappers, ["state_dict"]);
    assert_eq!(checkpoint.left_out, ["criterion.weight"]);
    let expected = crate::common::file("wrapped.expected.safetensors");
    assert_eq!(checkpoint.to_safetensors(None).unwrap().len(), expected.len());
}

#[test]
fn renamed_tensors_fit_one_rule_after_the_other() {
    let network = network("torchvision");
    let mut tensors = ones(&network);
    for (name, ..) in &mut tensors {
        *name = name.replace("features.", "layers.").replace("classifier.3", "fc");
    }
    let bytes = file(&tensors);
    let checkpoint = read(&bytes, &with(&["layers.*=features.*", "fc.*=classifier.3.*"])).unwrap();
    assert!(check(&network, &checkpoint).unwrap().fits());
    assert_eq!(checkpoint.renamed, tensors.len() - 2);
}

#[test]
fn rules_that_fit_nothing_or_too_much_are_errors() {
    let bytes = file(&ones(&network("timm")));
    let told = |rule: &str| read(&bytes, &with(&[rule])).unwrap_err().to_string();
    assert_eq!(
        told("fc.*=classifier.*"),
        "no tensor is called `fc.*`; the first is blocks.0.0.bn1.bias"
    );
    let twice = read(&bytes, &with(&["conv_stem.weight=bn1.weight"])).unwrap_err();
    assert!(matches!(twice, ConvertError::RenamedTwice(name) if name == "bn1.weight"));
}
