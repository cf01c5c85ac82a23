//! Commands in documents have options that there are.

use crate::processes::run;
use std::path::Path;

#[test]
fn options_of_mnv3_cluster_in_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("docs/batch.md")).unwrap();
    let commands = text.replace("\\\n", " ");
    let commands: Vec<&str> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("mnv3 cluster "))
        .collect();
    assert!(commands.len() > 2, "{commands:?}");
    for command in commands {
        let subcommand = command.split(' ').next().unwrap();
        let help = run(&[subcommand, "--help"]);
        assert_eq!(help.code, Some(0), "{command}");
        for option in command.split(' ').filter(|word| word.starts_with("--")) {
            assert!(help.out.contains(option), "mnv3 cluster {subcommand} has no {option}");
        }
    }
}
