//! Inputs that hold many pictures: folders, patterns, archives.

use crate::classify::{TINY, classify, folder};
use crate::run::{finish, mnv3_in};
use std::fs::{self, File};
use std::path::Path;

/// `a.png` and `b.png`, under other names too: in a folder, in one below it, and in an archive, among what is no picture.
pub(crate) fn many() -> tempfile::TempDir {
    let folder = folder(TINY);
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("photos/below")).unwrap();
    fs::create_dir_all(at("photos/.thumbnails")).unwrap();
    for (from, to) in [
        ("a.png", "photos/1.PNG"),
        ("b.png", "photos/below/0.png"),
        ("a.png", "photos/below/9.png"),
        ("b.png", "photos/2.png"),
        ("b.png", "photos/.thumbnails/2.png"),
        ("b.png", "photos/._2.png"),
        ("spec.yaml", "photos/notes.txt"),
    ] {
        fs::copy(at(from), at(to)).unwrap();
    }
    archive(
        &at("shard.tar"),
        folder.path(),
        &["x/000.png", "x/000.txt", "x/001.png"],
    );
    folder
}

/// An archive whose entries are `a.png` and `b.png` by turns.
pub(crate) fn archive(place: &Path, folder: &Path, names: &[&str]) {
    let mut archive = tar::Builder::new(File::create(place).unwrap());
    for (number, name) in names.iter().enumerate() {
        let from = folder.join(if number % 2 == 0 { "a.png" } else { "b.png" });
        archive.append_path_with_name(from, name).unwrap();
    }
    archive.into_inner().unwrap();
}

/// Names of the pictures that are answered, in order.
fn answered(folder: &Path, inputs: &[&str]) -> Vec<String> {
    let run = classify(folder, &[&["spec.yaml", "w.safetensors", "--json"], inputs].concat());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let names = run
        .json()
        .into_iter()
        .map(|answer| answer["image"].as_str().unwrap().to_owned());
    names.collect()
}

#[test]
fn folders_patterns_and_archives_are_their_pictures_in_order() {
    let folder = many();
    let in_photos = [
        "photos/1.PNG",
        "photos/2.png",
        "photos/below/0.png",
        "photos/below/9.png",
    ];
    assert_eq!(answered(folder.path(), &["photos"]), in_photos);
    assert_eq!(answered(folder.path(), &["photos/**/*.png"]), in_photos[1..]);
    assert_eq!(answered(folder.path(), &["photos/below/[5-9].png"]), in_photos[3..]);
    assert_eq!(answered(folder.path(), &["phot?s"]), in_photos);
    let in_shard = ["shard.tar/x/000.png", "shard.tar/x/001.png"];
    assert_eq!(answered(folder.path(), &["shard.tar"]), in_shard);
    fs::rename(folder.path().join("shard.tar"), folder.path().join("photos/shard.tar")).unwrap();
    let all = answered(folder.path(), &["b.png", "photos", "a.png"]);
    assert_eq!((all.len(), all[0].as_str(), all[7].as_str()), (8, "b.png", "a.png"));
    assert_eq!(all[5], "photos/shard.tar/x/000.png");
    // A file with such a name is no pattern.
    fs::copy(folder.path().join("a.png"), folder.path().join("a[1].png")).unwrap();
    assert_eq!(answered(folder.path(), &["a[1].png"]), ["a[1].png"]);
}

#[test]
fn answers_do_not_depend_on_where_a_picture_lies_nor_on_how_many_are_worked_on_at_a_time() {
    let folder = many();
    let classes = |inputs: &[&str]| {
        let run = classify(
            folder.path(),
            &[&["spec.yaml", "w.safetensors", "--json"], inputs].concat(),
        );
        let classes = run.json().into_iter().map(|answer| answer["classes"].clone());
        classes.collect::<Vec<_>>()
    };
    let plain = classes(&["a.png", "b.png"]);
    assert_ne!(plain[0], plain[1]);
    assert_eq!(classes(&["shard.tar/", "a.png"]).len(), 2);
    assert_eq!(
        classes(&["photos/below", "shard.tar"])[..2],
        [plain[1].clone(), plain[0].clone()]
    );
    let again: Vec<_> = classes(&["photos", "--jobs", "1"]);
    assert_eq!(again, [0, 1, 1, 0].map(|which: usize| plain[which].clone()));
    for jobs in ["2", "7"] {
        assert_eq!(classes(&["photos", "--jobs", jobs]), again);
    }
}

#[test]
fn every_command_that_asks_about_pictures_takes_them() {
    let folder = many();
    for file in ["line-upright.png", "line-upside-down.png"] {
        let from = crate::run::root().join("tests/images").join(file);
        fs::copy(from, folder.path().join("photos/below").join(file)).unwrap();
    }
    let run = finish(&mut mnv3_in(folder.path(), ["direction", "photos/below/line*"]));
    assert_eq!((run.code, run.out.lines().count()), (0, 2), "{}", run.err);
    assert!(
        run.out.starts_with("photos/below/line-upright.png      upright"),
        "{}",
        run.out
    );
}

#[test]
fn what_names_no_pictures_says_so() {
    let folder = many();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("empty")).unwrap();
    archive(&at("text.tar"), folder.path(), &["a.txt"]);
    fs::write(at("photos.tar.gz"), "").unwrap();
    let shard = fs::read(at("shard.tar")).unwrap();
    fs::write(at("half.tar"), &shard[..shard.len() / 2]).unwrap();
    fs::write(at("none.tar"), &shard[600..]).unwrap();
    let inputs = [
        "empty",
        "*.jpg",
        "a**b.jpg",
        "text.tar",
        "photos.tar.gz",
        "half.tar",
        "none.tar",
    ];
    let run = classify(folder.path(), &[&["spec.yaml", "w.safetensors"], &inputs[..]].concat());
    assert_eq!(run.code, 1);
    assert!(run.out.starts_with("half.tar/x/000.png\n"), "{}", run.out);
    insta::assert_snapshot!(run.err, @"
    error: empty: the folder has no pictures
      = pictures in it are known by their endings, png, jpg, jpeg, webp and so on; name files with others themselves
    error: *.jpg: no file has a name like this
      = check the pattern; it starts in the current folder
    error: a**b.jpg: this is no pattern of names: Pattern syntax error near position 0: recursive wildcards must form a single path component
      = write `*` for any letters, `?` for one, `[ab]` for one of several, `**` for any folders
    error: text.tar: the archive has no pictures
      = pictures in it are known by their endings, png, jpg, jpeg, webp and so on; name files with others themselves
    error: photos.tar.gz: the archive is compressed
      = unpack it first, with gzip -d, zstd -d or the like
    error: half.tar: the archive cannot be read after its first picture: unexpected end of file
      = copy or write it again; it must be a tar archive, and a file
    error: none.tar: the archive cannot be read: one of its headers is broken
      = copy or write it again; it must be a tar archive, and a file
    ");
    // Next to what does.
    let run = classify(
        folder.path(),
        &["spec.yaml", "w.safetensors", "empty", "photos", "--json"],
    );
    assert_eq!((run.code, run.json().len()), (1, 5));
    assert_eq!(run.json()[0]["error"], "the folder has no pictures");
}
