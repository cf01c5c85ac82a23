//! Large at other widths and input sizes, to see whether time grows with multiply-adds and with nothing else; and Large
//! over a batch of images, to see whether it grows with threads.
//!
//! `bench-growth list` prints the networks and their multiply-adds; otherwise it serves the protocol for one of them.

use mnv3::{Tensor, Threads, mobilenet};
use mnv3_testing::formula;
use protocol::{Engine, Options, Outcome};

/// Keeps the numbers of these networks in a sane range; their time does not depend on it.
const GAIN: f64 = 4.75;

/// Runs one image through a network and leaves the scores.
type Forward = Box<dyn FnMut(&mut [f32; 1000])>;

struct Network {
    name: &'static str,
    multiply_adds: u64,
    load: fn() -> Outcome<Forward>,
}

/// Defines the networks and lists them.
macro_rules! networks {
    ($($name:literal $spec:literal $model:ident;)*) => {
        $(mobilenet!($spec);)*
        const NETWORKS: &[Network] = &[$(Network {
            name: $name,
            multiply_adds: $model::MULTIPLY_ADDS,
            load: || {
                let model = $model::from_safetensors(&weights($model::TENSORS)?)?;
                let mut workspace = $model::workspace();
                let [height, width, channels] = $model::INPUT_SIZE;
                let image = formula::image(height, width, channels).into_boxed_slice();
                let image: Box<[f32; $model::INPUT_SIZE[0] * $model::INPUT_SIZE[1] * $model::INPUT_SIZE[2]]> =
                    image.try_into().map_err(|_| "the image has another size")?;
                Ok(Box::new(move |scores| model.forward_into(&mut workspace, &image, scores)))
            },
        }),*];
    };
}

networks! {
    "large" "../../../specs/large.yaml" MobileNetV3Large;
    "width 0.35" "specs/width-035.yaml" Width035;
    "width 0.5" "specs/width-050.yaml" Width050;
    "width 0.75" "specs/width-075.yaml" Width075;
    "width 1.25" "specs/width-125.yaml" Width125;
    "width 1.5" "specs/width-150.yaml" Width150;
    "size 96" "specs/size-096.yaml" Size096;
    "size 128" "specs/size-128.yaml" Size128;
    "size 160" "specs/size-160.yaml" Size160;
    "size 192" "specs/size-192.yaml" Size192;
    "size 288" "specs/size-288.yaml" Size288;
    "size 384" "specs/size-384.yaml" Size384;
    "size 512" "specs/size-512.yaml" Size512;
}

fn weights(tensors: &[Tensor]) -> Outcome<Vec<u8>> {
    let tensors = tensors.iter().map(|tensor| (tensor.name, tensor.shape));
    Ok(formula::weights(tensors, GAIN)?)
}

/// Images of a batch.
const BATCH: usize = 16;

/// A batch through Large, each image on one of the threads; leaves the scores of the last.
fn batch(threads: usize) -> Outcome<Forward> {
    let model = MobileNetV3Large::from_safetensors(&weights(MobileNetV3Large::TENSORS)?)?;
    let model = model.with_threads(Threads::new(threads)?);
    let mut workspaces = vec![MobileNetV3Large::workspace(); threads];
    let images = formula::image(224, 224, 3).repeat(BATCH);
    let mut all = vec![[0.0; 1000]; BATCH];
    Ok(Box::new(move |scores| {
        if model
            .forward_batch_into(&mut workspaces, images.as_chunks().0, &mut all)
            .is_ok()
        {
            *scores = all[BATCH - 1];
        }
    }))
}

struct Growth {
    forward: Forward,
    scores: [f32; 1000],
}

impl Engine for Growth {
    const VERSION: &'static str = "mnv3-0.1.0";
    const MODEL_FILE: Option<&'static str> = None;

    fn load(options: &Options, _: Vec<u8>) -> Outcome<Self> {
        if options.network == "batch" {
            return Ok(Self {
                forward: batch(options.threads)?,
                scores: [0.0; 1000],
            });
        }
        let network = NETWORKS.iter().find(|network| network.name == options.network);
        let network = network.ok_or_else(|| format!("unknown network {}", options.network))?;
        Ok(Self {
            forward: (network.load)()?,
            scores: [0.0; 1000],
        })
    }

    fn forward(&mut self) -> Outcome<()> {
        (self.forward)(&mut self.scores);
        Ok(())
    }

    fn scores(&self) -> Vec<f32> {
        self.scores.to_vec()
    }
}

fn main() -> Outcome<()> {
    if std::env::args().nth(1).as_deref() == Some("list") {
        for Network {
            name, multiply_adds, ..
        } in NETWORKS
        {
            println!("{name}\t{multiply_adds}");
        }
        return Ok(());
    }
    protocol::serve::<Growth>()
}
