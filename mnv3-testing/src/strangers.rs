//! Crates as a stranger has them: outside of the workspace, built with what is there.

use std::path::Path;
use std::process::Command;

/// What such crates optimise, as `mnv3 new` writes it, and the crates beneath: all are built alike, so that one serves every crate.
const OPTIMISED: [&str; 10] = [
    "mnv3",
    "mnv3-image",
    "mnv3-resize",
    "mnv3-runtime",
    "mnv3-weights",
    "fearless_simd",
    "image",
    "png",
    "fdeflate",
    "zune-jpeg",
];

/// `cargo ARGUMENTS` in a folder, without network, snapshots compared and never written. `temporary` is `CARGO_TARGET_TMPDIR` of the tests: what they are built of
/// lies beside it, and serves these crates too where it is built alike.
pub fn cargo(cargo: &str, temporary: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo);
    command.arg("--offline");
    for package in OPTIMISED {
        let setting = format!("profile.dev.package.{package}.opt-level=3");
        command.args(["--config", &setting]);
    }
    command.args(arguments).current_dir(folder);
    if let Some(target) = Path::new(temporary).parent() {
        command.env("CARGO_TARGET_DIR", target);
    }
    command
        .env("INSTA_UPDATE", "no")
        .env("INSTA_FORCE_PASS", "0")
        .env("NO_COLOR", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // They are built once.
        .env("CARGO_INCREMENTAL", "0");
    command
}
