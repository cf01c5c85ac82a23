//! What a network would take of memory is bounded before anybody tries to have it.

use insta::assert_snapshot;

fn errors(spec: &str) -> String {
    match mnv3_spec::parse("tiny.yaml", spec) {
        Ok(network) => format!("{} is accepted", network.name),
        Err(errors) => errors.to_string(),
    }
}

/// One row of a bottleneck over an image of a size.
fn one(size: &str, row: &str) -> String {
    format!(
        "name: One\ndialect: torchvision\ninput: {{ size: {size}, channels: 1 }}\nstem: {{ k: 1, out: 1, nl: RE, s: 1 }}\n\
         bottlenecks:\n  - {row}\nlast: none\nhead: none\n"
    )
}

#[test]
fn a_dilated_block_over_one_pixel_would_take_gigabytes_of_zeros() {
    let row = "{ k: 15, exp: 16384, out: 1, se: false, nl: RE, s: 1, dilation: 64 }";
    assert_snapshot!(errors(&one("[1, 1]", row)), @"
    tiny.yaml:6:69: bottleneck 1 needs room for 13182713856 numbers on the way
      |
    6 |   - { k: 15, exp: 16384, out: 1, se: false, nl: RE, s: 1, dilation: 64 }
      |                                                                     ^^ 67108864 numbers are the most, with channels filled up to 16: make it smaller
    ");
}

#[test]
fn channels_are_counted_with_the_lanes_that_they_lie_in() {
    // 4096 x 4096 x 1 are 2^24 numbers, and lie in 2^28.
    assert_snapshot!(errors(&one("[4096, 4096]", "{ k: 3, exp: 1, out: 1, se: false, nl: RE, s: 2 }")), @"
    tiny.yaml:4:7: stem is a map of 4096 x 4096 x 1
      |
    4 | stem: { k: 1, out: 1, nl: RE, s: 1 }
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 67108864 numbers are the most, with channels filled up to 16: make it smaller
    ");
}

#[test]
fn squeeze_excite_keeps_the_whole_depthwise_map() {
    let row = |se: &str| format!("{{ k: 3, exp: 16, out: 1, se: {se}, nl: RE, s: 1 }}");
    assert_eq!(errors(&one("[2048, 2048]", &row("false"))), "One is accepted");
    assert!(errors(&one("[2048, 2048]", &row("true"))).contains("bottleneck 1 needs room for"));
}

#[test]
fn tapped_maps_are_counted_together() {
    let rows = "  - { k: 3, exp: 16, out: 16, se: false, nl: RE, s: 1 }\n".repeat(20);
    let taps = |count: usize| {
        let taps: Vec<String> = (1..=count).map(|n| format!("t{n}: {n}")).collect();
        format!(
            "name: Taps\ndialect: torchvision\ninput: {{ size: 512, channels: 1 }}\nstem: {{ k: 1, out: 16, nl: RE, s: 1 }}\n\
             bottlenecks:\n{rows}last: none\nhead: none\ntaps: {{ {} }}\n",
            taps.join(", ")
        )
    };
    assert_eq!(errors(&taps(16)), "Taps is accepted", "16 maps of 2^22 numbers");
    assert!(errors(&taps(17)).contains("the tapped maps have 71303168 numbers together"));
}

#[test]
fn weights_are_counted_with_the_lanes_that_they_lie_in() {
    let last = |out: usize| {
        let lasts = ["{ out: 16384, nl: HS }"; 7].join(", ");
        format!(
            "name: Wide\ndialect: torchvision\ninput: {{ size: 32, channels: 3 }}\nstem: {{ k: 3, out: 16, nl: HS, s: 2 }}\n\
             bottlenecks:\n  - {{ k: 3, exp: 16, out: {out}, se: false, nl: RE, s: 2 }}\nlast: [{lasts}]\nhead: none\n"
        )
    };
    let errors = errors(&last(64));
    assert!(
        errors.contains("the weights have") && errors.contains("most of them in conv of last"),
        "{errors}"
    );
}
