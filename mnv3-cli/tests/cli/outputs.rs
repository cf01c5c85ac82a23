//! Where results go: never over their own input, whole or not at all, and nothing foreign reaches the terminal.

use crate::run::{finish, mnv3_in, root};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

const SPEC: &str = "extends: mnv3:text-direction\nname: Mine\n";

/// A folder with a spec, one that extends it, its weights, and other names for each.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("base.yaml"), SPEC).unwrap();
    fs::write(place("mine.yaml"), "extends: base.yaml\nname: Child\n").unwrap();
    fs::copy(root().join("specs/text-direction.safetensors"), place("w.safetensors")).unwrap();
    folder
}

fn run<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> crate::run::Run {
    finish(&mut mnv3_in(folder, arguments.into_iter().map(OsStr::new)))
}

#[cfg(unix)]
#[test]
fn no_command_overwrites_what_it_reads_by_whatever_name() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    for (file, names) in [
        (
            "mine.yaml",
            ["mine.yaml", "./mine.yaml", "soft-mine.yaml", "hard-mine.yaml"],
        ),
        (
            "base.yaml",
            ["base.yaml", "./base.yaml", "soft-base.yaml", "hard-base.yaml"],
        ),
        (
            "w.safetensors",
            ["w.safetensors", "./w.safetensors", "soft-w", "hard-w"],
        ),
    ] {
        let [.., soft, hard] = names;
        std::os::unix::fs::symlink(file, place(soft)).unwrap();
        fs::hard_link(place(file), place(hard)).unwrap();
        let before = fs::read(place(file)).unwrap();
        for output in names {
            let mut commands = vec![
                vec!["pack", "mine.yaml", "w.safetensors", "-o", output],
                vec!["convert", "w.safetensors", "--check", "mine.yaml", "-o", output],
            ];
            if file.ends_with("yaml") {
                commands.extend(["expand", "torch", "spec"].map(|command| vec![command, "mine.yaml", "-o", output]));
            }
            for command in commands {
                let run = run(folder.path(), command.iter().copied());
                assert_eq!(run.code, 1, "{command:?}");
                assert!(
                    run.err.contains("itself\n  = name another file"),
                    "{command:?}: {}",
                    run.err
                );
                assert_eq!(fs::read(place(file)).unwrap(), before, "{command:?}");
            }
        }
    }
}

#[test]
fn a_dash_is_standard_output_for_every_command_and_for_nothing_else() {
    let folder = folder();
    for (command, starts) in [
        (vec!["expand", "mine.yaml", "-o", "-"], &b"// "[..]),
        (vec!["torch", "mine.yaml", "-o", "-"], b"\"\"\""),
        (vec!["spec", "mine.yaml", "-o", "-"], b"name: Child"),
        (vec!["pack", "mine.yaml", "w.safetensors", "-o", "-"], b"MNV3PACK"),
    ] {
        let output = mnv3_in(folder.path(), &command).output().unwrap();
        assert!(output.status.success(), "{command:?}");
        let found = &output.stdout[..starts.len().min(output.stdout.len())];
        if command[0] != "expand" && command[0] != "spec" {
            assert_eq!(found, starts, "{command:?}");
        }
        assert!(output.stdout.len() > 500, "{command:?}");
    }
    let output = mnv3_in(folder.path(), ["convert", "w.safetensors", "-o", "-"])
        .output()
        .unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&output.stdout).unwrap();
    assert!(tensors.len() > 50);
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("stdout: "),
        "what was done is told elsewhere"
    );
    let both = run(folder.path(), ["convert", "w.safetensors", "--json", "-o", "-"]);
    assert!(both.out.contains("both write to standard output"), "{}", both.out);
    assert!(!folder.path().join("-").exists());
}

