//! Tensor names: a dialect's templates, filled in for each layer.

use crate::short::short;
use std::collections::BTreeMap;

/// What a template may hold between braces, and what stands there for a block.
const PLACEHOLDERS: [&str; 10] = [
    "block", "block0", "block2", "_block0", "part", "stage", "index", "stages", "after", "_n",
];

/// Where in the network a name is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NamePlace {
    /// `{block}`: bottlenecks from 1; `{block0}` from 0; `{block2}` from 2, as where the stem is number 1; `{_block0}` is nothing, then `_1`, `_2`.
    pub(crate) block: usize,
    /// `{part}`: the layer's number in its block, from 0.
    pub(crate) part: usize,
    /// `{stage}`: runs of rows with the same `out` as written, from 0.
    pub(crate) stage: usize,
    /// `{index}`: the row's number in its stage, from 0.
    pub(crate) index: usize,
    /// `{stages}`: how many stages there are.
    pub(crate) stages: usize,
    /// `{after}`: the number after the last bottleneck's.
    pub(crate) after: usize,
}

/// Fills templates, and counts for `{_n}` how often each was filled: Keras' automatic `conv2d`, `conv2d_1`, ...
#[derive(Debug, Default)]
pub(crate) struct Names {
    filled: BTreeMap<String, usize>,
}

impl Names {
    pub(crate) fn fill(&mut self, template: &str, place: NamePlace) -> String {
        let underscored = |n: usize| if n == 0 { String::new() } else { format!("_{n}") };
        let mut name = template.to_owned();
        if template.contains("{_n}") {
            let n = self.filled.entry(template.to_owned()).or_default();
            name = name.replace("{_n}", &underscored(*n));
            *n += 1;
        }
        let block0 = place.block.saturating_sub(1);
        name.replace("{block}", &place.block.to_string())
            .replace("{block0}", &block0.to_string())
            .replace("{block2}", &(place.block + 1).to_string())
            .replace("{_block0}", &underscored(block0))
            .replace("{part}", &place.part.to_string())
            .replace("{stage}", &place.stage.to_string())
            .replace("{index}", &place.index.to_string())
            .replace("{stages}", &place.stages.to_string())
            .replace("{after}", &place.after.to_string())
    }
}

/// What is wrong with a template, and the fix.
pub(crate) fn misplaced(template: &str) -> Option<(String, String)> {
    let known = || PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(" ");
    template.split('{').skip(1).find_map(|rest| match rest.split_once('}') {
        Some((name, _)) if PLACEHOLDERS.contains(&name) => None,
        Some((name, _)) => Some((
            format!("{{{}}} stands for nothing", short(name)),
            format!("write one of {}", known()),
        )),
        None => Some((
            format!("{{{} is never closed", short(rest)),
            "write the closing brace".to_owned(),
        )),
    })
}
