//! Heads that segment.

use crate::tiny::TINY;
use insta::assert_snapshot;
use mnv3_spec::network::{Tapped, Upsampling};

/// The small spec with another head.
fn with(head: &str) -> Result<mnv3_spec::Network, mnv3_spec::SpecErrors> {
    let lines = TINY.lines().filter(|line| !line.starts_with("head:"));
    let text: Vec<&str> = lines.collect();
    mnv3_spec::parse("tiny.yaml", &format!("{}\nhead: {head}\n", text.join("\n")))
}

fn wrong(head: &str) -> String {
    let errors = with(head).unwrap_err().errors;
    let told = errors
        .iter()
        .map(|error| format!("{}: {}\n", error.message, error.help));
    told.collect()
}

#[test]
fn it_has_the_published_number_of_parameters() {
    let network = |name: &str| mnv3_spec::load(name, "".as_ref()).unwrap().network;
    // torchvision: LRASPP_MobileNet_V3_Large_Weights.COCO_WITH_VOC_LABELS_V1.meta["num_params"]
    assert_eq!(network("mnv3:torchvision/lraspp-large").parameters(), 3_221_538);
    let head = network("mnv3:torchvision/lraspp-large");
    let head = head.segment().unwrap();
    let Upsampling::LowClasses(classes) = &head.upsampling else {
        panic!("{:?}", head.upsampling)
    };
    assert_eq!(
        (classes.low, classes.low_classes.input, head.hidden.input),
        (Tapped::Bottleneck(4), 40, 960)
    );
    let epsilon = head.hidden.tensors.norm.as_ref().map(|norm| norm.epsilon);
    assert_eq!(epsilon, Some(1e-5));
}

#[test]
fn it_starts_from_the_stem_or_a_bottleneck_and_its_norm_has_the_dialects_epsilon() {
    let network = with("{ kind: segment, low: stem, hidden: 8, nl: RE, classes: 2 }").unwrap();
    let head = network.segment().unwrap();
    assert!(matches!(&head.upsampling, Upsampling::LowClasses(classes) if classes.low == Tapped::Stem));
    assert_eq!(
        head.hidden.tensors.norm.as_ref().map(|norm| norm.epsilon),
        network.stem.tensors.norm.as_ref().map(|norm| norm.epsilon)
    );
    assert!(network.classify().is_none());
}

