//! Published specs by their names: `mnv3:large`.

use crate::extends::Folder;
use insta::assert_snapshot;
use std::path::Path;

fn error(name: &str) -> String {
    let loaded = mnv3_spec::load(name, Path::new(name));
    loaded.map(|loaded| loaded.network.name).unwrap_err().to_string()
}

#[test]
fn every_published_spec_is_found_by_its_name_from_any_folder() {
    for name in mnv3_spec::published() {
        let loaded = mnv3_spec::load(&name, Path::new("/no/such/folder")).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(loaded.files.is_empty());
        let place = &loaded.network.stem.source.file;
        assert!(place.starts_with("mnv3:"), "{place}");
    }
}

#[test]
fn a_published_spec_is_the_file_of_its_name() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    for name in mnv3_spec::published() {
        let file = format!("{}.yaml", name.strip_prefix("mnv3:").unwrap());
        let by_path = mnv3_spec::load(&name.replace("mnv3:", "./"), &specs.join(file)).unwrap();
        let by_name = mnv3_spec::load(&name, Path::new("")).unwrap();
        assert_eq!(by_path.network.name, by_name.network.name);
        assert_eq!(by_path.network.parameters(), by_name.network.parameters());
    }
}

#[test]
fn a_file_or_a_text_may_extend_a_published_spec() {
    let variant = "extends: mnv3:timm/small-0.5\nname: Variant\nhead: { classes: 7 }\n";
    let folder = Folder::new(&[("deep/below/variant.yaml", variant)]);
    let loaded = folder.load("deep/below/variant.yaml").unwrap();
    assert_eq!(loaded.files, [folder.path("deep/below/variant.yaml")]);
    assert_eq!(loaded.network.bottlenecks[0].source.file, "mnv3:small");
    let parsed = mnv3_spec::parse("deep/below/variant.yaml", variant).unwrap();
    assert_eq!(parsed, loaded.network);
}

#[test]
fn a_name_that_is_not_published_is_answered_with_the_nearest() {
    assert_snapshot!(error("mnv3:timm/smal-1.0"), @"
    mnv3:timm/smal-1.0: there is no published spec of this name
      = did you mean mnv3:timm/small-1.0? `mnv3 spec --list` lists all
    ");
    assert_snapshot!(error("mnv3:large.yaml"), @"
    mnv3:large.yaml: there is no published spec of this name
      = did you mean mnv3:large? `mnv3 spec --list` lists all
    ");
    assert_snapshot!(error("mnv3:"), @"
    mnv3:: there is no published spec of this name
      = `mnv3 spec --list` lists all
    ");
    let folder = Folder::new(&[("a.yaml", "extends: mnv3:lagre\n")]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:1:10: extends mnv3:lagre: there is no published spec of this name
      |
    1 | extends: mnv3:lagre
      |          ^^^^^^^^^^ did you mean mnv3:large? `mnv3 spec --list` lists all
    ");
}

#[test]
fn a_mistake_beside_a_published_base_is_shown_where_it_was_made() {
    let folder = Folder::new(&[(
        "a.yaml",
        "extends: mnv3:small\nbottlenecks: { 12: { k: 3 } }\nwidth: 0.01\n",
    )]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:2:16: bottlenecks has no row `12`
      |
    2 | bottlenecks: { 12: { k: 3 } }
      |                ^^ write a number from 1 to 11, a range such as 1-11, or all

    a.yaml:3:8: width is `0.01`
      |
    3 | width: 0.01
      |        ^^^^ write a number from 0.05 to 8, or a fraction such as 3/4
    ");
    let folder = Folder::new(&[("a.yaml", "extends: mnv3:large\nbottlenecks: { 3: { exp: 9 } }\n")]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    a.yaml:2:26: bottleneck 3 takes 24 channels and expands to 9: exp must be at least the incoming 24
      |
    2 | bottlenecks: { 3: { exp: 9 } }
      |                          ^ write 24 or more
    ");
    // What does not bear a width is a row of the base.
    let folder = Folder::new(&[("a.yaml", "extends: mnv3:large\nbottlenecks: { 1: { out: 99 } }\n")]);
    assert_snapshot!(folder.errors("a.yaml"), @"
    mnv3:large:8:18: bottleneck 2 takes 99 channels and expands to 64: exp must be at least the incoming 99
      |
    8 |   - { k: 3, exp: 64, out: 24, se: false, nl: RE, s: 2 }
      |                  ^^ write 99 or more
    ");
}

#[test]
fn who_names_a_file_that_is_not_there_is_told_of_the_published_spec() {
    let folder = Folder::new(&[("readme.md", ""), ("mine/net.yaml", "")]);
    assert_snapshot!(folder.errors("specs/timm/small-1.0.yaml"), @"
    specs/timm/small-1.0.yaml: there is no such file
      = did you mean mnv3:timm/small-1.0, the published spec?
    ");
    assert_snapshot!(folder.errors("large"), @"
    large: there is no such file
      = did you mean mnv3:large, the published spec?
    ");
    assert_snapshot!(folder.errors("mine/small.yaml"), @"
    mine/small.yaml: there is no such file
      = did you mean mnv3:small, the published spec?
    ");
}

#[test]
fn a_file_whose_name_begins_like_a_published_one_is_named_by_a_path() {
    let folder = Folder::new(&[("mnv3:mine.yaml", "extends: mnv3:small\nname: Mine\n")]);
    let loaded = mnv3_spec::load("./mnv3:mine.yaml", &folder.path("mnv3:mine.yaml")).unwrap();
    assert_eq!(loaded.network.name, "Mine");
}
