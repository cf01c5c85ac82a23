//! Whatever a spec says, reading it ends in a network or in errors.

use crate::tiny::TINY;
use proptest::prelude::*;

/// Reads a text and draws what is wrong with it.
fn read(text: &str) {
    if let Err(errors) = mnv3_spec::parse("net.yaml", text) {
        assert!(!errors.to_string().is_empty());
    }
}

/// Numbers within limits, at their edges, and far beyond.
fn number() -> BoxedStrategy<String> {
    let whole = prop_oneof![
        8 => (0_i64..40).prop_map(|n| n.to_string()),
        2 => prop_oneof![Just(4096_i64), Just(4097), Just(16384), Just(16385), Just(100_000), Just(-1), Just(256)]
            .prop_map(|n| n.to_string()),
        1 => any::<i128>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_map(|x| x.to_string()),
    ];
    prop_oneof![
        6 => whole.clone(),
        1 => (whole.clone(), whole).prop_map(|(h, w)| format!("[{h}, {w}]")),
        1 => prop_oneof![Just("none"), Just("~"), Just("1/3"), Just(".inf"), Just(".nan"), Just("0x10"), Just("{}")]
            .prop_map(str::to_owned),
    ]
    .boxed()
}

fn row() -> BoxedStrategy<String> {
    let columns = (number(), number(), number(), number(), number());
    let words = (
        prop_oneof![Just("RE"), Just("HS")],
        prop_oneof![Just("true"), Just("false"), Just("{ squeeze: 7 }")],
    );
    let row = |((k, exp, out, s, dilation), (nl, se))| {
        format!("  - {{ k: {k}, exp: {exp}, out: {out}, se: {se}, nl: {nl}, s: {s}, dilation: {dilation} }}\n")
    };
    (columns, words).prop_map(row).boxed()
}

/// A row that fits where 16 channels come in, with extreme numbers that are within limits.
fn plausible_row() -> impl Strategy<Value = String> {
    (1_usize..=15, 16_usize..=16384, any::<bool>(), 1_usize..=8, 1_usize..=64).prop_map(|(k, exp, se, s, dilation)| {
        format!("  - {{ k: {k}, exp: {exp}, out: 16, se: {se}, nl: HS, s: {s}, dilation: {dilation} }}\n")
    })
}

fn dialect() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(mnv3_spec::dialects())
}

/// A spec with numbers within limits; whether they fit each other is open.
pub(crate) fn plausible_spec() -> impl Strategy<Value = String> {
    let rows = proptest::collection::vec(plausible_row(), 1..6);
    let size = proptest::array::uniform2(1_usize..=4096);
    let width = prop_oneof![Just(1.0), 0.05..8.0];
    let conventions = prop_oneof![
        Just("{}"),
        Just("{ padding: same }"),
        Just("{ squeeze: { ratio: 1, round: 256 }, width: { divisor: 255, exp: ratio } }"),
        Just("{ squeeze: { ratio: 0.001, round: floor }, width: { divisor: 1, last: ratio } }"),
    ];
    (rows, dialect(), size, width, conventions).prop_map(|(rows, dialect, size, width, conventions)| {
        format!(
            "name: Net\ndialect: {dialect}\ninput: {{ size: {size:?}, channels: 3 }}\n\
             stem: {{ k: 15, out: 16, nl: HS, s: 8 }}\nbottlenecks:\n{}last: none\nhead: none\n\
             width: {width}\nconventions: {conventions}\n",
            rows.concat(),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_of_any_size_are_read_or_refused(
        rows in proptest::collection::vec(row(), 1..5),
        dialect in dialect(),
        [size, channels, k, out, s, last, hidden, classes, width, depth, tap, pool] in
            proptest::array::uniform12(number()),
    ) {
        let text = format!(
            "name: Net\ndialect: {dialect}\ninput: {{ size: {size}, channels: {channels} }}\n\
             stem: {{ k: {k}, out: {out}, nl: HS, s: {s} }}\nbottlenecks:\n{}\
             last: {{ out: {last}, nl: RE }}\n\
             head: {{ pool: [{{ kind: max, k: {pool} }}, avg], hidden: {hidden}, nl: HS, classes: {classes} }}\n\
             taps: {{ c: {tap} }}\nwidth: {width}\ndepth: {depth}\n",
            rows.concat(),
        );
        read(&text);
    }

    #[test]
    fn numbers_within_limits_are_read_or_refused(text in plausible_spec()) {
        if let Ok(network) = mnv3_spec::parse("net.yaml", &text) {
            prop_assert_eq!(network.bottlenecks.len(), text.matches("- {").count());
            for pair in network.bottlenecks.windows(2) {
                prop_assert_eq!(pair[0].output, pair[1].input);
            }
            for block in &network.bottlenecks {
                prop_assert!(!block.residual || block.input == block.output);
                prop_assert!(block.output.h > 0 && block.output.w > 0);
            }
            prop_assert!(network.parameters() <= network.parameters_with_statistics());
            prop_assert!(network.multiply_adds() > 0);
        }
    }

    #[test]
    fn a_spec_with_bytes_changed_is_read_or_refused(
        changes in proptest::collection::vec((0..TINY.len(), any::<char>(), 0_usize..3), 1..6),
    ) {
        let mut text = TINY.to_owned();
        for (at, with, deleted) in changes {
            let at = text.floor_char_boundary(at);
            let end = text.ceil_char_boundary(at + deleted).min(text.len());
            text.replace_range(at.min(end)..end, with.encode_utf8(&mut [0; 4]));
        }
        read(&text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn any_yaml_is_read_or_refused(text in "([a-z]{1,4}: |- |\\{|\\}|\\[|\\]|, |\n|  |&a |\\*a |<<: |[0-9]{1,3}|'|\"|#){0,60}") {
        read(&format!("{text}\n{TINY}"));
        read(&text);
    }
}
