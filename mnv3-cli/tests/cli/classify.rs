//! `classify`: any spec, its weights, and pictures.

use crate::run::{Run, finish, mnv3, mnv3_in, root, with_input};
use image::{DynamicImage, ImageFormat, RgbImage};
use mnv3_testing::formula;
use serde_json::Value;
use std::fs;
use std::io::Cursor;
use std::path::Path;

/// Seven classes of small pictures.
pub(crate) const TINY: &str = "
name: Tiny
dialect: torchvision
input: { size: [24, 32], channels: 3 }
stem: { k: 3, out: 8, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 16, out: 8, se: true, nl: RE, s: 1 }
last: none
head: { pool: avg, hidden: none, classes: 7 }
";

/// The network that `direction` asks, for pictures that are stretched.
const LINES: &str = "
extends: mnv3:text-direction
name: Lines
preprocess: { fit: stretch, filter: bilinear, mean: 0.5, std: 0.5 }
";

const LINES_WEIGHTS: &str = "specs/text-direction.safetensors";

fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 7) as u8, (y * 11) as u8, (x * y) as u8])
    })
    .into()
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Formula weights of a spec.
fn weights(spec: &str) -> Vec<u8> {
    let network = mnv3_spec::parse("test.yaml", spec).unwrap();
    let layers = network.layers();
    let tensors = layers.iter().flat_map(|layer| layer.iter());
    let tensors = tensors.map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice()));
    formula::weights(tensors, 4.75).unwrap()
}

/// A folder with a spec, weights and pictures.
pub(crate) fn folder(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("spec.yaml", spec.as_bytes());
    write("w.safetensors", &weights(spec));
    write("a.png", &png(&picture(90, 70)));
    write("b.png", &png(&picture(33, 80)));
    folder
}

pub(crate) fn classify(folder: &Path, arguments: &[&str]) -> Run {
    finish(&mut mnv3_in(folder, ["classify"].iter().chain(arguments)))
}

