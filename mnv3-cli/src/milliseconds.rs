//! Times as `--json` tells them.

use mnv3_image::PictureTimings;
use serde::Serialize;

/// What the parts of an answer took.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Milliseconds {
    preprocess: f64,
    network: f64,
    postprocess: f64,
}

impl From<PictureTimings> for Milliseconds {
    fn from(timings: PictureTimings) -> Self {
        let of = |part: std::time::Duration| (part.as_secs_f64() * 1e6).round() / 1e3;
        Self {
            preprocess: of(timings.preprocess),
            network: of(timings.network),
            postprocess: of(timings.postprocess),
        }
    }
}
