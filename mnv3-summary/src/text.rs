//! Tables for people.

use crate::classes::classes;
use crate::layers::{Effect, LayerGroup};
use crate::look::{Look, quiet};
use crate::placed::{FLOAT, Placed, placed, scratch_parts, workspace_parts};
use crate::preprocess::preprocess;
use crate::table::{Side, Table};
use mnv3_codegen::{Plan, thousands};
use mnv3_ir::{BlockPlan, LANES, LineBufferPlan, Packing, Visible};
use mnv3_spec::{Act, Network, Pool, Shape, Window};

/// Layers by the row that they come from, with shapes and costs, and what they add up to.
#[must_use]
pub fn summary(network: &Network, groups: &[LayerGroup<'_>], look: Look) -> String {
    let mut table = Table::new(
        look,
        &[
            ("layer", Side::Left),
            ("kernel", Side::Left),
            ("in", Side::Left),
            ("out", Side::Left),
            ("then", Side::Left),
            ("parameters", Side::Right),
            ("multiply-adds", Side::Right),
        ],
    );
    for group in groups {
        table.text(row_of_spec(group, look));
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
         multiply-adds  {multiply_adds}\n\
         {}\
         preprocess     {}\n",
        look.heading(&network.name),
        Visible(&network.file),
        network.dialect,
        shape(network.input),
        classes(network),
        preprocess(network),
    )
}

/// What the compiler decided: where maps and packed weights lie, how many rows and channels a block takes at a time, and how
/// large the workspace is.
#[must_use]
pub fn plan(plan: &Plan<'_>, groups: &[LayerGroup<'_>], look: Look) -> String {
    let mut table = Table::new(
        look,
        &[
            ("plan", Side::Left),
            ("writes to", Side::Left),
            ("line buffer", Side::Left),
            ("channels at a time", Side::Right),
            ("rows at a time", Side::Right),
            ("scratch bytes", Side::Right),
            ("packed at", Side::Right),
            ("bytes", Side::Right),
        ],
    );
    let places = placed(plan, groups);
    for (group, placed) in groups.iter().zip(&places) {
        let block = placed.block.as_ref();
        let or_nothing = |text: Option<String>| text.unwrap_or_default();
        table.row([
            group.name.clone(),
            placed.writes_to.clone(),
            or_nothing(block.map(|b| line_buffer(&b.line_buffer))),
            or_nothing(block.map(|b| (b.groups_at_once * LANES).to_string())),
            or_nothing(block.map(rows_at_a_time)),
            or_nothing(block.map(|b| bytes(b.scratch.floats))),
            String::new(),
            String::new(),
        ]);
        for (layer, packed) in group.layers.iter().zip(&placed.packed) {
            let Some(packed) = packed else { continue };
            let [at, size] = [packed.offset, packed.packed_bytes()].map(|n| thousands(n as u64));
            let fewer = match (&packed.around, packed.packing) {
                (Some(_), _) => " in int8",
                (None, Packing::F32) => "",
                (None, Packing::F16) => " in f16",
                (None, Packing::I8) => " in i8",
            };
            table.row([
                format!("  {}{fewer}", layer.name),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                at,
                size,
            ]);
        }
    }
    let parts = workspace_parts(&plan.workspace);
    let parts: Vec<String> = parts
        .iter()
        .map(|(name, part)| format!("{name} {}", bytes(part.len)))
        .collect();
    format!(
        "{table}\n{}\nworkspace       {} bytes: {}\npacked weights  {} bytes\n",
        scratch_table(&places, look),
        thousands(plan.workspace_bytes() as u64),
        parts.join(", "),
        thousands(plan.weight_bytes as u64),
    )
}

fn bytes(floats: usize) -> String {
    thousands((floats * FLOAT) as u64)
}

fn line_buffer(plan: &LineBufferPlan) -> String {
    format!("{} rows of {} x {}", plan.rows, plan.columns, plan.groups * LANES)
}

/// Of expand, then of project. Where the level found at run time decides, both that it may choose.
fn rows_at_a_time(block: &BlockPlan) -> String {
    let (few, many) = (block.expand_rows(LANES), block.expand_row_batch);
    let expand = if few == many {
        many.to_string()
    } else {
        format!("{few} or {many}")
    };
    format!("{expand}, {}", block.project_row_batch)
}

/// What the scratch of each block holds.
fn scratch_table(places: &[Placed<'_>], look: Look) -> Table {
    let mut table = Table::new(
        look,
        &[("scratch of", Side::Left), ("at", Side::Right), ("bytes", Side::Right)],
    );
    let blocks = places.iter().filter_map(|place| place.block.as_ref());
    for (i, block) in blocks.enumerate() {
        table.row([
            format!("bottleneck {}", i + 1),
            String::new(),
            bytes(block.scratch.floats),
        ]);
        for (name, part) in scratch_parts(block) {
            table.row([format!("  {name}"), bytes(part.offset), bytes(part.len)]);
        }
    }
    table
}

/// The group's name, its row as written, and where that is.
fn row_of_spec(group: &LayerGroup<'_>, look: Look) -> String {
    let source = group.source;
    let row = format!("{}  {}", group.name, Visible(&source.text));
    match look {
        Look::Terminal => {
            let place = quiet(&format!("{}:{}", Visible(&source.file), source.line));
            format!("{row}  {place}")
        }
        Look::Snapshot => format!("{row}  {}", Visible(&source.file)),
    }
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
        Effect::Sigmoid => "sigmoid".to_owned(),
        Effect::SigmoidGate => "sigmoid, x map".to_owned(),
        Effect::Resize => "bilinear".to_owned(),
        Effect::ResizeAndAdd => "bilinear, + map".to_owned(),
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
