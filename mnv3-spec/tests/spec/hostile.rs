//! Texts made to take long, to take much memory or to break the reader.

use crate::extends::Folder;
use crate::tiny::{TINY, errors, tiny_and, tiny_with};
use cpu_time::ThreadTime;
use insta::assert_snapshot;
use std::time::Duration;

/// What is wrong with a text, found soon.
fn soon(text: &str) -> String {
    let start = ThreadTime::now();
    let errors = mnv3_spec::parse("tiny.yaml", text)
        .map(|network| network.name)
        .unwrap_err();
    // The thread's own time: an unoptimised build takes a fifth of it, however busy the machine is.
    assert!(start.elapsed() < Duration::from_secs(4), "took {:?}", start.elapsed());
    assert!(errors.errors.len() <= 50);
    let text = errors.to_string();
    assert!(text.len() < 100_000, "{} bytes of messages", text.len());
    text
}

fn many(entry: impl Fn(usize) -> String) -> String {
    (0..)
        .map(entry)
        .scan(0, |bytes, entry| {
            *bytes += entry.len();
            (*bytes < 1_000_000).then_some(entry)
        })
        .collect()
}

#[test]
fn anchors_that_explode_are_cut_off() {
    let levels = (b'b'..=b'z').map(char::from);
    let level = |c: char| {
        format!(
            "{c}: &{c} [{}]\n",
            vec![format!("*{}", char::from(c as u8 - 1)); 9].join(", ")
        )
    };
    let text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned() + &levels.map(level).collect::<String>();
    assert_snapshot!(soon(&text), @"
    tiny.yaml:5:12: the file holds too many values for a spec
      |
    5 | e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
      |            ^ write the rows of one network, and nothing else
    ");
}

#[test]
fn a_hundred_thousand_open_brackets_are_cut_off() {
    assert_snapshot!(soon(&format!("a: {}", "[".repeat(100_000))), @"
    tiny.yaml:1:259: lists and tables are nested deeper than any spec needs
      |
    1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                    ^ close the brackets that are open
    ");
    assert_snapshot!(soon(&format!("a: {}", "{a: ".repeat(100_000))), @"
    tiny.yaml:1:32: lists and tables are nested deeper than any spec needs
      |
    1 | a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a...
      |                                ^ close the brackets that are open
    ");
    soon(&format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000)));
    soon(&(0..1000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>());
    soon(&"- ".repeat(100_000));
    soon(&"? ".repeat(100_000));
}

#[test]
fn nesting_that_the_parser_would_take_is_too_deep_for_a_spec() {
    assert_snapshot!(soon(&format!("a: {}1{}", "[".repeat(30), "]".repeat(30))), @"
    tiny.yaml:1:11: lists and tables are nested deeper than any spec needs
      |
    1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
      |           ^ close the brackets that are open
    ");
}

#[test]
fn fifty_thousand_keys_are_too_many() {
    assert_snapshot!(soon(&many(|i| format!("k{i}: 1\n"))), @"
    tiny.yaml:8192:8: the file holds too many values for a spec
         |
    8192 | k8191: 1
         |        ^ write the rows of one network, and nothing else
    ");
    soon(&many(|_| "name: x\n".to_owned()));
    soon(&tiny_and(&format!("taps: {{ {} }}", many(|i| format!("t{i}: 1, ")))));
}

#[test]
fn keys_that_fit_are_compared_in_no_time() {
    let keys: String = (0..4000).map(|i| format!("k{i}: 1\n")).collect();
    soon(&format!("{keys}{}", "name: x\n".repeat(4000)));
    soon(&tiny_and(&format!("taps: {{ {} }}", "c3: 1, ".repeat(4000))));
}

#[test]
fn long_lines_and_long_words_are_cut_in_messages() {
    soon(&tiny_with("Tiny", &"A".repeat(900_000)));
    soon(&tiny_with("torchvision", &"a".repeat(900_000)));
    soon(&tiny_with("k: 5", &format!("k: {}", "9".repeat(900_000))));
    soon(&tiny_with("k: 5", &format!("{}: 5", "k".repeat(900_000))));
    soon(&tiny_with("{ k: 5", &format!("{{ {}k: 0", "漢".repeat(300_000))));
    soon(&tiny_and(&format!("taps: {{ {}: 1 }}", "c".repeat(900_000))));
    soon(&tiny_with("Tiny", &format!("'{}'", "a\n".repeat(400_000))));
}

#[test]
fn rows_without_end_are_too_many() {
    let row = "  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }\n";
    soon(&TINY.replace("bottlenecks:\n", &format!("bottlenecks:\n{}", row.repeat(10_000))));
    soon(&format!(
        "{}- &r {row}{}",
        TINY.split("  - ").next().unwrap(),
        "  - *r\n".repeat(100_000)
    ));
}

#[test]
fn long_texts_are_not_copied_to_many_rows() {
    let row = "  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }\n";
    let base = TINY.replace("bottlenecks:\n", &format!("bottlenecks:\n{}", row.repeat(254)));
    let variant = format!(
        "extends: base.yaml\nbottlenecks: {{ all: {{ k: '{}' }} }}\n",
        "x y ".repeat(240_000)
    );
    let folder = Folder::new(&[("base.yaml", &base), ("variant.yaml", &variant)]);
    let start = ThreadTime::now();
    assert!(
        folder
            .errors("variant.yaml")
            .contains("the changes of rows are too many")
    );
    assert!(start.elapsed() < Duration::from_secs(4), "took {:?}", start.elapsed());
    let text = format!(
        "conventions: &a '{}'\nlist: [{}]\n",
        "x".repeat(900_000),
        "*a, ".repeat(200)
    );
    assert!(soon(&text).contains("too many values"));
}

#[test]
fn a_megabyte_of_nothing_is_no_spec() {
    for piece in [
        "\n", " ", "#", "# \n", "-", "- \n", "\u{feff}", "{", "}", "&a ", "*a ", "!", "|\n", "\"", "'", "%", ": ",
        ", ", "\0", "\t", "---\n", "<<: ",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        assert!(!soon(&text).is_empty(), "{piece:?}");
    }
}

#[test]
fn the_largest_spec_is_read_as_fast() {
    let row = "  - { k: [3, 3], exp: 16, out: 16, se: { squeeze: 8 }, nl: RE, s: [1, 1], dilation: [1, 1] }\n";
    let text = tiny_with("  - { k: 3", &format!("{}  - {{ k: 3", row.repeat(254)));
    let start = ThreadTime::now();
    assert_eq!(
        mnv3_spec::parse("tiny.yaml", &text).map(|n| n.bottlenecks.len()),
        Ok(256)
    );
    assert!(start.elapsed() < Duration::from_secs(4), "took {:?}", start.elapsed());
    assert!(errors(&text.replace("bottlenecks:\n", &format!("bottlenecks:\n{row}"))).contains("257 rows"));
}

#[test]
fn messages_show_foreign_text_without_its_control_characters() {
    // A title for the terminal, a line of its own, and text that runs backwards: in the file's name, a key, a value.
    let hostile = "\u{1b}]0;owned\u{7}\r\nerror: \u{202e}fake";
    let key = format!("{hostile:?}");
    let specs = [
        format!("{key}: 1\n"),
        format!("name: {key}\n"),
        format!("extends: {key}\n"),
        "name: \u{202e}fake\n".to_owned(),
        String::new(),
    ];
    for spec in specs {
        let text = mnv3_spec::parse(hostile, &spec).unwrap_err().to_string();
        assert!(text.chars().all(|c| c == '\n' || mnv3_ir::is_plain(c)), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("error: ")), "{text}");
        assert!(
            text.starts_with(r"\u{1b}]0;owned\u{7}\r\nerror: \u{202e}fake"),
            "{text}"
        );
    }
}
