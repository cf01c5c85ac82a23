//! What the spec language lets pass can be had: the plan of each accepted network stays within its bounds.

use mnv3_codegen::{Plan, StepKind};
use mnv3_spec::Network;

/// 2^28 floats: what a workspace, and what packed weights may have.
const MOST: usize = 1 << 28;

fn check(network: &Network) {
    let plan = Plan::new(network);
    let [even, odd, scratch, taps] = plan.workspace;
    for part in [even, odd, scratch, taps] {
        assert!(part <= MOST / 4, "{}: {:?}", network.name, plan.workspace);
    }
    assert!(plan.weight_floats <= MOST, "{}", network.name);
    let mut blocks = network.bottlenecks.iter();
    for step in &plan.steps {
        if let StepKind::InvertedResidual(block) = &step.kind {
            let row = blocks.next().map(mnv3_spec::Bottleneck::plan);
            assert_eq!(row, Some(block.plan), "what the spec bounds is what is planned");
        }
    }
    assert_eq!(blocks.count(), 0);
}

#[test]
fn published_networks_are_planned_as_they_were_bounded() {
    for spec in mnv3_spec::published() {
        check(
            &mnv3_spec::load(&spec, spec.as_ref())
                .unwrap_or_else(|errors| panic!("{errors}"))
                .network,
        );
    }
}

/// Each key at its ends, in every combination that is accepted.
#[test]
fn extremes_are_refused_or_can_be_had() {
    let (mut accepted, mut refused) = (0, 0);
    for size in ["[1, 1]", "[1, 4096]", "[4096, 1]", "[64, 64]", "[4096, 4096]"] {
        for stem in ["{ k: 1, out: 1, nl: RE, s: 1 }", "{ k: 15, out: 16384, nl: HS, s: 8 }"] {
            for k in ["1", "15", "[1, 15]"] {
                for exp in [1, 16384] {
                    for (out, dilation, se) in [(1, 1, true), (16384, 64, false), (1, 64, true), (16384, 1, false)] {
                        let spec = format!(
                            "name: Extreme\ndialect: torchvision\ninput: {{ size: {size}, channels: 64 }}\nstem: {stem}\n\
                             bottlenecks:\n  - {{ k: {k}, exp: {exp}, out: {out}, se: {se}, nl: RE, s: 1, dilation: {dilation} }}\n\
                             last: none\nhead: {{ pool: avg, hidden: none, classes: 100000 }}\ntaps: {{ t: 1 }}\n"
                        );
                        match mnv3_spec::parse("extreme.yaml", &spec) {
                            Ok(network) => {
                                check(&network);
                                accepted += 1;
                            }
                            Err(_) => refused += 1,
                        }
                    }
                }
            }
        }
    }
    assert!(accepted > 20 && refused > 20, "{accepted} accepted, {refused} refused");
}
