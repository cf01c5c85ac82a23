//! Changes of single rows of the table that a spec extends.

use crate::extends::Folder;
use crate::tiny::TINY;
use insta::assert_snapshot;
use mnv3_spec::{Loaded, Network};

fn folder(variant: &str) -> Folder {
    Folder::new(&[
        ("tiny.yaml", TINY),
        ("a.yaml", &format!("extends: tiny.yaml\n{variant}\n")),
    ])
}

fn network(variant: &str) -> Network {
    let loaded: Loaded = folder(variant)
        .load("a.yaml")
        .unwrap_or_else(|errors| panic!("{errors}"));
    loaded.network
}

fn kernels(network: &Network) -> Vec<[usize; 2]> {
    network.bottlenecks.iter().map(|b| b.depthwise.window.kernel).collect()
}

#[test]
fn one_row_a_range_or_all_can_be_changed() {
    assert_eq!(kernels(&network("bottlenecks: { 1: { k: 7 } }")), [[7, 7], [5, 5]]);
    assert_eq!(kernels(&network("bottlenecks: { 1-2: { k: 7 } }")), [[7, 7], [7, 7]]);
    assert_eq!(kernels(&network("bottlenecks: { all: { k: 7 } }")), [[7, 7], [7, 7]]);
}

#[test]
fn a_later_change_lies_over_an_earlier_one() {
    assert_eq!(
        kernels(&network("bottlenecks: { all: { k: 7 }, 2: { k: 3 } }")),
        [[7, 7], [3, 3]]
    );
}

#[test]
fn a_changed_row_is_quoted_with_its_change() {
    let network = network("bottlenecks: { 2: { s: [2, 1] } }");
    let source = &network.bottlenecks[1].source;
    assert_eq!((source.file.as_str(), source.line), ("tiny.yaml", 7));
    assert_eq!(
        source.text,
        "{ k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 } with s: [2, 1]"
    );
}

#[test]
fn a_list_of_rows_replaces_the_table() {
    let row = "{ k: 3, exp: 16, out: 8, se: false, nl: RE, s: 1 }";
    assert_eq!(network(&format!("bottlenecks: [{row}]")).bottlenecks.len(), 1);
}

#[test]
fn rows_that_are_not_there_cannot_be_changed() {
    let changes = "bottlenecks:\n  0: { k: 3 }\n  3: { k: 3 }\n  2-1: { k: 3 }\n  last: { k: 3 }\n  1-: { k: 3 }";
    assert_snapshot!(folder(changes).errors("a.yaml"), @"
    a.yaml:3:3: bottlenecks has no row `0`
      |
    3 |   0: { k: 3 }
      |   ^ write a number from 1 to 2, a range such as 1-2, or all

    a.yaml:4:3: bottlenecks has no row `3`
      |
    4 |   3: { k: 3 }
      |   ^ write a number from 1 to 2, a range such as 1-2, or all

    a.yaml:5:3: bottlenecks has no row `2-1`
      |
    5 |   2-1: { k: 3 }
      |   ^^^ write a number from 1 to 2, a range such as 1-2, or all

    a.yaml:6:3: bottlenecks has no row `last`
      |
    6 |   last: { k: 3 }
      |   ^^^^ write a number from 1 to 2, a range such as 1-2, or all

    a.yaml:7:3: bottlenecks has no row `1-`
      |
    7 |   1-: { k: 3 }
      |   ^^ write a number from 1 to 2, a range such as 1-2, or all
    ");
}

#[test]
fn a_change_is_a_table() {
    assert_snapshot!(folder("bottlenecks: { 2: 5 }").errors("a.yaml"), @"
    a.yaml:2:19: the change of row 2 is `5`, not a table
      |
    2 | bottlenecks: { 2: 5 }
      |                   ^ write { key: value } with the keys that differ
    ");
}

#[test]
fn a_mistake_in_a_change_of_many_rows_is_reported_once() {
    assert_snapshot!(folder("bottlenecks: { all: { kk: 3, s: 0 } }").errors("a.yaml"), @"
    a.yaml:2:23: bottleneck 1 has no key `kk`
      |
    2 | bottlenecks: { all: { kk: 3, s: 0 } }
      |                       ^^ did you mean `k`?

    a.yaml:2:33: s of bottleneck 1 is `0`
      |
    2 | bottlenecks: { all: { kk: 3, s: 0 } }
      |                                 ^ write a whole number from 1 to 8
    ");
}

#[test]
fn a_row_is_changed_once() {
    assert_snapshot!(folder("bottlenecks: { 2: { k: 3 }, 2: { s: 1 } }").errors("a.yaml"), @"
    a.yaml:2:29: row 2 is changed twice
      |
    2 | bottlenecks: { 2: { k: 3 }, 2: { s: 1 } }
      |                             ^ write one table with all changes of the row
    ");
}

#[test]
fn without_a_base_there_is_no_row_to_change() {
    let text =
        TINY.split("bottlenecks").next().unwrap().to_owned() + "bottlenecks: { 1: { k: 3 } }\nlast: none\nhead: none\n";
    assert_snapshot!(crate::tiny::errors(&text), @"
    tiny.yaml:5:14: bottlenecks is a table
      |
    5 | bottlenecks: { 1: { k: 3 } }
      |              ^^^^^^^^^^^^^^^ write a list of rows; a table changes rows of the file that `extends` names
    ");
}

#[test]
fn changes_larger_than_a_table_are_refused() {
    let change = format!("bottlenecks: {{ all: {{ k: [{}] }} }}", "1, ".repeat(9000));
    assert_snapshot!(folder(&change).errors("a.yaml"), @"
    a.yaml:2:16: the changes of rows are too many
      |
    2 | bottlenecks: { all: { k: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,...
      |                ^^^ write the rows in full
    ");
}
