//! Tables for people.

use super::plan::{FLOAT, Place, placed};
use crate::layers::{Effect, Group};
use crate::output::{heading, quiet, thousands};
use crate::table::{Side, Table};
use mnv3_codegen::{Buffer, Plan};
use mnv3_spec::{Act, Network, Pool, Shape, Window};

pub(super) fn summary(network: &Network, groups: &[Group<'_>]) -> String {
    let mut table = Table::new(&[
        ("layer", Side::Left),
        ("kernel", Side::Left),
        ("in", Side::Left),
        ("out", Side::Left),
        ("then", Side::Left),
        ("parameters", Side::Right),
        ("multiply-adds", Side::Right),
    ]);
    for group in groups {
        table.text(row_of_spec(group));
        for layer in &group.layers {
            table.row([
                format!("  {}", layer.name),
                layer.window.map_or_else(String::new, |w| kernel(&w)),
                shape(layer.input),
                shape(layer.output),
                effect(layer.effect),
                count(layer.parameters()),
                count(layer.multiply_adds),
            ]);
        }
    }
    let statistics = network.parameters_with_statistics();
    let [parameters, with_statistics, multiply_adds] =
        [network.parameters(), statistics, network.multiply_adds()].map(thousands);
    format!(
        "{}  {} in the dialect {}, input {}\n\n{table}\n\
         parameters     {parameters} ({with_statistics} with the statistics of batch norms)\n\
         multiply-adds  {multiply_adds}\n",
        heading(&network.name),
        network.file,
        network.dialect,
        shape(network.input),
    )
}

pub(super) fn plan(plan: &Plan<'_>, groups: &[Group<'_>]) -> String {
    let mut table = Table::new(&[
        ("plan", Side::Left),
        ("writes to", Side::Left),
        ("ring", Side::Left),
        ("scratch bytes", Side::Right),
        ("packed at", Side::Right),
        ("floats", Side::Right),
    ]);
    for (group, placed) in groups.iter().zip(placed(plan, groups)) {
        let ring = placed.ring.as_ref();
        let size = ring.map(|ring| format!("{} rows of {} x {}", ring.rows, ring.columns, ring.channels));
        let scratch = placed.scratch.map(|floats| thousands((floats * FLOAT) as u64));
        table.row([
            group.name.clone(),
            match placed.writes {
                Place::Buffer(Buffer::Even) => "even".to_owned(),
                Place::Buffer(Buffer::Odd) => "odd".to_owned(),
                Place::Tap(name) => format!("tap {name}"),
                Place::Scores => "scores".to_owned(),
            },
            size.unwrap_or_default(),
            scratch.unwrap_or_default(),
            String::new(),
            String::new(),
        ]);
        for (layer, packed) in group.layers.iter().zip(placed.packed) {
            let Some(packed) = packed else { continue };
            let [at, floats] = [packed.offset, packed.packed_floats()].map(|n| thousands(n as u64));
            let half = if packed.half { " in f16" } else { "" };
            table.row([
                format!("  {}{half}", layer.name),
                String::new(),
                String::new(),
                String::new(),
                at,
                floats,
            ]);
        }
    }
    let bytes = |floats: usize| thousands((floats * FLOAT) as u64);
    let [even, odd, scratch, taps] = plan.workspace.map(bytes);
    format!(
        "{table}\nworkspace       {} bytes: even {even}, odd {odd}, scratch {scratch}, taps {taps}\n\
         packed weights  {} bytes\n",
        thousands(plan.workspace_bytes() as u64),
        bytes(plan.weight_floats),
    )
}

/// The group's name, its row as written, and where that is.
fn row_of_spec(group: &Group<'_>) -> String {
    let source = group.source;
    let place = quiet(&format!("{}:{}", source.file, source.line));
    format!("{}  {}  {place}", group.name, source.text)
}

/// Nothing for nothing: zeros only hide the numbers that matter.
fn count(number: u64) -> String {
    if number == 0 { String::new() } else { thousands(number) }
}

fn shape(shape: Shape) -> String {
    format!("{}x{}x{}", shape.h, shape.w, shape.c)
}

fn kernel(window: &Window) -> String {
    let both = |[down, across]: [usize; 2]| {
        if down == across {
            down.to_string()
        } else {
            format!("{down}x{across}")
        }
    };
    let mut text = format!("{}x{}", window.kernel[0], window.kernel[1]);
    if window.stride != [1, 1] {
        text += &format!(" s{}", both(window.stride));
    }
    if window.dilation != [1, 1] {
        text += &format!(" d{}", both(window.dilation));
    }
    text
}

fn effect(effect: Effect) -> String {
    match effect {
        Effect::Act(act) => act_name(act),
        Effect::AddInput => "+ input".to_owned(),
        Effect::Gate(act) => format!("{}, x map", act_name(act)),
        Effect::Pool(Pool::Avg) => "mean".to_owned(),
        Effect::Pool(Pool::Max) => "maximum".to_owned(),
        Effect::Softmax => "softmax".to_owned(),
    }
}

fn act_name(act: Act) -> String {
    let hard = |name: &str, slope: f32, offset: f32| {
        if slope == 1.0 / 6.0 && offset == 0.5 {
            name.to_owned()
        } else {
            format!("{name} {slope}x+{offset}")
        }
    };
    match act {
        Act::Identity => String::new(),
        Act::Relu => "relu".to_owned(),
        Act::Relu6 => "relu6".to_owned(),
        Act::HardSigmoid { slope, offset } => hard("h-sigmoid", slope, offset),
        Act::HardSwish { slope, offset } => hard("h-swish", slope, offset),
    }
}
