use super::layers::{Dense, Depthwise, Numbers, assert_map, pack};
use super::{any_act, any_window, common_window, cpus};
use crate::cpu::Cpu;
use crate::kernels;
use crate::layer::{Block, Gate};
use crate::naive;
use fearless_simd::Level;
use mnv3_ir::{Act, BlockPlan, BlockSizes, Window, padded};
use ndarray::{Array3, Axis};
use proptest::prelude::*;

/// What varies between blocks beside sizes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) input: usize,
    pub(super) exp: usize,
    pub(super) output: usize,
    pub(super) expand: bool,
    pub(super) squeeze: Option<usize>,
    pub(super) act: Act,
    pub(super) gate_act: Act,
}

pub(super) fn any_form() -> impl Strategy<Value = Form> {
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

#[derive(Clone)]
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

    fn naive(&self, input: &Array3<f64>, added: Option<&Array3<f64>>) -> Array3<f64> {
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
        match added {
            Some(added) => output + added,
            None => output,
        }
    }
}

/// A block with numbers from a seed, its input, and what it must yield.
pub(super) struct Case {
    pub(super) input: Array3<f64>,
    layers: Layers,
    plan: BlockPlan,
    /// What is added to the output.
    pub(super) added: Option<Array3<f64>>,
}

impl Case {
    pub(super) fn new(size: [usize; 2], window: Window, form: Form, seed: u64) -> Self {
        let output_size = naive::output_size(size, &window);
        let mut numbers = Numbers(seed);
        let input = numbers.map(size, form.input);
        Self {
            layers: Layers::new(&mut numbers, form, window),
            plan: BlockPlan::new(BlockSizes {
                input: size,
                output: output_size,
                window,
                expand: form.expand.then_some(form.input),
                channels: form.exp,
                squeeze: form.squeeze,
                project: form.output,
            }),
            added: (output_size == size && form.input == form.output).then(|| input.clone()),
            input,
        }
    }

    /// Every weight and bias times a factor.
    pub(super) fn shrink(&mut self, factor: f64) {
        let Layers {
            expand,
            depthwise,
            gate,
            project,
        } = self.layers.clone();
        self.layers = Layers {
            expand: expand.map(|expand| expand.scaled(factor)),
            depthwise: depthwise.scaled(factor),
            gate: gate.map(|(reduce, expand)| (reduce.scaled(factor), expand.scaled(factor))),
            project: project.scaled(factor),
        };
    }

    pub(super) fn want(&self) -> Array3<f64> {
        self.layers.naive(&self.input, self.added.as_ref())
    }

    /// The kernel's map, in memory that is full of NaN before.
    pub(super) fn run(&self, cpu: Cpu) -> Vec<f32> {
        let (input, added) = (pack(&self.input), self.added.as_ref().map(pack));
        let block = Block {
            plan: self.plan,
            expand: self.layers.expand.as_ref().map(Dense::layer),
            depthwise: self.layers.depthwise.layer(),
            gate: self.layers.gate.as_ref().map(|(reduce, expand)| Gate {
                reduce: reduce.layer(),
                expand: expand.layer(),
            }),
            project: self.layers.project.layer(),
            added: added.as_deref(),
        };
        let [h, w] = self.plan.sizes.output;
        let mut found = vec![f32::NAN; h * w * padded(self.plan.sizes.project)];
        let mut scratch = vec![f32::NAN; self.plan.scratch.floats];
        kernels::inverted_residual(cpu, &block, &input, &mut found, &mut scratch);
        found
    }
}

fn check(size: [usize; 2], window: Window, form: Form, seed: u64) {
    check_case(&Case::new(size, window, form, seed));
}

fn check_case(case: &Case) {
    let want = case.want();
    for cpu in cpus() {
        assert_map(&case.run(cpu), &want, Act::Identity, &format!("{cpu:?}"));
    }
    let divided = Cpu::divided(Level::new(), 3);
    assert_eq!(
        case.run(divided),
        case.run(Cpu::one(Level::new())),
        "threads change no bit"
    );
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

    #[test]
    fn a_block_of_any_shape_adds_another_map((size, window) in any_window(), form in any_form(), seed: u64) {
        let mut case = Case::new(size, window, form, seed);
        case.added = Some(Numbers(!seed).map(case.plan.sizes.output, form.output));
        check_case(&case);
    }
}
