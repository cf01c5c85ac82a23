//! Specs that start from another file.

use crate::tiny::TINY;
use insta::assert_snapshot;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of specs that is gone when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let unique = format!(
            "mnv3-spec-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = Self(std::env::temp_dir().join(unique));
        for (name, text) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn load(&self, name: &str) -> Result<mnv3_spec::Loaded, mnv3_spec::SpecErrors> {
        mnv3_spec::load(name, &self.path(name))
    }

    /// What is wrong with a file, the folder's own name left out.
    pub(crate) fn errors(&self, name: &str) -> String {
        let errors = self
            .load(name)
            .map(|loaded| loaded.network.name)
            .unwrap_err()
            .to_string();
        errors.replace(self.0.to_str().unwrap(), "FOLDER")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_variant_has_what_it_says_and_the_rest_from_its_base() {
    let variant = "extends: base/tiny.yaml\nname: Variant\nhead: { classes: 7 }\nlast: none\n";
    let folder = Folder::new(&[("base/tiny.yaml", TINY), ("variant.yaml", variant)]);
    let loaded = folder.load("variant.yaml").unwrap();
    assert_eq!(
        loaded.files,
        [folder.path("variant.yaml"), folder.path("base/tiny.yaml")]
    );
    let network = loaded.network;
    assert_eq!((network.name.as_str(), network.last.len()), ("Variant", 0));
    let classes = network.classes().unwrap().layer.output;
    let hidden = network.classify().unwrap().hidden.first();
    assert_eq!((hidden.map(|h| h.output), classes), (Some(32), 7));
    assert_eq!(network.bottlenecks[1].source.file, "base/tiny.yaml");
    assert_eq!(network.bottlenecks[1].source.line, 7);
}

#[test]
fn a_chain_ends_in_the_whole_table() {
    let folder = Folder::new(&[
        ("a.yaml", "extends: b.yaml\nname: A\n"),
        ("b.yaml", "extends: tiny.yaml\nhead: none\n"),
        ("tiny.yaml", TINY),
    ]);
    let network = folder.load("a.yaml").unwrap().network;
    assert_eq!((network.name.as_str(), network.head), ("A", None));
}

#[test]
fn a_base_may_be_named_by_its_whole_path() {
    let folder = Folder::new(&[("tiny.yaml", TINY)]);
    let whole = folder.path("tiny.yaml");
    fs::write(
        folder.path("a.yaml"),
        format!("extends: {}\nname: A\n", whole.display()),
    )
    .unwrap();
    assert_eq!(folder.load("a.yaml").unwrap().network.name, "A");
}

#[test]
fn a_missing_base_is_answered_with_the_nearest_file() {
    let folder = Folder::new(&[("tiny.yaml", TINY), ("a.yaml", "extends: tny.yaml\n")]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:1:10: extends tny.yaml: there is no such file; paths start at the folder of this spec
      |
    1 | extends: tny.yaml
      |          ^^^^^^^^ did you mean tiny.yaml?
    ");
}

#[test]
fn a_missing_folder_is_named() {
    let folder = Folder::new(&[("a.yaml", "extends: bases/tiny.yaml\n")]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:1:10: extends bases/tiny.yaml: there is no such file; paths start at the folder of this spec
      |
    1 | extends: bases/tiny.yaml
      |          ^^^^^^^^^^^^^^^ its folder does not exist either; check the path
    ");
}

#[test]
fn a_folder_is_no_base() {
    let folder = Folder::new(&[("specs/a.yaml", "extends: ../specs\n")]);
    assert_snapshot!(folder.errors("specs/a.yaml"), @"
    specs/a.yaml:1:10: extends specs: this is not a file
      |
    1 | extends: ../specs
      |          ^^^^^^^^ name a YAML file
    ");
}

#[test]
fn a_base_is_named_as_text() {
    let folder = Folder::new(&[
        ("a.yaml", "extends: 4\n"),
        ("b.yaml", "extends: ''\n"),
        ("c.yaml", "extends:\n"),
    ]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:1:10: extends is `4`, not a spec
      |
    1 | extends: 4
      |          ^ write a published spec such as mnv3:large, or a path such as large.yaml
    ");
    assert_snapshot!(folder.errors("b.yaml"), @"
    b.yaml:1:10: extends is `''`, not a spec
      |
    1 | extends: ''
      |          ^^ write a published spec such as mnv3:large, or a path such as large.yaml
    ");
    assert_snapshot!(folder.errors("c.yaml"), @"
    c.yaml:1:8: extends is empty, not a spec
      |
    1 | extends:
      |        ^ write a published spec such as mnv3:large, or a path such as large.yaml
    ");
}

#[test]
fn a_file_that_extends_itself_is_noticed_by_any_of_its_paths() {
    let folder = Folder::new(&[
        ("a.yaml", "extends: a.yaml\n"),
        ("s/b.yaml", "extends: ../s/./b.yaml\n"),
    ]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:1:10: the specs extend each other in a circle
      |
    1 | extends: a.yaml
      |          ^^^^^^ let the chain end in a spec that holds the whole table
    ");
    assert_snapshot!(folder.errors("s/b.yaml"), @"
    s/b.yaml:1:10: the specs extend each other in a circle
      |
    1 | extends: ../s/./b.yaml
      |          ^^^^^^^^^^^^^ let the chain end in a spec that holds the whole table
    ");
}

#[test]
fn a_circle_is_noticed_where_it_closes() {
    let folder = Folder::new(&[("a.yaml", "extends: b.yaml\n"), ("b.yaml", "extends: a.yaml\n")]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    b.yaml:1:10: the specs extend each other in a circle
      |
    1 | extends: a.yaml
      |          ^^^^^^ let the chain end in a spec that holds the whole table
    ");
}

#[test]
fn a_chain_of_a_hundred_files_is_cut_off() {
    let folder = Folder::new(&[]);
    fs::create_dir_all(folder.path("")).unwrap();
    for i in 0..100 {
        fs::write(folder.path(&format!("{i}.yaml")), format!("extends: {}.yaml\n", i + 1)).unwrap();
    }
    assert_snapshot!(folder.errors("0.yaml"), @"
    7.yaml:1:10: more than 8 specs extend each other
      |
    1 | extends: 8.yaml
      |          ^^^^^^ let the chain end in a spec that holds the whole table
    ");
}

#[test]
fn a_mistake_in_the_base_is_shown_in_the_base() {
    let base = TINY.replace("k: 5", "k: 0");
    let folder = Folder::new(&[
        ("base/tiny.yaml", &base),
        ("a.yaml", "extends: base/tiny.yaml\nname: a\n"),
    ]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:2:7: `a` cannot be the name of a Rust type
      |
    2 | name: a
      |       ^ write letters and digits with a capital first, such as A

    base/tiny.yaml:7:10: k of bottleneck 2 is `0`
      |
    7 |   - { k: 0, exp: 64, out: 24, se: true, nl: HS, s: 2 }
      |          ^ write a whole number from 1 to 15
    ");
}

#[test]
fn two_bases_are_one_too_many() {
    let folder = Folder::new(&[
        ("tiny.yaml", TINY),
        ("a.yaml", "extends: tiny.yaml\nextends: tiny.yaml\n"),
    ]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:2:1: the spec has the key `extends` twice
      |
    2 | extends: tiny.yaml
      | ^^^^^^^ leave one of them
    ");
}

#[test]
fn a_text_without_a_file_extends_nothing() {
    let errors = mnv3_spec::parse("text", "extends: large.yaml\n").unwrap_err();
    assert_snapshot!(errors, @"
    text:1:10: extends large.yaml: a spec given as text can name no other file
      |
    1 | extends: large.yaml
      |          ^^^^^^^^^^ write the whole table
    ");
}

#[test]
fn a_text_named_like_its_base_does_not_extend_itself() {
    assert!(mnv3_spec::parse("tiny.yaml", "extends: tiny.yaml\n").is_err());
    assert!(mnv3_spec::load("no.yaml", Path::new("")).is_err());
}

#[test]
fn a_head_may_say_its_kind_and_keeps_that_of_its_base() {
    let of = |head: &str| {
        let text = format!("extends: mnv3:small\nname: A\nhead: {head}\n");
        mnv3_spec::parse("a.yaml", &text)
    };
    let classes = |head: &str| of(head).unwrap().classes().map(|classes| classes.layer.output);
    assert_eq!(classes("{ kind: classify, classes: 7 }"), Some(7));
    assert_eq!(classes("{ classes: 8 }"), Some(8));
    let refused = of("{ kind: clasify, classes: 7 }").unwrap_err();
    assert_eq!(refused.errors[0].message, "kind of head is `clasify`");
}
