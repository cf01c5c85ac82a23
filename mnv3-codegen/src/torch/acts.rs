//! Non-linearities: functions under the names that the table's column `nl` has for them.

use mnv3_spec::network::{Act, DecoderStage, Network, Upsampling};

/// 1/6, the slope of the paper's hard forms.
const SIXTH: f32 = (1.0f64 / 6.0) as f32;

/// How the generated text calls a non-linearity.
pub(super) fn name(act: Act) -> &'static str {
    match act {
        Act::Identity => "nn.Identity()",
        Act::Relu | Act::Relu6 => "RE",
        Act::HardSigmoid { .. } => "GATE",
        Act::HardSwish { .. } => "HS",
    }
}

/// Definitions of those that a network uses. A dialect has one of each name.
pub(super) fn definitions(network: &Network) -> String {
    let mut used: Vec<Act> = Vec::new();
    let blocks = network.bottlenecks.iter().flat_map(|b| {
        let expand = b.expand.iter().map(|e| e.act);
        let gate = b.squeeze_excite.iter().flat_map(|se| [se.expand.act, se.then]);
        expand.chain([b.depthwise.act, b.act]).chain(gate)
    });
    let head = network
        .classify()
        .into_iter()
        .flat_map(|head| head.hidden.iter().map(|hidden| hidden.act).chain([head.after_pool]));
    let convs = std::iter::once(&network.stem).chain(&network.last).map(|conv| conv.act);
    let segment = network.segment().into_iter().flat_map(|head| {
        let stages = match &head.upsampling {
            Upsampling::LowClasses(_) => &[][..],
            Upsampling::Decoder(decoder) => &decoder.stages,
        };
        let of_stage = |stage: &DecoderStage| [stage.reduce.act, stage.merge.act, stage.depthwise.act];
        std::iter::once(head.hidden.act).chain(stages.iter().flat_map(of_stage))
    });
    for act in convs.chain(blocks).chain(head).chain(segment) {
        if !used.contains(&act) {
            used.push(act);
        }
    }
    used.sort_by_key(|&act| name(act));
    let (mut functions, mut constants) = (String::new(), String::new());
    for act in used {
        let function = match act {
            Act::Identity => continue,
            Act::Relu => "F.relu",
            Act::Relu6 => "F.relu6",
            Act::HardSigmoid {
                slope: SIXTH,
                offset: 0.5,
            } => "F.hardsigmoid",
            Act::HardSwish {
                slope: SIXTH,
                offset: 0.5,
            } => "F.hardswish",
            Act::HardSigmoid { slope, offset } => {
                functions += &format!(
                    "def hard_sigmoid(x: Tensor) -> Tensor:\n    return ({slope:?} * x + {offset:?}).clamp(0, 1)\n\n\n"
                );
                "hard_sigmoid"
            }
            Act::HardSwish { slope, offset } => {
                functions += &format!(
                    "def hard_swish(x: Tensor) -> Tensor:\n    return x * ({slope:?} * x + {offset:?}).clamp(0, 1)\n\n\n"
                );
                "hard_swish"
            }
        };
        constants += &format!("{} = {function}\n", name(act));
    }
    if !functions.is_empty() {
        functions.insert(0, '\n');
    }
    functions + &constants
}
