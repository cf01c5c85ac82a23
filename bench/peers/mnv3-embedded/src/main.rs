//! mnv3 with packed weights in the program, used where they lie. Large only.

use mnv3::mobilenet;
use protocol::{Engine, Options, Outcome};

mobilenet!("../../../specs/large.yaml", weights = "large.mnv3");

struct Embedded {
    model: MobileNetV3Large,
    workspace: MobileNetV3LargeWorkspace,
    image: Vec<f32>,
    scores: [f32; MobileNetV3Large::CLASSES],
}

impl Engine for Embedded {
    const VERSION: &'static str = "mnv3-0.1.0";
    const MODEL_FILE: Option<&'static str> = None;

    fn load(options: &Options, _: Vec<u8>) -> Outcome<Self> {
        if options.network != "large" {
            return Err("only Large is embedded".into());
        }
        Ok(Self {
            model: MobileNetV3Large::embedded(),
            workspace: MobileNetV3Large::workspace(),
            image: options.image("image-nhwc.f32")?,
            scores: [0.0; MobileNetV3Large::CLASSES],
        })
    }

    fn forward(&mut self) -> Outcome<()> {
        self.model
            .forward_into(&mut self.workspace, self.image.as_slice().try_into()?, &mut self.scores);
        Ok(())
    }

    fn scores(&self) -> Vec<f32> {
        self.scores.to_vec()
    }
}

fn main() -> Outcome<()> {
    protocol::serve::<Embedded>()
}
