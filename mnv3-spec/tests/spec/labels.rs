//! Names of classes.

use crate::extends::Folder;
use crate::tiny::{TINY, errors};
use insta::assert_snapshot;
use mnv3_spec::{ClassNames, LabelSet, Network};

/// The tiny network with another head.
fn with(head: &str) -> String {
    let at = TINY.find("head:").unwrap();
    format!("{}head: {{ pool: avg, hidden: none, {head} }}\n", &TINY[..at])
}

fn names(network: &Network) -> Vec<&str> {
    match &network.class_names {
        Some(ClassNames::Own(names)) => names.iter().map(String::as_str).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn classes_may_be_a_list_of_names() {
    let network = mnv3_spec::parse("tiny.yaml", &with("classes: [cat, \" big dog \", 3, \"no\"]")).unwrap();
    assert_eq!(names(&network), ["cat", "big dog", "3", "no"]);
    assert_eq!(network.classes().unwrap().layer.output, 4);
}

#[test]
fn a_set_has_as_many_classes_as_the_head() {
    for &(name, set) in LabelSet::ALL {
        let spec = with(&format!("classes: {}, labels: {name}", set.classes()));
        let network = mnv3_spec::parse("tiny.yaml", &spec).unwrap();
        assert_eq!(network.class_names, Some(ClassNames::Set(set)));
    }
    assert_snapshot!(errors(&with("classes: 1001, labels: imagenet")), @"
    tiny.yaml:9:57: imagenet names 1000 classes, the head has 1001
      |
    9 | head: { pool: avg, hidden: none, classes: 1001, labels: imagenet }
      |                                                         ^^^^^^^^ write classes: 1000, or other labels
    ");
}

#[test]
fn a_file_has_a_name_a_line_and_lies_beside_the_spec_that_names_it() {
    let base = with("classes: 3, labels: names/pets.txt");
    let folder = Folder::new(&[
        ("base/tiny.yaml", &base),
        ("base/names/pets.txt", "\u{feff}cat\r\nbig dog \r\nhorse"),
        ("variant.yaml", "extends: base/tiny.yaml\nname: Variant\n"),
    ]);
    let loaded = folder.load("variant.yaml").unwrap();
    assert_eq!(names(&loaded.network), ["cat", "big dog", "horse"]);
    let files = ["variant.yaml", "base/tiny.yaml", "base/names/pets.txt"];
    assert_eq!(loaded.files, files.map(|file| folder.path(file)));
    // Written out, the spec needs no other file.
    let flat = mnv3_spec::flatten("variant.yaml", &folder.path("variant.yaml")).unwrap();
    assert!(
        flat.contains("classes: [cat, \"big dog\", horse]") && !flat.contains("labels"),
        "{flat}"
    );
    assert_eq!(
        mnv3_spec::parse("flat.yaml", &flat).unwrap().class_names,
        loaded.network.class_names
    );
}

#[test]
fn more_names_than_a_spec_can_hold_stay_in_their_file() {
    let lines: String = (0..9000).map(|i| format!("thing {i}\n")).collect();
    let spec = with("classes: 9000, labels: things.txt");
    let folder = Folder::new(&[("tiny.yaml", &spec), ("things.txt", &lines)]);
    assert_eq!(names(&folder.load("tiny.yaml").unwrap().network).len(), 9000);
    let refused = mnv3_spec::flatten("tiny.yaml", &folder.path("tiny.yaml")).unwrap_err();
    assert!(
        refused.to_string().contains("keep the file of names beside it"),
        "{refused}"
    );
}

#[test]
fn a_variant_with_other_classes_has_none_of_the_names_of_its_base() {
    let of = |head: &str| {
        let spec = format!("extends: mnv3:small\nname: Variant\nhead: {head}\n");
        mnv3_spec::parse("variant.yaml", &spec).map(|network| network.class_names)
    };
    assert_eq!(of("{ hidden: 64 }").unwrap(), Some(ClassNames::Set(LabelSet::ImageNet)));
    assert_eq!(of("{ classes: 5 }").unwrap(), None);
    assert_eq!(of("{ classes: none }").unwrap(), None);
    assert_eq!(
        of("{ classes: [a, b] }").unwrap(),
        Some(ClassNames::Own(vec!["a".into(), "b".into()]))
    );
    let background = of("{ classes: 1001, labels: imagenet-background }").unwrap();
    assert_eq!(background, Some(ClassNames::Set(LabelSet::ImageNetBackground)));
    assert!(
        of("{ labels: voc }")
            .unwrap_err()
            .to_string()
            .contains("voc names 21 classes, the head has 1000")
    );
}

#[test]
fn names_that_cannot_be_told_apart_or_shown_are_drawn_where_they_stand() {
    let spec = with("classes: 7, labels: names.txt");
    let names = "cat\n\n  \ncat\ntab\there\n\u{202e}dog\n";
    let folder = Folder::new(&[("tiny.yaml", &spec), ("names.txt", names)]);
    assert_snapshot!(folder.errors("tiny.yaml"), @"
    names.txt:2:1: name 2 of classes is empty
      |
    2 |
      | ^ write a name, or take out the empty line

    names.txt:3:1: name 3 of classes is empty
      |
    3 |   
      | ^^ write a name, or take out the empty line

    names.txt:4:1: names 1 and 4 of classes are both `cat`
      |
    4 | cat
      | ^^^ give each class a name of its own

    names.txt:5:1: name 5 of classes has characters that cannot be seen
      |
    5 | tab    here
      | ^^^^^^^^^^^ write letters, digits, spaces and signs

    names.txt:6:1: name 6 of classes has characters that cannot be seen
      |
    6 | �dog
      | ^^^^ write letters, digits, spaces and signs
    ");
    assert_snapshot!(errors(&with(&format!("classes: [true, 1.5, [a], cat, \"\", cat, \"{}\"]", "x".repeat(101)))), @r#"
    tiny.yaml:9:44: name 1 of classes is `true`, not text
      |
    9 | head: { pool: avg, hidden: none, classes: [true, 1.5, [a], cat, "", cat, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
      |                                            ^^^^ write text, in quotes if it is a word or number of YAML

    tiny.yaml:9:50: name 2 of classes is `1.5`, not text
      |
    9 | head: { pool: avg, hidden: none, classes: [true, 1.5, [a], cat, "", cat, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
      |                                                  ^^^ write text, in quotes if it is a word or number of YAML

    tiny.yaml:9:55: name 3 of classes is a list, not text
      |
    9 | head: { pool: avg, hidden: none, classes: [true, 1.5, [a], cat, "", cat, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
      |                                                       ^^^ write text, in quotes if it is a word or number of YAML

    tiny.yaml:9:65: name 5 of classes is empty
      |
    9 | head: { pool: avg, hidden: none, classes: [true, 1.5, [a], cat, "", cat, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
      |                                                                 ^^ write a name, or take out the empty line

    tiny.yaml:9:69: names 4 and 6 of classes are both `cat`
      |
    9 | head: { pool: avg, hidden: none, classes: [true, 1.5, [a], cat, "", cat, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
      |                                                                     ^^^ give each class a name of its own

    tiny.yaml:9:74: name 7 of classes is long
      |
    9 | ..., "", cat, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"] }
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ write at most 100 characters
    "#);
}

#[test]
fn a_file_that_does_not_fit_or_is_not_there() {
    let few = with("classes: 3, labels: names.txt");
    let missing = with("classes: 3, labels: imagenets");
    let folder = Folder::new(&[
        ("few.yaml", &few),
        ("names.txt", "cat\ndog\n"),
        ("missing.yaml", &missing),
        ("elsewhere.yaml", &with("classes: 3, labels: other/names.txt")),
        ("empty.yaml", &with("classes: 3, labels: empty.txt")),
        ("empty.txt", ""),
    ]);
    let of = |file: &str| folder.errors(&format!("{file}.yaml"));
    assert_snapshot!(of("few"), @"
    few.yaml:9:54: names.txt names 2 classes, the head has 3
      |
    9 | head: { pool: avg, hidden: none, classes: 3, labels: names.txt }
      |                                                      ^^^^^^^^^ write classes: 2, or other labels
    ");
    assert_snapshot!(of("missing"), @"
    missing.yaml:9:54: labels of head, imagenets: there is no such file
      |
    9 | head: { pool: avg, hidden: none, classes: 3, labels: imagenets }
      |                                                      ^^^^^^^^^ did you mean imagenet? Other names are files
    ");
    assert_snapshot!(of("elsewhere"), @"
    elsewhere.yaml:9:54: labels of head, other/names.txt: there is no such file
      |
    9 | head: { pool: avg, hidden: none, classes: 3, labels: other/names.txt }
      |                                                      ^^^^^^^^^^^^^^^ name a file with a class a line, its path from the folder of this spec, or one of imagenet, imagenet-background, imagenet-21k-p, coco, voc
    ");
    assert_snapshot!(of("empty"), @"
    empty.yaml:9:54: an empty file names 0 classes
      |
    9 | head: { pool: avg, hidden: none, classes: 3, labels: empty.txt }
      |                                                      ^^^^^^^^^ write from 1 to 100000
    ");
}

#[test]
fn labels_that_name_nothing() {
    assert_snapshot!(errors(&with("classes: none, labels: imagenet")), @"
    tiny.yaml:9:57: without classes there is nothing for labels to name
      |
    9 | head: { pool: avg, hidden: none, classes: none, labels: imagenet }
      |                                                         ^^^^^^^^ leave it, or write a number of classes
    ");
    assert_snapshot!(errors(&with("classes: [a, b], labels: imagenet")), @"
    tiny.yaml:9:59: classes of head are named twice, by classes and by labels
      |
    9 | head: { pool: avg, hidden: none, classes: [a, b], labels: imagenet }
      |                                                           ^^^^^^^^ leave labels, or write a number of classes
    ");
    assert_snapshot!(errors(&with("classes: 2, labels: [a, b]")), @"
    tiny.yaml:9:54: labels of head is a list
      |
    9 | head: { pool: avg, hidden: none, classes: 2, labels: [a, b] }
      |                                                      ^^^^^^ write imagenet, imagenet-background, imagenet-21k-p, coco, voc, or the path of a file with a class a line; a list of names is that of classes
    ");
    assert_snapshot!(errors(&with("classes: [], softmax: true")), @"
    tiny.yaml:9:43: classes of head names 0 classes
      |
    9 | head: { pool: avg, hidden: none, classes: [], softmax: true }
      |                                           ^^ write from 1 to 100000
    ");
    assert_snapshot!(errors(&with("classes: 2, labels: names.txt")), @"
    tiny.yaml:9:54: labels of head, names.txt: a spec given as text can name no other file
      |
    9 | head: { pool: avg, hidden: none, classes: 2, labels: names.txt }
      |                                                      ^^^^^^^^^ name a text file with a class a line, or write the names: classes: [cat, dog]
    ");
}
