//! Files that cannot be read as specs.

use crate::extends::Folder;
use crate::tiny::TINY;
use insta::assert_snapshot;

#[test]
fn a_missing_file_is_answered_with_the_nearest() {
    assert_snapshot!(Folder::new(&[("large.yaml", TINY)]).errors("lage.yaml"), @"
    lage.yaml: there is no such file
      = did you mean large.yaml?
    ");
}

#[test]
fn a_missing_file_unlike_any_other_is_answered_with_what_is_there() {
    let folder = Folder::new(&[("large.yaml", TINY), ("small.yaml", TINY)]);
    assert_snapshot!(folder.errors("network.yaml"), @"
    network.yaml: there is no such file
      = its folder holds large.yaml, small.yaml
    ");
}

#[test]
fn a_folder_without_specs_is_called_so() {
    assert_snapshot!(Folder::new(&[("readme.md", "")]).errors("mine.yaml"), @"
    mine.yaml: there is no such file
      = its folder holds no .yaml file; check the path
    ");
}

#[test]
fn a_folder_is_no_spec() {
    assert_snapshot!(Folder::new(&[("specs/large.yaml", TINY)]).errors("specs"), @"
    specs: this is not a file
      = name a YAML file
    ");
}

#[test]
fn text_of_another_encoding_is_refused() {
    let folder = Folder::new(&[("latin.yaml", TINY)]);
    std::fs::write(folder.path("latin.yaml"), [TINY.as_bytes(), b"# caf\xe9\n"].concat()).unwrap();
    assert_snapshot!(folder.errors("latin.yaml"), @"
    latin.yaml: the file is not UTF-8 text
      = save it as UTF-8
    ");
}

#[test]
fn a_file_larger_than_any_spec_is_not_read() {
    let folder = Folder::new(&[("large.yaml", &format!("{TINY}#{}", "x".repeat(1 << 20)))]);
    assert_snapshot!(folder.errors("large.yaml"), @"
    large.yaml: the file is larger than 1048576 bytes
      = name a spec; the published ones have about a thousand bytes
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_no_spec() {
    let errors = mnv3_spec::load("/dev/zero", std::path::Path::new("/dev/zero")).unwrap_err();
    assert_snapshot!(errors, @"
    /dev/zero: this is not a file
      = name a YAML file
    ");
}
