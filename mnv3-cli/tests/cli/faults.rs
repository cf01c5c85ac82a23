//! Faults of the world around the command: full disks, folders and files without permission, links in circles, files that
//! shrink while they are read, streams that are closed, signals. Each is an error that says so, and never half a file.

use crate::run::{Run, finish, mnv3_in, root};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SPEC: &str = "mnv3:text-direction";

/// A folder that anybody may enter, with weights, a picture and a spec in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::copy(root().join("specs/text-direction.safetensors"), place("w.safetensors")).unwrap();
    fs::copy(root().join("tests/images/line-upright.png"), place("a.png")).unwrap();
    fs::write(place("mine.yaml"), format!("extends: {SPEC}\nname: Mine\n")).unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

/// Every command that writes a file, but for the file's name.
const WRITERS: [&[&str]; 4] = [
    &["pack", SPEC, "w.safetensors", "-o"],
    &["convert", "w.safetensors", "-o"],
    &["expand", SPEC, "-o"],
    &["torch", SPEC, "-o"],
];

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The command as a line of a shell, where `"$@"` stands for it.
fn in_shell(folder: &Path, line: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .args(["-c", line, "sh", env!("CARGO_BIN_EXE_mnv3")]);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The command as somebody who owns nothing: root may do everything. `bin` is a folder for a copy of it, since what is
/// built may lie where nobody else may look.
fn as_nobody(folder: &Path, bin: &Path, arguments: &[&str]) -> Run {
    let program = bin.join("mnv3");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_mnv3"), &program).unwrap();
        fs::set_permissions(bin, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    if is_root() {
        command.uid(65534).gid(65534);
    }
    finish(&mut command)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

fn refused(run: &Run, says: &[&str]) {
    assert_eq!(run.code, 1, "{}", run.err);
    for says in says {
        assert!(run.err.contains(says), "{says:?} is not in {}", run.err);
    }
}

#[test]
fn a_file_that_finds_no_room_leaves_the_older_one_as_it_was() {
    let folder = folder();
    fs::write(folder.path().join("out"), "older").unwrap();
    let before = names(folder.path());
    for writer in WRITERS {
        // Half a kilobyte is the most that a file may have: to a program, a disk that is full at that byte.
        let line = r#"ulimit -f 1; trap "" XFSZ; exec "$@""#;
        let run = finish(&mut in_shell(folder.path(), line, &[writer, &["out"]].concat()));
        refused(&run, &["out: the file cannot be written", "the disk is not full"]);
        assert_eq!(fs::read(folder.path().join("out")).unwrap(), b"older", "{writer:?}");
        assert_eq!(names(folder.path()), before, "{writer:?}");
    }
    let line = r#"ulimit -f 1; trap "" XFSZ; exec "$@""#;
    let run = finish(&mut in_shell(folder.path(), line, &["new", "fresh"]));
    refused(&run, &["cannot be written"]);
    assert_eq!(names(folder.path()), before, "half a crate is none");
}

#[test]
fn in_a_small_address_space_answers_are_the_same_and_what_does_not_fit_is_told() {
    let folder = folder();
    // Kilobytes, those of the program itself among them.
    let line = r#"ulimit -v 262144; exec "$@""#;
    let arguments = ["direction", "a.png", "--json", "--jobs", "1"];
    let run = finish(&mut in_shell(folder.path(), line, &arguments));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(run.out, finish(&mut mnv3_in(folder.path(), arguments)).out);
    let large = fs::File::create(folder.path().join("large.safetensors")).unwrap();
    large.set_len(1 << 29).unwrap();
    let before = names(folder.path());
    for writer in [
        ["pack", SPEC, "large.safetensors", "-o", "out"].as_slice(),
        &["convert", "large.safetensors", "-o", "out"],
    ] {
        let run = finish(&mut in_shell(folder.path(), line, writer));
        refused(
            &run,
            &["large.safetensors: the file cannot be read: out of memory", "ulimit -v"],
        );
        assert_eq!(names(folder.path()), before, "{writer:?}");
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_is_left_on_it() {
    // A file system of sixty-four kilobytes, where this may be made.
    let line = r#"mkdir disk && mount -t tmpfs -o size=64k none disk || exit 99
        "$@"; code=$?; ls -A disk; exit $code"#;
    for writer in &WRITERS[..2] {
        let folder = folder();
        let mut command = Command::new("unshare");
        command.args([
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            line,
            "sh",
            env!("CARGO_BIN_EXE_mnv3"),
        ]);
        command
            .current_dir(folder.path())
            .args(*writer)
            .arg("disk/out")
            .stdin(Stdio::null());
        let Ok(output) = command.output() else { return };
        if output.status.code() == Some(99) || output.stderr.starts_with(b"unshare") {
            return;
        }
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (code, out, err) = (output.status.code().unwrap(), text(output.stdout), text(output.stderr));
        assert_eq!(out, "", "nothing is on the disk");
        refused(
            &Run { code, out, err },
            &["disk/out: the file cannot be written: No space left on device"],
        );
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_told() {
    let (folder, bin) = (folder(), tempfile::tempdir().unwrap());
    let before = names(folder.path());
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o555)).unwrap();
    for writer in WRITERS {
        let run = as_nobody(folder.path(), bin.path(), &[writer, &["out"]].concat());
        refused(
            &run,
            &[
                "out: the file cannot be written: Permission denied",
                "check that you may write there",
            ],
        );
    }
    let run = as_nobody(folder.path(), bin.path(), &["new", "fresh"]);
    refused(&run, &["cannot be", "Permission denied"]);
    assert_eq!(names(folder.path()), before);
}

/// Every command that reads, with the file that it is about last.
const READERS: [&[&str]; 7] = [
    &["check", "mine.yaml"],
    &["summary", "mine.yaml"],
    &["expand", "mine.yaml"],
    &["direction", "a.png"],
    &["convert", "-o", "out", "w.safetensors"],
    &["pack", "-o", "out", SPEC, "w.safetensors"],
    &["classify", SPEC, "w.safetensors", "a.png"],
];

#[test]
fn a_file_that_may_not_be_read_is_told() {
    let (folder, bin) = (folder(), tempfile::tempdir().unwrap());
    for reader in READERS {
        let file = folder.path().join(reader[reader.len() - 1]);
        fs::set_permissions(&file, PermissionsExt::from_mode(0o000)).unwrap();
        let run = as_nobody(folder.path(), bin.path(), reader);
        fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
        refused(&run, &["cannot be read: Permission denied", "check its permissions"]);
    }
}

#[test]
fn links_that_lead_nowhere_are_told() {
    let folder = folder();
    for reader in READERS {
        let file = folder.path().join(reader[reader.len() - 1]);
        let aside = folder.path().join("aside");
        fs::rename(&file, &aside).unwrap();
        symlink("gone", &file).unwrap();
        let run = finish(&mut mnv3_in(folder.path(), reader));
        refused(&run, &["link to gone, which leads to no file", "make the link anew"]);
        fs::remove_file(&file).unwrap();
        symlink("there", &file).unwrap();
        symlink(&file, folder.path().join("there")).unwrap();
        let run = finish(&mut mnv3_in(folder.path(), reader));
        refused(&run, &["link to there, which leads to no file", "make the link anew"]);
        fs::remove_file(folder.path().join("there")).unwrap();
        fs::rename(&aside, &file).unwrap();
    }
    // A result may not go there either.
    symlink("round", folder.path().join("round")).unwrap();
    symlink("gone", folder.path().join("dangling")).unwrap();
    for writer in WRITERS {
        for (link, to) in [("round", "round"), ("dangling", "gone")] {
            let run = finish(&mut mnv3_in(folder.path(), [writer, &[link]].concat()));
            refused(
                &run,
                &[
                    &format!("{link}: this is a link to {to}, which leads to no file"),
                    "make the link anew",
                ],
            );
            assert!(folder.path().join(link).is_symlink());
        }
    }
}

/// Files are read, not mapped: what is gone when its turn comes is an error, never a signal.
#[test]
fn a_file_that_shrinks_and_grows_while_it_is_read_is_read_or_refused() {
    let folder = folder();
    let file = folder.path().join("w.safetensors");
    let bytes = fs::read(&file).unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    let changes = std::thread::spawn(move || {
        while Instant::now() < until {
            let open = fs::OpenOptions::new().write(true).open(&file).unwrap();
            for share in 0..4 {
                open.set_len(bytes.len() as u64 * share / 4).unwrap();
            }
            fs::write(&file, &bytes).unwrap();
        }
    });
    while !changes.is_finished() {
        let run = finish(&mut mnv3_in(
            folder.path(),
            ["pack", SPEC, "w.safetensors", "-o", "out"],
        ));
        assert!([0, 1].contains(&run.code), "{}", run.err);
        assert_eq!(run.err.starts_with("error: "), run.code == 1, "{}", run.err);
    }
    changes.join().unwrap();
}

#[test]
fn streams_that_are_closed_do_not_become_part_of_a_file() {
    let folder = folder();
    for writer in WRITERS {
        let whole = finish(&mut mnv3_in(folder.path(), [writer, &["whole"]].concat()));
        assert_eq!(whole.code, 0, "{}", whole.err);
        let line = r#"exec "$@" <&- >&- 2>&-"#;
        let run = finish(&mut in_shell(folder.path(), line, &[writer, &["out"]].concat()));
        assert_eq!(run.code, 0, "{writer:?}");
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read("out"), read("whole"), "{writer:?}");
    }
    for reader in READERS {
        let line = r#"exec "$@" <&- >&- 2>&-"#;
        let run = finish(&mut in_shell(folder.path(), line, reader));
        assert_eq!(
            (run.code, run.out, run.err),
            (0, String::new(), String::new()),
            "{reader:?}"
        );
    }
}

/// The other name under which a result is being written, if it is.
fn part(folder: &Path) -> Option<PathBuf> {
    let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|path| path.extension().is_some_and(|end| end == "part"))
}

#[test]
fn a_signal_while_a_file_is_written_leaves_the_older_one_or_the_whole_new_one() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    // So many bytes that a signal comes in time.
    let numbers = vec![0u8; 64 << 20];
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![16 << 20], &numbers).unwrap();
    fs::write(
        place("big.safetensors"),
        safetensors::serialize([("big", view)], None).unwrap(),
    )
    .unwrap();
    let arguments = ["convert", "big.safetensors", "-o"];
    let run = finish(&mut mnv3_in(folder.path(), [&arguments[..], &["whole"]].concat()));
    assert_eq!(run.code, 0, "{}", run.err);
    let whole = fs::read(place("whole")).unwrap();
    let mut interrupted = 0;
    for signal in ["TERM", "INT", "KILL"].into_iter().cycle().take(12) {
        fs::write(place("out"), "older").unwrap();
        let mut command = mnv3_in(folder.path(), [&arguments[..], &["out"]].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while part(folder.path()).is_none() && child.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        let _ = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        let _ = child.wait().unwrap();
        let found = fs::read(place("out")).unwrap();
        assert!(found == b"older" || found == whole, "{signal}: {} bytes", found.len());
        interrupted += usize::from(found == b"older");
        if let Some(part) = part(folder.path()) {
            fs::remove_file(part).unwrap();
        }
    }
    assert!(interrupted > 0, "no signal came in time");
}
