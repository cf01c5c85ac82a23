//! `segment`.

use crate::run::{finish, mnv3_in, root};
use mnv3_testing::Weights;
use serde_json::Value;
use std::fs;

const SPEC: &str = "small.yaml";

/// A folder with a spec, weights by the formula, and a picture.
fn folder(classes: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "extends: mnv3:torchvision/lraspp-small\nname: Small\ninput: {{ size: [64, 96] }}\nhead: {{ classes: {classes} }}\n"
    );
    fs::write(folder.path().join(SPEC), &text).unwrap();
    let network = mnv3_spec::parse(SPEC, &text).unwrap();
    let file = Weights::of(&network, 5.0).file().unwrap();
    fs::write(folder.path().join("small.safetensors"), file).unwrap();
    fs::copy(
        root().join("tests/fixtures/coffee.png"),
        folder.path().join("coffee.png"),
    )
    .unwrap();
    fs::create_dir(folder.path().join("made")).unwrap();
    folder
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["segment", SPEC, "small.safetensors", "coffee.png"];
    arguments.extend(more);
    arguments
}

#[test]
fn segment_says_which_classes_there_are_and_writes_a_mask_of_them() {
    let folder = folder(5);
    let run = finish(&mut mnv3_in(folder.path(), arguments(&["--json", "-o", "made"])));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&answer["image"], &answer["file"]),
        (&"coffee.png".into(), &"made/coffee-mask.png".into())
    );
    let classes = answer["classes"].as_array().unwrap();
    let shares: f64 = classes.iter().map(|class| class["share"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9 && classes.len() > 1, "{classes:?}");
    for part in ["preprocess", "network", "postprocess"] {
        assert!(answer["milliseconds"][part].as_f64().unwrap() > 0.0, "{part}");
    }
    // The palette's colours, as often as the shares say.
    let mask = image::open(folder.path().join("made/coffee-mask.png"))
        .unwrap()
        .to_rgb8();
    assert_eq!(mask.dimensions(), (600, 400));
    for class in classes {
        let colour = mnv3::segment::voc_colour(class["class"].as_u64().unwrap() as u16);
        let pixels = mask.pixels().filter(|pixel| pixel.0 == colour).count();
        assert_eq!(pixels as f64 / 240_000.0, class["share"].as_f64().unwrap());
    }
}

#[test]
fn segment_lays_colours_on_pictures_and_cuts_classes_out() {
    let folder = folder(5);
    let answer = finish(&mut mnv3_in(folder.path(), arguments(&["--json"])));
    let answer: Value = serde_json::from_str(&answer.out).unwrap();
    assert!(answer.get("file").is_none());
    let class = answer["classes"][0]["class"].to_string();
    for more in [
        vec!["--overlay", "-o", "made"],
        vec!["--keep", &class],
        vec!["--keep", &class, "--background", "blur", "-o", "made"],
        vec!["--keep", &class, "--background", "#00ff00", "-o", "."],
    ] {
        let run = finish(&mut mnv3_in(folder.path(), arguments(&more)));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{more:?}");
    }
    let open = |name: &str| image::open(folder.path().join(name)).unwrap();
    let photo = open("coffee.png").to_rgb8();
    let overlay = open("made/coffee-overlay.png").to_rgb8();
    assert_eq!(overlay.dimensions(), photo.dimensions());
    assert!(overlay != photo);
    assert!(open("made/coffee-cut-out.png").to_rgb8() != photo);
    // Green shows through as far as the cut-out is transparent.
    let green = open("coffee-cut-out.png").to_rgb8();
    let run = finish(&mut mnv3_in(
        folder.path(),
        arguments(&["--keep", &class, "-o", "made"]),
    ));
    assert_eq!(run.code, 0);
    let cut = open("made/coffee-cut-out.png").to_rgba8();
    for (green, cut) in green.pixels().zip(cut.pixels()) {
        let [r, g, b, alpha] = cut.0.map(u16::from);
        let mixed = |colour: u16, behind: u16| ((colour * alpha + behind * (255 - alpha) + 127) / 255) as u8;
        assert_eq!(green.0, [mixed(r, 0), mixed(g, 255), mixed(b, 0)]);
    }
}

