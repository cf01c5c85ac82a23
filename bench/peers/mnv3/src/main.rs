//! mnv3 itself, from the bytes of a safetensors file.

use mnv3::{Level, MapView, Threads, mobilenet};
use protocol::{Engine, Options, Outcome};
use std::time::Instant;

mobilenet!("../../../specs/large.yaml");
mobilenet!("../../../specs/small.yaml");
mobilenet!("../../../tests/specs/large-f16.yaml");
mobilenet!("../../../tests/specs/small-f16.yaml");
mobilenet!("../../../tests/specs/large-int8.yaml");
mobilenet!("../../../tests/specs/small-int8.yaml");

/// Pixels times channels of an image.
const IMAGE: usize = 224 * 224 * 3;

enum Network {
    Large(MobileNetV3Large, MobileNetV3LargeWorkspace),
    Small(MobileNetV3Small, MobileNetV3SmallWorkspace),
    LargeF16(LargeF16, LargeF16Workspace),
    SmallF16(SmallF16, SmallF16Workspace),
    LargeInt8(LargeInt8, LargeInt8Workspace),
    SmallInt8(SmallInt8, SmallInt8Workspace),
}

struct Mnv3 {
    network: Network,
    image: Box<[f32; IMAGE]>,
    scores: [f32; 1000],
}

impl Engine for Mnv3 {
    const VERSION: &'static str = "mnv3-0.1.0";
    const MODEL_FILE: Option<&'static str> = Some("model.safetensors");

    fn load(options: &Options, model: Vec<u8>) -> Outcome<Self> {
        let level = level(options)?;
        let threads = if options.threads > 1 {
            Some(Threads::new(options.threads)?)
        } else {
            None
        };
        let int8 = options.precision.as_deref() == Some("int8");
        // Its scales are in a file of their own.
        let model = if int8 { options.bytes("int8.safetensors")? } else { model };
        macro_rules! load {
            ($model:ident) => {{
                let loaded = $model::from_safetensors(&model)?.with_level(level)?;
                match threads {
                    Some(threads) => loaded.with_threads(threads),
                    None => loaded,
                }
            }};
        }
        let network = match (options.network.as_str(), options.matrices.as_deref()) {
            ("large", None) if int8 => Network::LargeInt8(load!(LargeInt8), LargeInt8::workspace()),
            ("small", None) if int8 => Network::SmallInt8(load!(SmallInt8), SmallInt8::workspace()),
            ("large", None) => Network::Large(load!(MobileNetV3Large), MobileNetV3Large::workspace()),
            ("small", None) => Network::Small(load!(MobileNetV3Small), MobileNetV3Small::workspace()),
            ("large", Some("f16")) => Network::LargeF16(load!(LargeF16), LargeF16::workspace()),
            ("small", Some("f16")) => Network::SmallF16(load!(SmallF16), SmallF16::workspace()),
            (network, matrices) => return Err(format!("no network {network} with matrices {matrices:?}").into()),
        };
        let image = options.image("image-nhwc.f32")?.into_boxed_slice();
        let image = image.try_into().map_err(|_| "the image has another size")?;
        Ok(Self {
            network,
            image,
            scores: [0.0; 1000],
        })
    }

    fn forward(&mut self) -> Outcome<()> {
        match &mut self.network {
            Network::Large(model, workspace) => model.forward_into(workspace, &self.image, &mut self.scores),
            Network::Small(model, workspace) => model.forward_into(workspace, &self.image, &mut self.scores),
            Network::LargeF16(model, workspace) => model.forward_into(workspace, &self.image, &mut self.scores),
            Network::SmallF16(model, workspace) => model.forward_into(workspace, &self.image, &mut self.scores),
            Network::LargeInt8(model, workspace) => model.forward_into(workspace, &self.image, &mut self.scores),
            Network::SmallInt8(model, workspace) => model.forward_into(workspace, &self.image, &mut self.scores),
        }
        Ok(())
    }

    fn scores(&self) -> Vec<f32> {
        self.scores.to_vec()
    }

    fn blocks(&mut self) -> Outcome<Vec<(&'static str, u128)>> {
        let mut blocks = Vec::with_capacity(32);
        let mut start = Instant::now();
        let mut watch = |name, _: MapView<'_>| {
            let now = Instant::now();
            blocks.push((name, (now - start).as_nanos()));
            start = now;
        };
        let (image, scores) = (&self.image, &mut self.scores);
        match &mut self.network {
            Network::Large(model, workspace) => model.forward_observed(workspace, image, scores, &mut watch),
            Network::Small(model, workspace) => model.forward_observed(workspace, image, scores, &mut watch),
            Network::LargeF16(model, workspace) => model.forward_observed(workspace, image, scores, &mut watch),
            Network::SmallF16(model, workspace) => model.forward_observed(workspace, image, scores, &mut watch),
            Network::LargeInt8(model, workspace) => model.forward_observed(workspace, image, scores, &mut watch),
            Network::SmallInt8(model, workspace) => model.forward_observed(workspace, image, scores, &mut watch),
        }
        blocks.push(("head", start.elapsed().as_nanos()));
        Ok(blocks)
    }
}

fn level(options: &Options) -> Outcome<Level> {
    match options.isa.as_deref() {
        None => Ok(Level::best()),
        Some(name) => Ok(name.parse()?),
    }
}

fn main() -> Outcome<()> {
    protocol::serve::<Mnv3>()
}
