//! The smallest spec with everything in it, and mistakes made in it.

/// Two bottlenecks, the second with squeeze-excite.
pub(crate) const TINY: &str = "\
name: Tiny
dialect: torchvision
input: { size: [32, 32], channels: 3 }
stem: { k: 3, out: 16, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }
  - { k: 5, exp: 64, out: 24, se: true, nl: HS, s: 2 }
last: { out: 96, nl: HS }
head: { pool: avg, hidden: 32, nl: HS, classes: 10 }
";

/// [`TINY`] with the one place that says `from` saying `to`.
pub(crate) fn tiny_with(from: &str, to: &str) -> String {
    assert_eq!(TINY.matches(from).count(), 1, "{from} must stand in the spec once");
    TINY.replace(from, to)
}

/// [`TINY`] and one line more.
pub(crate) fn tiny_and(line: &str) -> String {
    format!("{TINY}{line}\n")
}

/// All that is wrong with a text, as the user reads it.
pub(crate) fn errors(text: &str) -> String {
    match mnv3_spec::parse("tiny.yaml", text) {
        Ok(network) => panic!("nothing is wrong with {}", network.name),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn nothing_is_wrong_with_the_tiny_spec() {
    let network = mnv3_spec::parse("tiny.yaml", TINY).unwrap();
    assert_eq!((network.name.as_str(), network.bottlenecks.len()), ("Tiny", 2));
}
