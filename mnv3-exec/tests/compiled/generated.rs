//! Generated specs, compiled. The macro reads files, so forty specs of `mnv3_testing::random` lie beside this one; a test says
//! whether they are still what the generator gives, and another writes them anew.

use crate::agrees;
use mnv3_spec::graph::OutputKind;
use mnv3_testing::random::{Legal, Spec, legal};
use std::fmt::Write;
use std::path::PathBuf;

/// Specs that are compiled.
const NETWORKS: usize = 40;
/// Rows that they have at most, for the time that compiling takes.
const ROWS: usize = 4;

include!("generated/networks.rs");

/// Names and texts of the files: the specs, and the list of them in Rust.
fn files() -> Vec<(String, String)> {
    let small = legal()
        .filter(|legal| legal.network.bottlenecks.len() <= ROWS)
        .take(NETWORKS);
    let mut list = "agrees! {\n".to_owned();
    let mut files = Vec::new();
    for Legal { seed, random, network } in small {
        let graph = network.graph();
        let maps = graph.outputs.iter().filter(|output| output.kind != OutputKind::Vector);
        let maps: Vec<&str> = maps.map(|output| output.name).collect();
        let headless = if network.classify().is_none() { ", headless" } else { "" };
        let (name, file) = (&network.name, format!("random_{seed}.yaml"));
        let maps = maps.join(", ");
        writeln!(
            list,
            "    random_{seed}: {name} of \"tests/compiled/generated/{file}\", with [{maps}]{headless};"
        )
        .unwrap();
        files.push((file, Spec(&random.tree).to_string()));
    }
    list.push_str("}\n");
    files.push(("networks.rs".to_owned(), list));
    files
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compiled/generated"))
}

#[test]
fn the_specs_are_what_the_generator_gives() {
    let files = files();
    let there = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(there, files.len(), "files that the generator gives, and no others");
    for (name, text) in files {
        let found = std::fs::read_to_string(folder().join(&name)).unwrap_or_default();
        let help = "cargo test -p mnv3-exec --test compiled -- --ignored write";
        assert_eq!(
            found, text,
            "{name}: write them anew by `{help}`, and run the tests again"
        );
    }
}

#[test]
#[ignore = "writes files: the specs of this folder anew"]
fn write_the_specs_anew() {
    std::fs::remove_dir_all(folder()).unwrap();
    std::fs::create_dir(folder()).unwrap();
    for (name, text) in files() {
        std::fs::write(folder().join(name), text).unwrap();
    }
}
