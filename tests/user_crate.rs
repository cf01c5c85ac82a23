//! `examples/user-crate` as a stranger has it: copied out of the workspace, built and run; in release, which is minutes more,
//! by `ci/user-crate.sh`.
//! Beside it lie expansions of its spec with one number changed: none of them may compile. And a crate without any spec,
//! which names published ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_testing::{formula, strangers};
use std::path::{Path, PathBuf};
use std::process::Output;

/// A copy of the example, outside of the workspace.
fn copied(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (from, to) = (
        root.join("examples/user-crate"),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
    );
    for folder in ["src/bin", "specs"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
    }
    for file in ["src/main.rs", "specs/tiny.yaml"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
    write_manifest(&to, name);
    to
}

/// A copy of the example with its test, which keeps what the spec compiles to.
fn copied_with_test(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (from, to) = (
        root.join("examples/user-crate"),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
    );
    for folder in ["src", "specs", "tests", "tests/snapshots"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    write_manifest(&to, name);
    to
}

/// The example's manifest under another name, its path to mnv3 made absolute.
fn write_manifest(folder: &Path, name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("examples/user-crate/Cargo.toml")).unwrap();
    let path = format!("path = '{}'", root.display());
    let manifest = manifest.replace("path = \"../..\"", &path).replace("user-crate", name);
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The same versions as here: nothing needs to be fetched.
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    strangers::cargo(env!("CARGO"), env!("CARGO_TARGET_TMPDIR"), folder, arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The expansion of the example's spec, and what may be changed in it: a number, and what rustc then says.
fn alterations(code: &str) -> Vec<(String, &'static str)> {
    let changes = [
        // Channels of a map.
        ("let x: Map<8, 32, 8>", "let x: Map<8, 32, 9>", "mismatched types"),
        // Rows and columns of a map.
        (
            "let x: Map<4, 16, 16>",
            "let x: Map<5, 16, 16>",
            "do not follow from rows in",
        ),
        ("let x: Map<4, 16, 24>", "let x: Map<4, 15, 24>", "mismatched types"),
        // Expanded channels.
        ("Pointwise::<16, 64>", "Pointwise::<16, 65>", "is not satisfied"),
        // Padding.
        (
            "Padding<2, 2, 2, 2>",
            "Padding<2, 1, 2, 2>",
            "do not follow from rows in",
        ),
        // Stride.
        ("Stride<2, 1>", "Stride<2, 2>", "do not follow from columns in"),
        // Squeeze width of one of the two layers.
        ("Pointwise::<64, 8>", "Pointwise::<64, 16>", "mismatched types"),
        // A residual where the shapes differ.
        (
            "residual: NoResidual",
            "residual: AddInput",
            "what is added has another shape",
        ),
        // Scores.
        ("scores: &mut [f32; 4]", "scores: &mut [f32; 5]", "mismatched types"),
        // The image.
        ("Image<32, 64, 1>", "Image<32, 32, 1>", "the array has another length"),
    ];
    let altered = changes.map(|(from, to, message)| {
        assert!(code.contains(from), "the expansion has no `{from}`");
        (code.replacen(from, to, 1), message)
    });
    altered.into_iter().collect()
}

/// A file with formula weights for the example's spec.
fn weights(network: &mnv3_spec::Network) -> Vec<u8> {
    let tensors = network.layers().into_iter().flat_map(|layer| layer.iter());
    formula::weights(tensors.map(|t| (t.name.as_str(), t.shape.as_slice())), 4.75).unwrap()
}

/// Builds and runs a binary of the crate; its standard output.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = cargo(folder, &[&["run"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn numbers(line: &str) -> Vec<f32> {
    line.trim()
        .trim_matches(['[', ']'])
        .split(',')
        .map(|s| s.trim().parse().unwrap())
        .collect()
}

/// Its weights in the program, packed and not; and a number that the spec decides.
const EMBEDDED: &str = r#"
mod packed {
    mnv3::mobilenet!("specs/tiny.yaml", weights = "tiny.mnv3");
}
mod folded {
    mnv3::mobilenet!("specs/tiny.yaml", weights = "tiny.safetensors");
}

fn main() {
    let image = mnv3::ndarray::Array3::from_elem(packed::Tiny::INPUT_SIZE, 0.5);
    let scores = packed::Tiny::embedded().forward(image.view()).unwrap();
    assert_eq!(scores, folded::Tiny::embedded().forward(image.view()).unwrap());
    println!("{}", packed::Tiny::CLASSES);
}
"#;

#[test]
fn a_user_crate_works_and_an_altered_expansion_does_not_compile() {
    let folder = copied("user-crate");
    let spec = folder.join("specs/tiny.yaml");
    let network = mnv3_spec::load("specs/tiny.yaml", &spec).unwrap().network;
    let code = mnv3_codegen::pretty(&network);
    let program = |code: &str| {
        let main = "fn main() {
            let network = Tiny::from_safetensors(&[]).unwrap();
            let mut scores = [0.0; Tiny::CLASSES];
            network.forward_into(&mut Tiny::workspace(), &[0.0; 32 * 64], &mut scores);
        }";
        format!("{code}\n{main}\n")
    };
    std::fs::write(folder.join("src/bin/unaltered.rs"), program(&code)).unwrap();
    let alterations = alterations(&code);
    for (i, (code, _)) in alterations.iter().enumerate() {
        std::fs::write(folder.join(format!("src/bin/altered{i}.rs")), program(code)).unwrap();
    }
    std::fs::write(folder.join("src/bin/embedded.rs"), EMBEDDED).unwrap();
    let file = weights(&network);
    std::fs::write(folder.join("tiny.mnv3"), mnv3_codegen::pack(&network, &file).unwrap()).unwrap();
    std::fs::write(folder.join("tiny.safetensors"), file).unwrap();

    let scores = numbers(&run(&folder, &["--bin", "user-crate", "--", "tiny.safetensors"]));
    assert_eq!(scores.len(), 4);
    assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{scores:?}");

    let output = cargo(&folder, &["build", "--bin", "unaltered"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for (i, (_, message)) in alterations.iter().enumerate() {
        let output = cargo(&folder, &["build", "--bin", &format!("altered{i}")]);
        assert!(!output.status.success(), "alteration {i} compiles");
        let stderr = text(&output.stderr);
        assert!(
            stderr.contains(message),
            "alteration {i} fails for another reason than `{message}`: {stderr}"
        );
    }

    // An edited spec is compiled again, and packed weights that it has left behind are a compile error.
    assert_eq!(run(&folder, &["--bin", "embedded"]), "4\n");
    let edited = std::fs::read_to_string(&spec)
        .unwrap()
        .replace("classes: 4", "classes: 3");
    std::fs::write(&spec, edited).unwrap();
    let stale = cargo(&folder, &["build", "--bin", "embedded"]);
    assert!(
        text(&stale.stderr).contains("pack it again with `mnv3 pack`"),
        "{}",
        text(&stale.stderr)
    );
    let network = mnv3_spec::load("specs/tiny.yaml", &spec).unwrap().network;
    let file = weights(&network);
    std::fs::write(folder.join("tiny.mnv3"), mnv3_codegen::pack(&network, &file).unwrap()).unwrap();
    std::fs::write(folder.join("tiny.safetensors"), file).unwrap();
    assert_eq!(run(&folder, &["--bin", "embedded"]), "3\n");
}

#[test]
#[ignore = "builds all dependencies in release: ci/user-crate.sh"]
fn a_release_build_answers_like_a_debug_build() {
    let folder = copied("user-crate-release");
    let network = mnv3_spec::load("", &folder.join("specs/tiny.yaml")).unwrap().network;
    std::fs::write(folder.join("tiny.safetensors"), weights(&network)).unwrap();
    let [debug, release] =
        ["dev", "release"].map(|profile| run(&folder, &["--profile", profile, "--", "tiny.safetensors"]));
    assert_eq!(debug, release);
}

#[test]
fn a_crate_may_call_mnv3_by_another_name() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("renamed");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    write_manifest(&folder, "renamed");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("\nmnv3 = {", "\nvision = { package = \"mnv3\",");
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let main = "vision::mobilenet!(\"mnv3:text-direction\", crate = ::vision, name = \"Lines\", weights = \"mnv3:text-direction\");
        fn main() { println!(\"{} {:?}\", Lines::CLASSES, Lines::embedded()); }";
    std::fs::write(folder.join("src/main.rs"), main).unwrap();
    let answer = run(&folder, &[]);
    assert!(answer.starts_with("2 Lines"), "{answer}");
}

#[test]
fn a_crate_s_snapshots_fail_readably_when_a_row_changes() {
    let folder = copied_with_test("snapshots");
    let spec = folder.join("specs/tiny.yaml");
    let written = std::fs::read_to_string(&spec).unwrap();
    let test = |text: &str| {
        std::fs::write(&spec, text).unwrap();
        let output = cargo(&folder, &["test", "--test", "spec"]);
        (output.status.success(), text_of(&output))
    };
    let (passes, output) = test(&written);
    assert!(
        passes,
        "the example's own snapshots are stale: bash examples/user-crate/update-snapshots.sh\n{output}"
    );
    let (passes, output) = test(&format!("# A comment,\n\n# and another one.\n{written}"));
    assert!(passes, "a comment changes a snapshot: {output}");
    let row = "{ k: 5, exp: 64, out: 16, se: { squeeze: 8 }, nl: HS, s: 1 }";
    assert!(written.contains(row), "the example has no row {row}");
    let (passes, output) = test(&written.replace(row, &row.replace("k: 5", "k: 7")));
    assert!(!passes, "another kernel changes no snapshot: {output}");
    for line in ["-bottleneck 3  { k: 5, exp: 64", "+bottleneck 3  { k: 7, exp: 64"] {
        assert!(output.contains(line), "{line} is not in {output}");
    }
    // Nor is there a text of a spec that is wrong: what is, is drawn.
    let (passes, output) = test(&written.replace(row, &row.replace("k: 5", "kernel: 5")));
    assert!(!passes && output.contains("^^^^^^ write `k: 3`"), "{output}");
}

fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

/// Everything that a crate needs beside its manifest.
const PUBLISHED: &str = r#"
mnv3::mobilenet!("mnv3:timm/small-1.0");
mnv3::mobilenet!("mnv3:text-direction", weights = "mnv3:text-direction");

fn main() {
    println!("{} {:?}", TimmSmall100::PARAMETERS, TimmSmall100::INPUT_SIZE);
    let line = mnv3::ndarray::Array3::zeros(TextDirection::INPUT_SIZE);
    println!("{}", TextDirection::embedded().forward(line.view()).unwrap().sum());
}
"#;

#[test]
fn a_crate_without_a_spec_of_its_own_names_published_ones() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("published");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    write_manifest(&folder, "published");
    std::fs::write(folder.join("src/main.rs"), PUBLISHED).unwrap();
    let answer = run(&folder, &[]);
    let (network, probabilities) = answer.split_once('\n').unwrap();
    // timm says 2,542,856 parameters for mobilenetv3_small_100.
    assert_eq!(network, "2542856 [224, 224, 3]");
    let sum: f32 = probabilities.trim().parse().unwrap();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}
