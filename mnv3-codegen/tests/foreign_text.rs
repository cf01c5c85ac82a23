//! Text of the user's, in rows, comments and file names, stands in generated code without becoming part of it.

#![allow(clippy::panic, reason = "a helper of tests stops like tests")]

/// Ends a comment in Rust and in Python, ends a docstring, and turns the direction of writing.
const HOSTILE: &str = "x\n*/ \"\"\" \\ fn f() {} \u{1b}[31m \u{202e}\u{2066}\u{2028}\u{2029}\u{200f}\u{feff}\ry";

fn network(file: &str, comment: &str) -> mnv3_spec::Network {
    let spec = format!(
        "name: Tiny\ndialect: torchvision\ninput: {{ size: [64, 64], channels: 3 }}\nstem: {{ k: 3, out: 16, nl: HS, s: 2 }}\n\
         bottlenecks:\n  - {{ k: 3, exp: 16, # {comment}\n      out: 16, se: true, nl: RE, s: 2 }}\nlast: none\nhead: none\n"
    );
    mnv3_spec::parse(file, &spec).unwrap_or_else(|errors| panic!("{errors}"))
}

fn assert_plain(text: &str) {
    for (i, line) in text.lines().enumerate() {
        assert!(line.chars().all(mnv3_ir::is_plain), "line {}: {line:?}", i + 1);
    }
}

/// In Python's comments they mean nothing.
fn docstring_marks(python: &str) -> usize {
    let code = python.lines().filter(|line| !line.trim_start().starts_with('#'));
    code.map(|line| line.matches("\"\"\"").count()).sum()
}

#[test]
fn generated_code_holds_no_character_that_rustc_or_python_would_stumble_over() {
    // In a comment of YAML an end of line cannot stand, nor what YAML refuses as a character.
    let comment = "\u{202e} bidi \u{2066} */ \"\"\" \\";
    for (file, comment) in [("tiny.yaml", comment), (HOSTILE, "plain"), (HOSTILE, comment)] {
        let network = network(file, comment);
        let rust = mnv3_codegen::pretty(&network);
        assert_plain(&rust);
        let parsed = syn::parse_file(&rust).unwrap_or_else(|error| panic!("{error}: {rust}"));
        let tokens = mnv3_codegen::tokens(&network, None);
        let without: syn::File = syn::parse2(tokens).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parsed.items.len(), without.items.len(), "nothing became an item");

        let python = mnv3_codegen::torch(&network);
        assert_plain(&python);
        let plain = mnv3_codegen::torch(&self::network("tiny.yaml", "plain"));
        assert_eq!(
            docstring_marks(&python),
            docstring_marks(&plain),
            "no docstring ends early"
        );
        assert_eq!(python.lines().count(), plain.lines().count());
    }
}
