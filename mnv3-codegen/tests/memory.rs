//! What the spec language lets pass can be had: the plan of each accepted network stays within its bounds.

use mnv3_codegen::{Place, Plan, Step, StepKind};
use mnv3_ir::Region;
use mnv3_spec::Network;

/// 2^28 floats: what a workspace, and what packed weights may have.
const MOST: usize = 1 << 28;

fn check(network: &Network) {
    let plan = Plan::new(network);
    let (slots, scratch) = (&plan.workspace.slots, plan.workspace.scratch);
    let all: Vec<Region> = slots.iter().copied().chain([scratch]).collect();
    for (part, next) in all.iter().zip(&all[1..]) {
        assert!(
            part.end() <= next.offset && part.offset % 16 == 0,
            "{}: {all:?}",
            network.name
        );
    }
    let tapped = |slot| taps(&plan).any(|step| matches!(step.to, Place::Slot { slot: s, .. } if s == slot));
    let of_taps = |(slot, region): (usize, &Region)| if tapped(slot) { region.len } else { 0 };
    assert!(all.iter().all(|part| part.len <= MOST / 4), "{}: {all:?}", network.name);
    assert!(
        slots.iter().enumerate().map(of_taps).sum::<usize>() <= MOST / 4,
        "{}: {all:?}",
        network.name
    );
    assert!(plan.workspace.floats() <= MOST, "{}: {all:?}", network.name);
    assert!(plan.weight_bytes <= 4 * MOST, "{}", network.name);
    let mut blocks = network.bottlenecks.iter().filter(|block| !block.runs_op_by_op());
    for step in &plan.steps {
        if let StepKind::InvertedResidual(block) = &step.kind {
            if !plan.row(step).name.starts_with("bottleneck") {
                continue;
            }
            // What is added to a block is a step before it.
            if step.name == "shortcut_project" {
                continue;
            }
            let row = blocks.next().map(mnv3_spec::Bottleneck::plan);
            // What a tapped block expands to is a step before it.
            if row.is_some_and(|row| row.sizes.expand.is_some()) && block.plan.sizes.expand.is_none() {
                assert!(row.is_some_and(|row| block.plan.scratch.floats <= row.scratch.floats));
            } else {
                assert_eq!(row, Some(block.plan), "what the spec bounds is what is planned");
            }
        }
    }
    assert_eq!(blocks.count(), 0);
}

fn taps<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = &'p Step> {
    plan.steps
        .iter()
        .filter(|step| plan.graph.taps(step.value).next().is_some())
}

#[test]
fn published_networks_are_planned_as_they_were_bounded() {
    for spec in mnv3_spec::published() {
        let loaded = mnv3_spec::load(&spec, spec.as_ref()).unwrap_or_else(|errors| panic!("{errors}"));
        check(&loaded.network);
    }
}

/// Two buffers that alternate are what a chain needs: no network may ask for more, nor for larger ones.
#[test]
fn published_networks_run_in_two_slots_of_the_size_of_their_largest_maps() {
    for spec in mnv3_spec::published() {
        let loaded = mnv3_spec::load(&spec, spec.as_ref()).unwrap_or_else(|errors| panic!("{errors}"));
        let network = loaded.network;
        if network.only_in_f32().is_some() {
            // No chain: it keeps earlier maps.
            continue;
        }
        let plan = Plan::new(&network);
        let maps = plan.steps.iter().filter(|step| step.to != Place::Output);
        let floats: Vec<usize> = maps.map(|step| step.output.floats()).collect();
        let largest = |first: usize| floats.iter().skip(first).step_by(2).copied().max();
        let slots: Vec<_> = plan.workspace.slots.iter().map(|slot| Some(slot.len)).collect();
        assert_eq!(slots, [largest(0), largest(1)], "{}", network.name);
        let scratch = plan.steps.iter().filter_map(|step| match &step.kind {
            StepKind::InvertedResidual(block) => Some(block.plan.scratch.floats),
            _ => None,
        });
        assert_eq!(
            Some(plan.workspace.scratch.len),
            scratch.max(),
            "a block needs the most in {}",
            network.name
        );
    }
}

#[test]
fn tapped_maps_have_slots_of_their_own() {
    let spec = "extends: mnv3:large\nname: Tapped\ntaps: { c2: 3, c3: 6, c4: 12, c5: 15 }\n";
    let tapped = mnv3_spec::parse("tapped.yaml", spec).unwrap_or_else(|errors| panic!("{errors}"));
    let plan = Plan::new(&tapped);
    let all: usize = taps(&plan).map(|step| step.output.floats()).sum();
    let plain = mnv3_spec::load("mnv3:large", "".as_ref()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        plan.workspace.floats(),
        Plan::new(&plain.network).workspace.floats() + all
    );
    assert_eq!(plan.workspace.slots.len(), 2 + 4);
    for tap in taps(&plan) {
        let shares = plan.steps.iter().filter(|step| step.to == tap.to);
        assert_eq!(shares.count(), 1, "{tap:?}");
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