#[test]
fn a_network_of_one_class_cuts_out_what_it_is() {
    let folder = folder(1);
    let run = finish(&mut mnv3_in(folder.path(), arguments(&["--cut-out", "-o", "made"])));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("made/coffee-cut-out.png"), "{}", run.out);
    let cut = image::open(folder.path().join("made/coffee-cut-out.png")).unwrap();
    assert!(cut.color().has_alpha());
    let photo = image::open(folder.path().join("coffee.png")).unwrap().to_rgb8();
    assert!(cut.to_rgb8() == photo);
}

#[test]
fn what_is_asked_of_a_network_that_cannot_say_what_to_do() {
    let folder = folder(5);
    for (more, message) in [
        (
            vec!["--cut-out"],
            "error: the network has several classes, and nothing says which is to be cut out\n  = write --keep CLASS, a number from 0 to 4\n",
        ),
        (
            vec!["--keep", "5"],
            "error: the network has no class 5\n  = write --keep CLASS, a number from 0 to 4\n",
        ),
    ] {
        let run = finish(&mut mnv3_in(folder.path(), arguments(&more)));
        assert_eq!((run.code, run.err.as_str()), (1, message));
    }
    let run = finish(&mut mnv3_in(folder.path(), arguments(&["-o", "nowhere"])));
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("nowhere/coffee-mask.png") && run.err.contains("give -o a folder that is there"),
        "{}",
        run.err
    );
    let run = finish(&mut mnv3_in(
        folder.path(),
        arguments(&["--keep", "1", "--background", "beach"]),
    ));
    assert_eq!(run.code, 2);
    assert!(run.err.contains("a colour of six hexadecimal digits"), "{}", run.err);
    let run = finish(&mut mnv3_in(
        folder.path(),
        ["segment", "mnv3:small", "small.safetensors", "coffee.png"],
    ));
    assert_eq!(run.code, 1);
}

#[test]
fn pictures_of_one_name_become_files_of_several() {
    let folder = folder(2);
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::copy(folder.path().join("coffee.png"), folder.path().join("more/coffee.png")).unwrap();
    let run = finish(&mut mnv3_in(
        folder.path(),
        arguments(&["more/coffee.png", "missing.png", "-o", "made"]),
    ));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("missing.png"), "{}", run.err);
    for name in ["coffee-mask.png", "coffee-mask-2.png"] {
        assert!(folder.path().join("made").join(name).exists(), "{name}");
    }
}

#[test]
fn classes_have_the_names_of_the_spec_and_may_be_kept_by_them() {
    let folder = folder(3);
    let text = fs::read_to_string(folder.path().join(SPEC)).unwrap();
    fs::write(
        folder.path().join(SPEC),
        text.replace("classes: 3", "classes: [floor, cup, \"2\"]"),
    )
    .unwrap();
    let answer = finish(&mut mnv3_in(folder.path(), arguments(&["--json"])));
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&answer.out).unwrap();
    for class in answer["classes"].as_array().unwrap() {
        let name = ["floor", "cup", "2"][class["class"].as_u64().unwrap() as usize];
        assert_eq!(class["label"], name);
    }
    let said = finish(&mut mnv3_in(folder.path(), arguments(&[])));
    let first = &answer["classes"][0];
    let line = format!("class {}, {}", first["class"], first["label"].as_str().unwrap());
    assert!(said.out.contains(&line), "{line} is not in {}", said.out);
    for more in [["--keep", "cup", "-o", "made"], ["--keep", "1", "-o", "."]] {
        assert_eq!(finish(&mut mnv3_in(folder.path(), arguments(&more))).code, 0);
    }
    let made = |path: &str| fs::read(folder.path().join(path)).unwrap();
    assert!(made("made/coffee-cut-out.png") == made("coffee-cut-out.png"));
    let run = finish(&mut mnv3_in(folder.path(), arguments(&["--keep", "cop"])));
    let message = "error: the network has no class cop\n  = write --keep CLASS, a number from 0 to 2, or a name of the spec's `classes` or `labels`\n";
    assert_eq!((run.code, run.err.as_str()), (1, message));
}