/// Place and probability of each class of an answer.
pub(crate) fn classes(answer: &Value) -> Vec<(u64, f64)> {
    let classes = answer["classes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let class = |class: &Value| (class["index"].as_u64().unwrap(), class["probability"].as_f64().unwrap());
    classes.iter().map(class).collect()
}

#[test]
fn classes_are_those_of_the_network_run_by_value_on_any_number_of_threads() {
    let folder = folder(TINY);
    let arguments = ["spec.yaml", "w.safetensors", "a.png", "b.png", "--json", "--top", "3"];
    let run = classify(folder.path(), &arguments);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let network = mnv3_spec::parse("test.yaml", TINY).unwrap();
    let plan = mnv3_codegen::Plan::new(&network);
    let exec = mnv3_exec::Exec::new(&plan, &weights(TINY)).unwrap();
    let mut classifier = mnv3_exec::Classifier::new(&exec).unwrap();
    let answers = run.json();
    assert_eq!(answers.len(), 2);
    for (answer, (name, picture)) in answers
        .iter()
        .zip([("a.png", picture(90, 70)), ("b.png", picture(33, 80))])
    {
        let want = classifier.classify(&picture, 3).unwrap();
        let want: Vec<_> = want.iter().map(|c| (c.index as u64, c.probability)).collect();
        let found: Vec<_> = classes(answer).iter().map(|&(i, p)| (i, p as f32)).collect();
        assert_eq!((answer["image"].as_str(), found), (Some(name), want));
        assert!(answer["classes"][0].get("label").is_none(), "{answer}");
    }
    let threads = classify(folder.path(), &[&arguments[..], &["--threads", "3"]].concat());
    assert_eq!(threads.out, run.out);
}

#[test]
fn a_picture_of_the_networks_size_has_the_probability_that_direction_tells() {
    let line = image::open(root().join("tests/images/line-upright.png")).unwrap();
    let line = line.resize_exact(192, 48, image::imageops::FilterType::Triangle);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lines.yaml"), LINES).unwrap();
    fs::write(folder.path().join("line.png"), png(&line)).unwrap();
    let shipped = root().canonicalize().unwrap().join(LINES_WEIGHTS);
    let run = classify(
        folder.path(),
        &["lines.yaml", shipped.to_str().unwrap(), "line.png", "--json"],
    );
    let direction = with_input(["direction", "--threshold", "0.5", "--json", "-"], &png(&line));
    let (class, probability) = classes(&run.json()[0])[0];
    let told = &direction.json()[0];
    assert_eq!(told["direction"], ["upright", "upside-down"][class as usize]);
    assert!(
        (told["probability"].as_f64().unwrap() - probability).abs() < 1e-5,
        "{told} {run:?}"
    );
}

#[test]
fn lines_of_any_length_have_the_probability_that_direction_tells() {
    let images = fs::read_dir(root().join("tests/images")).unwrap();
    let images = images.map(|file| format!("tests/images/{}", file.unwrap().file_name().to_str().unwrap()));
    let images: Vec<String> = images.filter(|name| name.ends_with(".png")).collect();
    let lengths = images
        .iter()
        .map(|name| image::image_dimensions(root().join(name)).unwrap());
    assert!(lengths.clone().any(|(w, h)| w > 8 * h) && lengths.clone().any(|(w, h)| w < 8 * h));
    let ask = |start: &[&str]| mnv3(start.iter().copied().chain(images.iter().map(String::as_str))).json();
    let direction = ask(&["direction", "--threshold", "0.5", "--json"]);
    let class = ask(&["classify", "--json", "mnv3:text-direction", LINES_WEIGHTS]);
    assert_eq!(direction.len(), images.len());
    for (direction, answer) in direction.iter().zip(&class) {
        let (class, probability) = classes(answer)[0];
        assert_eq!(direction["direction"], ["upright", "upside-down"][class as usize]);
        assert!(
            (direction["probability"].as_f64().unwrap() - probability).abs() < 1e-6,
            "{direction} {answer}"
        );
    }
}

#[test]
fn text_has_a_line_for_each_class_under_the_name_of_the_image() {
    let folder = folder(TINY);
    let run = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png", "b.png"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[6]), (12, "a.png", "b.png"), "{}", run.out);
    let percent = |line: &str| line.split('%').next().unwrap().trim().parse::<f64>().unwrap();
    assert!(lines[1..6].is_sorted_by(|a, b| percent(a) >= percent(b)), "{}", run.out);
    assert!(
        lines[1..6]
            .iter()
            .all(|line| line.starts_with("  ") && line.contains(" %  "))
    );
}

#[test]
fn packed_weights_and_checkpoints_of_a_training_are_read_as_well() {
    let folder = folder(TINY);
    let plain = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png"]);
    assert_eq!(plain.code, 0, "{}", plain.err);
    let pack = ["pack", "spec.yaml", "w.safetensors", "-o", "w.mnv3"];
    assert_eq!(finish(&mut mnv3_in(folder.path(), pack)).code, 0);
    assert_eq!(
        classify(folder.path(), &["spec.yaml", "w.mnv3", "a.png"]).out,
        plain.out
    );
    // Every name with what torch.compile puts before it: networks do not know it, `convert` takes it off.
    let file = weights(TINY);
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let renamed = tensors.iter().map(|(name, view)| (format!("_orig_mod.{name}"), view));
    let wrapped = safetensors::serialize(renamed, None).unwrap();
    fs::write(folder.path().join("compiled.safetensors"), wrapped).unwrap();
    let run = classify(folder.path(), &["spec.yaml", "compiled.safetensors", "a.png"]);
    assert_eq!((run.out, run.err), (plain.out, String::new()));
}

#[test]
fn spec_weights_or_picture_may_come_from_standard_input_but_only_one_of_them() {
    let folder = folder(TINY);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let names = ["spec.yaml", "w.safetensors", "a.png"];
    let plain = mnv3(["classify".to_owned()].into_iter().chain(names.map(path)));
    assert_eq!(plain.code, 0, "{}", plain.err);
    for (i, name) in names.into_iter().enumerate() {
        let mut arguments = names.map(path);
        arguments[i] = "-".to_owned();
        let run = with_input(["classify".to_owned()].iter().chain(&arguments), &read(name));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
        let answers = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(answers(&run.out), answers(&plain.out), "{name}");
    }
    let twice = with_input(["classify", "-", "-", &path("a.png")], &read("spec.yaml"));
    assert_eq!(twice.code, 1);
    assert!(twice.err.contains("`-` is named twice"), "{}", twice.err);
}

#[test]
fn exif_orientation_is_honoured() {
    let folder = folder(TINY);
    let mut jpeg = Cursor::new(Vec::new());
    picture(90, 70)
        .rotate180()
        .write_to(&mut jpeg, ImageFormat::Jpeg)
        .unwrap();
    let jpeg = jpeg.into_inner();
    // APP1, "Exif", a big-endian TIFF header, one entry: orientation (0x112) is a short of value 3, turned by 180 degrees.
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
    fs::write(folder.path().join("turned.jpg"), &jpeg).unwrap();
    fs::write(
        folder.path().join("tagged.jpg"),
        [&jpeg[..2], exif, &jpeg[2..]].concat(),
    )
    .unwrap();
    let arguments = [
        "spec.yaml",
        "w.safetensors",
        "a.png",
        "turned.jpg",
        "tagged.jpg",
        "--json",
        "--top=7",
    ];
    let run = classify(folder.path(), &arguments);
    let of_class_0 = |answer: &Value| classes(answer).iter().find(|(index, _)| *index == 0).unwrap().1;
    let [upright, turned, tagged] = <[Value; 3]>::try_from(run.json()).unwrap();
    let [upright, turned, tagged] = [upright, turned, tagged].map(|answer| of_class_0(&answer));
    assert!(
        (upright - tagged).abs() < (upright - turned).abs() / 4.0,
        "{upright} {turned} {tagged}"
    );
}

#[test]
fn a_bad_image_does_not_stop_the_others() {
    let folder = folder(TINY);
    let whole = fs::read(folder.path().join("a.png")).unwrap();
    fs::write(folder.path().join("half.png"), &whole[..whole.len() / 2]).unwrap();
    let images = ["spec.yaml", "w.safetensors", "a.png", "half.png", "c.png", "b.png"];
    let run = classify(folder.path(), &images);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.out.lines().filter(|line| line.ends_with(".png")).count(),
        2,
        "{}",
        run.out
    );
    insta::assert_snapshot!(run.err, @r"
    error: half.png: the file starts like PNG, but it is broken: unexpected end of file
      = copy or write the image again; another program may still open it
    error: c.png: there is no such file
      = did you mean a.png?
    ");
    let json = classify(folder.path(), &[&images[..], &["--json"]].concat());
    assert_eq!((json.code, json.err.as_str()), (1, ""));
    let failed: Vec<bool> = json.json().iter().map(|line| line["error"].is_string()).collect();
    assert_eq!(failed, [false, true, true, false]);
}

/// What is said of a spec whose weights fit it.
fn refused(spec: &str) -> String {
    let folder = folder(spec);
    let run = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    run.err
}

#[test]
fn a_spec_that_classifies_no_pictures_is_told_what_to_write_and_then_does() {
    // What is printed between the first two backquotes is written into the spec.
    let advised = |told: &str, spec: &dyn Fn(&str) -> String| {
        let spec = spec(told.split('`').nth(1).unwrap());
        let folder = folder(&spec);
        let run = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{spec}");
    };
    let unprepared = format!("{TINY}preprocess: none\n");
    insta::assert_snapshot!(refused(&unprepared), @r"
    error: spec.yaml: the spec does not say how images are prepared
      = write it into the spec, such as `preprocess: { fit: stretch, filter: bilinear, mean: 0.5, std: 0.5 }`
    ");
    advised(&refused(&unprepared), &|advice| {
        format!(
            "{TINY}{advice}
"
        )
    });
    let head = "head: { pool: avg, hidden: none, classes: 7 }";
    insta::assert_snapshot!(refused(&TINY.replace(head, "head: none")), @r"
    error: spec.yaml: the network has no head that classifies: it gives maps
      = give the spec a head, such as `head: { pool: avg, hidden: none, classes: 10 }`
    ");
    advised(&refused(&TINY.replace(head, "head: none")), &|advice| {
        TINY.replace(head, advice)
    });
    let without = TINY.replace("classes: 7", "classes: none");
    insta::assert_snapshot!(refused(&without), @r"
    error: spec.yaml: the head has no classes, so that the network gives an embedding
      = give its head classes, such as `head: { classes: 10 }`
    ");
    advised(&refused(&without), &|advice| {
        let classes = advice.trim_start_matches("head: { ").trim_end_matches(" }");
        without.replace("classes: none", classes)
    });
    let four = TINY.replace("channels: 3", "channels: 4");
    insta::assert_snapshot!(refused(&four), @r"
    error: spec.yaml: images of 4 channels are no pictures, which have 3 (red, green, blue) or 1 (luma)
      = give the spec an input of `channels: 3`, or 1
    ");
    advised(&refused(&four), &|advice| TINY.replace("channels: 3", advice));
}

#[test]
fn weights_that_are_none_or_of_another_network_say_so() {
    let folder = folder(TINY);
    let other = weights(&TINY.replace("classes: 7", "classes: 9"));
    fs::write(folder.path().join("nine.safetensors"), other).unwrap();
    let told = |weights: &str| {
        let run = classify(folder.path(), &["spec.yaml", weights, "a.png"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{weights}");
        run.err
    };
    insta::assert_snapshot!(told("nine.safetensors"), @r"
    error: nine.safetensors: the file does not fit Tiny: 2 problems
      the file: 26 tensors, named as in torchvision
      the spec: 26 tensors, dialect torchvision
      hint: the file's classifier has 9 classes, the spec 7: write `classes: 9` in the spec's head, or leave the scores to be trained with `mnv3 convert --fresh-classes`
      classifier.0.weight is [9, 8] in the file, the network wants [7, 8]; 9 outputs where the spec has 7
      classifier.0.bias is [9] in the file, the network wants [7]; 9 outputs where the spec has 7
    ");
    insta::assert_snapshot!(told("w.safetensor"), @r"
    error: w.safetensor: there is no such file
      = did you mean w.safetensors?
    ");
    assert!(told("a.png").starts_with("error: a.png: "));
    assert_eq!(
        classify(folder.path(), &["absent.yaml", "w.safetensors", "a.png"]).code,
        1
    );
    for wrong in [["--top", "0"], ["--threads", "0"]] {
        let arguments = [&["spec.yaml", "w.safetensors", "a.png"][..], &wrong].concat();
        assert_eq!(classify(folder.path(), &arguments).code, 2);
    }
    assert_eq!(classify(folder.path(), &["spec.yaml", "w.safetensors"]).code, 2);
}
