//! Networks of repositories that many people copy: what sets them apart is often no tensor, so that a spec with the right names fits
//! their files and computes something else. Told by names that only they have.

use crate::checkpoint::Checkpoint;
use mnv3_spec::{Act, Network};

/// What the names of a file say that the spec does not, if it is a file of one of them.
pub(super) fn hint(network: &Network, file: &Checkpoint<'_>, fits: bool) -> Option<String> {
    let has = |name: &str| file.tensors.iter().any(|tensor| tensor.name == name);
    let any = |part: &str| file.tensors.iter().any(|tensor| tensor.name.contains(part));
    if any(".squeeze_block.dense.") {
        let hint = "its names are those of leaderj1001/MobileNetV3-Pytorch, whose blocks have a non-linearity after the projection and \
                    none after the depthwise convolution: no spec can say that";
        return Some(hint.to_owned());
    }
    if any(".se.se.5.") || any("bneck.3.shortcut.") {
        return told(&XIAOLAI_2019, network, fits);
    }
    if has("features.1.conv.0.weight") && any(".fc.2.weight") {
        let head_ends = ["classifier.2.weight", "conv.0.0.weight", "classifier.3.weight"].map(has);
        return match head_ends {
            [true, ..] => told(&D_LI14_MAY_2019, network, fits),
            [_, true, _] => told(&D_LI14_2019, network, fits),
            [.., true] => told(&D_LI14, network, fits),
            _ => None,
        };
    }
    None
}

/// A network, and what a spec of it must say.
struct Copied {
    named: &'static str,
    dialect: &'static str,
    /// Where squeeze-excite stands by that dialect.
    place_of_dialect: &'static str,
    /// Where squeeze-excite stands, as `place` says it.
    place: &'static str,
    after_pool: bool,
}

const D_LI14: Copied = Copied {
    named: "d-li14/mobilenetv3.pytorch",
    dialect: "d-li14",
    place_of_dialect: "before-nl",
    place: "before-nl",
    after_pool: false,
};
const D_LI14_2019: Copied = Copied {
    named: "d-li14/mobilenetv3.pytorch in the summer of 2019",
    dialect: "d-li14",
    place_of_dialect: "before-nl",
    place: "before-nl",
    after_pool: true,
};
const D_LI14_MAY_2019: Copied = Copied {
    named: "d-li14/mobilenetv3.pytorch in May 2019",
    dialect: "d-li14",
    place_of_dialect: "before-nl",
    place: "after-nl",
    after_pool: true,
};
const XIAOLAI_2019: Copied = Copied {
    named: "xiaolai-sqlai/mobilenetv3 in 2019",
    dialect: "xiaolai",
    place_of_dialect: "after-nl",
    place: "after-project",
    after_pool: false,
};

fn told(copied: &Copied, network: &Network, fits: bool) -> Option<String> {
    let mut write = Vec::new();
    let foreign = !fits && network.dialect != copied.dialect;
    if foreign {
        write.push(format!("`dialect: {}`", copied.dialect));
    }
    // What the dialect says, nobody has to.
    let by_dialect = foreign && copied.place == copied.place_of_dialect;
    // Without expansion a gate never stands before the non-linearity.
    let expanding = network.bottlenecks.iter().filter(|block| block.expand.is_some());
    let mut gates = expanding.filter_map(|block| block.squeeze_excite.as_ref());
    let place = gates.next().map(|gate| match (gate.after_project, gate.then) {
        (true, _) => "after-project",
        (false, Act::Identity) => "after-nl",
        (false, _) => "before-nl",
    });
    if !by_dialect && place.is_some_and(|place| place != copied.place) {
        write.push(format!("`conventions: {{ squeeze: {{ place: {} }} }}`", copied.place));
    }
    let pooled = network.classify().is_some_and(|head| head.after_pool != Act::Identity);
    if copied.after_pool && !pooled && network.classify().is_some() {
        write.push("`head: { after_pool: HS }`".to_owned());
    }
    if write.is_empty() {
        return None;
    }
    Some(format!(
        "its names are those of {}, which many people copied: what it computes needs {}",
        copied.named,
        write.join(" and ")
    ))
}
