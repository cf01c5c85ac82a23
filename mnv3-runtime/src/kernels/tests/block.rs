use super::layers::{Dense, Depthwise, Numbers, assert_map, pack, unwritten};
use super::{any_act, any_window, common_window, cpus};
use crate::cpu::Cpu;
use crate::kernels;
use crate::layer::{Block, Gate};
use crate::naive;
use fearless_simd::Level;
use mnv3_ir::{Act, BlockPlan, BlockSizes, Window};
use ndarray::{Array3, Axis};
use proptest::prelude::*;

/// What varies between blocks beside sizes.
#[derive(Clone, Copy, Debug)]
struct Form {
    input: usize,
    exp: usize,
    output: usize,
    expand: bool,
    squeeze: Option<usize>,
    act: Act,
    gate_act: Act,
}

fn any_form() -> impl Strategy<Value = Form> {
    let channels = || 1usize..50;
    (
        channels(),
        channels(),
        channels(),
        any::<bool>(),
        prop::option::of(1usize..30),
        any_act(),
        any_act(),
    )
        .prop_map(|(input, exp, output, expand, squeeze, act, gate_act)| {
            let exp = if expand { exp } else { input };
            Form {
                input,
                exp,
                output,
                expand,
                squeeze,
                act,
                gate_act,
            }
        })
}

struct Layers {
    expand: Option<Dense>,
    depthwise: Depthwise,
    gate: Option<(Dense, Dense)>,
    project: Dense,
}

impl Layers {
    fn new(numbers: &mut Numbers, form: Form, window: Window) -> Self {
        Self {
            expand: form
                .expand
                .then(|| numbers.dense([1, 1], form.input, form.exp, form.act)),
            depthwise: numbers.depthwise(form.exp, window, form.act),
            gate: form.squeeze.map(|squeeze| {
                let reduce = numbers.dense([1, 1], form.exp, squeeze, Act::Relu);
                (reduce, numbers.dense([1, 1], squeeze, form.exp, form.gate_act))
            }),
            project: numbers.dense([1, 1], form.exp, form.output, Act::Identity),
        }
    }

    fn naive(&self, input: &Array3<f64>, residual: bool) -> Array3<f64> {
        let expanded = self
            .expand
            .as_ref()
            .map_or_else(|| input.clone(), |expand| expand.naive(input));
        let mut map = self.depthwise.naive(&expanded);
        if let Some((reduce, expand)) = &self.gate {
            let mean = naive::mean(&map).insert_axis(Axis(0)).insert_axis(Axis(0));
            map *= &expand.naive(&reduce.naive(&mean));
        }
        let output = self.project.naive(&map);
        if residual { output + input } else { output }
    }
}

fn check(size: [usize; 2], window: Window, form: Form, seed: u64) {
    let output_size = naive::output_size(size, &window);
    let residual = output_size == size && form.input == form.output;
    let mut numbers = Numbers(seed);
    let input = numbers.map(size, form.input);
    let layers = Layers::new(&mut numbers, form, window);
    let want = layers.naive(&input, residual);
    let block = Block {
        plan: BlockPlan::new(BlockSizes {
            input: size,
            output: output_size,
            window,
            expand: form.expand.then_some(form.input),
            channels: form.exp,
            squeeze: form.squeeze,
            project: form.output,
        }),
        expand: layers.expand.as_ref().map(Dense::layer),
        depthwise: layers.depthwise.layer(),
        gate: layers.gate.as_ref().map(|(reduce, expand)| Gate {
            reduce: reduce.layer(),
            expand: expand.layer(),
        }),
        project: layers.project.layer(),
        residual,
    };
    let packed = pack(&input);
    let run = |cpu: Cpu| {
        let mut found = unwritten(&want);
        let mut scratch = vec![f32::NAN; block.plan.scratch.floats];
        kernels::inverted_residual(cpu, &block, &packed, &mut found, &mut scratch);
        assert_map(&found, &want, Act::Identity, &format!("{cpu:?}"));
        found
    };
    cpus().into_iter().for_each(|cpu| drop(run(cpu)));
    let divided = Cpu {
        level: Level::new(),
        parts: 3,
    };
    assert_eq!(run(divided), run(Cpu::one(Level::new())), "threads change no bit");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_block_expands_convolves_gates_and_projects_by_any_window(
        (size, window) in any_window(), form in any_form(), seed: u64,
    ) {
        check(size, window, form, seed);
    }

    #[test]
    fn a_block_does_so_by_the_published_windows((size, window) in common_window(), form in any_form(), seed: u64) {
        check(size, window, form, seed);
    }

    #[test]
    fn a_block_of_equal_shapes_adds_its_input(
        h in 1usize..9, w in 1usize..40, k in prop_oneof![Just(3usize), Just(5)], form in any_form(), seed: u64,
    ) {
        let window =
            Window { kernel: [k, k], stride: [1, 1], dilation: [1, 1], pad_h: [k / 2; 2], pad_w: [k / 2; 2] };
        check([h, w], window, Form { output: form.input, ..form }, seed);
    }
}
