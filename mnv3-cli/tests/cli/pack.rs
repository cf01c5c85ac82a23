//! `mnv3 pack`: weights folded and packed for a spec.

use crate::run::{Run, finish, mnv3_in, root};
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

/// Packs weights for the text-direction spec into `packed.mnv3` in a folder of its own.
fn pack(spec: &str, weights: impl AsRef<OsStr>) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let spec = root().canonicalize().unwrap().join(spec);
    let arguments = [
        "pack".as_ref(),
        spec.as_os_str(),
        weights.as_ref(),
        "-o".as_ref(),
        "packed.mnv3".as_ref(),
    ];
    (finish(&mut mnv3_in(folder.path(), arguments)), folder)
}

fn shipped() -> PathBuf {
    root().canonicalize().unwrap().join("specs/text-direction.safetensors")
}

#[test]
fn a_packed_file_packs_again_to_the_same_bytes() {
    let (run, folder) = pack("specs/text-direction.yaml", shipped());
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let first = fs::read(folder.path().join("packed.mnv3")).unwrap();
    let (run, again) = pack("specs/text-direction.yaml", folder.path().join("packed.mnv3"));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(first, fs::read(again.path().join("packed.mnv3")).unwrap());
    assert!(first.starts_with(b"MNV3PACK"));
}

#[test]
fn weights_that_do_not_fit_are_refused_and_nothing_is_written() {
    let (foreign, folder) = pack("specs/small.yaml", shipped());
    assert_eq!(foreign.code, 1);
    assert!(
        foreign.err.contains("the weights do not fit MobileNetV3Small"),
        "{}",
        foreign.err
    );
    assert!(!folder.path().join("packed.mnv3").exists());

    let damaged = folder.path().join("damaged.safetensors");
    fs::write(&damaged, &fs::read(shipped()).unwrap()[..1000]).unwrap();
    let (cut, _) = pack("specs/text-direction.yaml", &damaged);
    assert_eq!(cut.code, 1);
    assert!(cut.err.contains("cut off"), "{}", cut.err);

    let (missing, _) = pack(
        "specs/text-direction.yaml",
        shipped().with_file_name("text-directoin.safetensors"),
    );
    assert_eq!(missing.code, 1);
    assert!(
        missing.err.contains("did you mean text-direction.safetensors?"),
        "{}",
        missing.err
    );
}