#[test]
fn an_older_file_is_replaced_as_a_whole_or_left_as_it_was() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("out.rs"), "older").unwrap();
    let count = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(run(folder.path(), ["expand", "mine.yaml", "-o", "out.rs"]).code, 0);
    assert!(
        fs::read_to_string(place("out.rs"))
            .unwrap()
            .contains("pub type Child =")
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        count,
        "nothing else is left behind"
    );

    fs::create_dir(place("a folder")).unwrap();
    for (output, says) in [
        ("no folder/out.rs", "there is no folder no folder\n  = make it first"),
        ("a folder", "this is a folder\n  = name a file in it"),
        ("out.rs/x.rs", "there is no folder out.rs\n"),
    ] {
        let run = run(folder.path(), ["expand", "mine.yaml", "-o", output]);
        assert_eq!(run.code, 1, "{output}");
        assert!(run.err.contains(says), "{output}: {}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_new_file_has_the_permissions_of_new_files() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("target.rs"), "older").unwrap();
    symlink("target.rs", place("link.rs")).unwrap();
    assert_eq!(run(folder.path(), ["expand", "mine.yaml", "-o", "link.rs"]).code, 0);
    assert!(fs::symlink_metadata(place("link.rs")).unwrap().is_symlink());
    assert!(
        fs::read_to_string(place("target.rs"))
            .unwrap()
            .contains("pub type Child =")
    );
    assert_eq!(run(folder.path(), ["expand", "mine.yaml", "-o", "new.rs"]).code, 0);
    let mode = |name: &str| fs::metadata(place(name)).unwrap().mode();
    fs::write(place("plain"), "").unwrap();
    assert_eq!(mode("new.rs"), mode("plain"));
    // A device is written to, not replaced.
    assert_eq!(run(folder.path(), ["expand", "mine.yaml", "-o", "/dev/null"]).code, 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

/// A title for the terminal, a line of its own, and text that runs backwards.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\r\nerror: \u{202e}fake";

/// Nothing but text, ends of lines and the colours that are our own reaches a terminal.
fn assert_harmless(what: &str, text: &str) {
    let plain = |c: char| c == '\n' || mnv3_ir::is_plain(c);
    assert!(text.chars().all(plain), "{what}: {text:?}");
    assert!(
        !text
            .lines()
            .any(|line| line.starts_with("error: \u{202e}") || line == "error: fake"),
        "{what}: {text}"
    );
}

#[test]
fn names_in_files_reach_the_terminal_without_their_escape_sequences() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    let bytes = [0u8; 4];
    let view = || safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &bytes).unwrap();
    let int = safetensors::tensor::TensorView::new(safetensors::Dtype::I32, vec![1], &bytes).unwrap();
    let names = [format!("a{HOSTILE}"), format!("features.0.0.weight{HOSTILE}")];
    let tensors = names
        .iter()
        .map(|name| (name.clone(), view()))
        .chain([(format!("i{HOSTILE}"), int)]);
    fs::write(
        place("hostile.safetensors"),
        safetensors::serialize(tensors, None).unwrap(),
    )
    .unwrap();
    fs::write(
        place("hostile.yaml"),
        format!("{SPEC}{:?}: 1\ntaps: {{ {:?}: 2 }}\n", HOSTILE, HOSTILE),
    )
    .unwrap();
    for command in [
        vec!["convert", "hostile.safetensors", "--check", "mine.yaml"],
        vec!["convert", "hostile.safetensors", "-o", "out.safetensors"],
        vec![
            "convert",
            "hostile.safetensors",
            "-o",
            "out.safetensors",
            "--prefix",
            HOSTILE,
        ],
        vec![
            "convert",
            "hostile.safetensors",
            "-o",
            "out.safetensors",
            "--key",
            HOSTILE,
        ],
        vec!["pack", "mine.yaml", "hostile.safetensors", "-o", "packed.mnv3"],
        vec!["check", "hostile.yaml", HOSTILE],
        vec!["summary", HOSTILE],
        vec!["summary", "hostile.yaml"],
        vec!["direction", HOSTILE],
        vec!["expand", "mine.yaml", "-o", &format!("{HOSTILE}/x")],
        vec!["convert", HOSTILE, "-o", "x"],
        vec!["bench", HOSTILE],
    ] {
        let run = run(folder.path(), command.iter().copied());
        assert_harmless(&format!("{command:?}"), &run.out);
        assert_harmless(&format!("{command:?}"), &run.err);
    }
    // Machines get them as they are.
    let json = run(
        folder.path(),
        ["convert", "hostile.safetensors", "--check", "mine.yaml", "--json"],
    );
    let extra = json.json()[0]["check"]["extra"].clone();
    assert!(
        extra
            .as_array()
            .unwrap()
            .iter()
            .any(|tensor| tensor["name"] == names[0].as_str()),
        "{extra}"
    );
}

#[cfg(unix)]
#[test]
fn a_hostile_file_name_is_shown_without_its_escape_sequences() {
    let folder = folder();
    let name = format!("x{}.png", HOSTILE.replace('/', ""));
    fs::copy(root().join("tests/images/line-upright.png"), folder.path().join(&name)).unwrap();
    fs::copy(
        folder.path().join("mine.yaml"),
        folder.path().join(format!("{HOSTILE}.yaml")),
    )
    .unwrap();
    for command in [
        vec!["direction", &name],
        vec!["summary", &format!("{HOSTILE}.yaml")],
        vec!["check", &format!("{HOSTILE}.yaml")],
    ] {
        let run = run(folder.path(), command.iter().map(|argument| &**argument));
        assert_eq!(run.code, 0, "{command:?}: {}", run.err);
        assert_harmless(&format!("{command:?}"), &run.out);
    }
}
