//! Tensors of scales in a file: what can be wrong with them, and which network they are of.

use crate::manifest::Manifest;
use crate::problem::Problem;

/// What names of their tensors begin with.
const PREFIX: &str = "int8.";

/// The tensor that says which network a file's scales are of: the eight bytes of [`Manifest::scales_of`].
pub const SCALES_OF: &str = "int8.network";

/// Whether a tensor is one of them: their names are the same in all dialects.
pub(crate) fn is_one(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// What is wrong with the numbers of one of them. Others can be anything.
pub(crate) fn wrong(manifest: &Manifest<'_>, name: &str, numbers: &[f32]) -> Option<Problem> {
    let value = name.strip_prefix(PREFIX)?;
    if numbers.is_empty() {
        // It could not be read, which was said.
        return None;
    }
    if name == SCALES_OF {
        let own = manifest.scales_of().map(f32::from);
        return (numbers != own).then_some(Problem::OtherScales);
    }
    let find = |fits: &dyn Fn(f32) -> bool| numbers.iter().enumerate().find(|(_, number)| !fits(**number));
    if value.ends_with(".scale") {
        let (channel, &scale) = find(&|scale| scale.is_normal() && scale > 0.0)?;
        return Some(Problem::Scale {
            channel,
            scale,
            name: name.to_owned(),
        });
    }
    let whole = value != "input.zero";
    let (channel, &zero) = find(&|zero| (0.0..=255.0).contains(&zero) && (!whole || zero.fract() == 0.0))?;
    Some(Problem::ZeroPoint {
        channel,
        zero,
        whole,
        name: name.to_owned(),
    })
}