#[test]
fn everything_wrong_with_it_is_told() {
    assert_snapshot!(wrong("{ kind: segment }"), @"
        head has no `low`: add `low: 4`
        head has no `hidden`: add `hidden: 128`
        head has no `nl`: add `nl: RE`
        head has no `classes`: add `classes: 21`
        ");
    assert_snapshot!(wrong("{ kind: segment, low: last, hidden: 0, nl: relu, bn_epsilon: 2, classes: 5 }"), @"
        hidden of head is `0`: write a whole number from 1 to 16384
        nl of head is `relu`: write RE (relu) or HS (hard-swish)
        bn_epsilon of head is `2`: write a number from 0 to 1, or a fraction such as 3/4
        ");
    assert_snapshot!(wrong("{ kind: segment, low: 99, hidden: 8, nl: RE, classes: 5 }"), @"low of head is of bottleneck 99: write a number from 1 to 2, or stem");
    assert_snapshot!(wrong("{ kind: segment, low: last, hidden: 8, nl: RE, classes: 5 }"), @"low of head is last, which the head starts from anyway: write a number from 1 to 2, or stem");
    assert_snapshot!(wrong("{ kind: segmentation, low: 1, hidden: 8, nl: RE, classes: 5 }"), @"kind of head is `segmentation`: write classify, segment or detect");
    assert_snapshot!(wrong("{ kind: segment, pool: avg, low: 1, hidden: 8, nl: RE, classes: 5 }"), @"head has no key `pool`: the keys are kind, low, decoder, hidden, nl, bn_epsilon, classes, labels");
    assert_snapshot!(wrong("{ low: 1, pool: avg, hidden: none, classes: 5 }"), @"head has the key `low`, which only one that segments has: write kind: segment beside it");
}

#[test]
fn a_head_of_another_kind_takes_the_place_of_its_bases_and_one_of_the_same_kind_changes_it() {
    let parsed = |text: &str| mnv3_spec::parse("a.yaml", text).unwrap_or_else(|errors| panic!("{errors}"));
    let over = parsed("extends: mnv3:small\nname: A\nhead: { kind: segment, low: 2, hidden: 8, nl: RE, classes: 3 }\n");
    assert_eq!(over.segment().unwrap().classes, 3);
    let classes = parsed("extends: mnv3:torchvision/lraspp-small\nname: A\nhead: { classes: 2 }\n");
    assert_eq!(classes.segment().unwrap().hidden.output, 128);
    assert_eq!(classes.segment().unwrap().classes, 2);
    let back = "extends: mnv3:torchvision/lraspp-small\nname: A\nhead: { kind: classify, pool: avg, hidden: none, classes: 2 }\n";
    assert_eq!(parsed(back).classes().unwrap().layer.output, 2);
}

#[test]
fn its_output_is_no_name_of_a_tap() {
    let text = "extends: mnv3:torchvision/lraspp-small\nname: A\ntaps: { logits: 3 }\n";
    let errors = mnv3_spec::parse("a.yaml", text).unwrap_err().errors;
    assert_eq!(errors[0].message, "`logits` is an output of the network, not a tap");
}

#[test]
fn its_maps_are_bounded_together() {
    let text =
        "extends: mnv3:torchvision/lraspp-small\nname: A\ninput: { size: 1024 }\nhead: { low: stem, classes: 50 }\n";
    let errors = mnv3_spec::parse("a.yaml", text).unwrap_err().errors;
    assert!(
        errors[0].message.starts_with("the maps of the head have "),
        "{}",
        errors[0].message
    );
}

#[test]
fn a_decoder_goes_back_to_half_of_the_image() {
    let network = mnv3_spec::load("mnv3:mediapipe/selfie", "".as_ref()).unwrap().network;
    let head = network.segment().unwrap();
    let Upsampling::Decoder(decoder) = &head.upsampling else {
        panic!("{:?}", head.upsampling)
    };
    let maps: Vec<_> = decoder.stages.iter().map(|stage| (stage.map.h, stage.map.c)).collect();
    assert_eq!(maps, [(32, 24), (64, 16), (128, 16)]);
    let landscape = mnv3_spec::load("mnv3:mediapipe/selfie-landscape", "".as_ref())
        .unwrap()
        .network;
    assert_eq!((landscape.input.h, landscape.parameters()), (144, network.parameters()));
}

#[test]
fn everything_wrong_with_a_decoder_is_told() {
    let decoder = |rows: &str| {
        wrong(&format!(
            "{{ kind: segment, decoder: {rows}, hidden: 8, nl: RE, classes: 5 }}"
        ))
    };
    assert_snapshot!(decoder("[{ low: 2, k: 3 }]"), @"the last map of decoder has 8 x 8, of an image of 32 x 32: end in a map of half of the image's height and width, such as that of a stem of stride 2");
    assert_snapshot!(decoder("[]"), @"decoder of head is a list: write a list of 1 to 8 rows such as { low: 1, k: 3 }, or none");
    assert_snapshot!(decoder("3"), @"decoder of head is `3`: write a list of 1 to 8 rows such as { low: 1, k: 3 }, or none");
    assert_snapshot!(decoder("[{ low: last, k: 3 }, { low: 9 }, { k: 16 }]"), @"
    a row of decoder has no `k`: add `k: 3`
    a row of decoder has no `low`: add `low: 1`
    k of a row of decoder is `16`: write a whole number from 1 to 15
    ");
    assert_snapshot!(decoder("[{ low: stem, k: 2 }]"), @"a kernel of 2 x 2 does not keep the size of a map: write an odd kernel, which keeps the size");
    assert_snapshot!(wrong("{ kind: segment, low: 1, decoder: [{ low: stem, k: 3 }], hidden: 8, nl: RE, classes: 5 }"), @"head has low, beside a decoder whose rows have their own: write low: none, or decoder: none");
    assert_snapshot!(wrong("{ kind: segment, low: 1, hidden: 8, nl: RE, classes: 65537 }"), @"classes of head is `65537`: write a whole number from 1 to 65536");
}

#[test]
fn a_variant_changes_between_low_and_decoder() {
    let parsed = |text: &str| mnv3_spec::parse("a.yaml", text).unwrap_or_else(|errors| panic!("{errors}"));
    let decodes = |network: &mnv3_spec::Network| {
        let head = network.segment().unwrap();
        matches!(head.upsampling, Upsampling::Decoder(_))
    };
    let one = parsed(
        "extends: mnv3:torchvision/lraspp-small\nname: A\ninput: { size: 64 }\nhead: { low: none, decoder: [{ low: stem, k: 3 }] }\n",
    );
    assert!(decodes(&one));
    let other = parsed("extends: mnv3:mediapipe/selfie\nname: A\nhead: { low: 3, decoder: none }\n");
    assert!(!decodes(&other));
}
