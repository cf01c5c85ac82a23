//! rten: the ONNX model with prepacked weights.

use protocol::{Engine, Options, Outcome};
use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use std::sync::Arc;

struct Rten {
    model: Model,
    pool: Arc<ThreadPool>,
    image: NdTensor<f32, 4>,
    scores: Vec<f32>,
}

impl Engine for Rten {
    const VERSION: &'static str = "rten-0.27.0";
    const MODEL_FILE: Option<&'static str> = Some("model.onnx");

    fn load(options: &Options, model: Vec<u8>) -> Outcome<Self> {
        if options.isa.is_some() {
            return Err("rten cannot be told its instruction set".into());
        }
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(model)?;
        let image = NdTensor::try_from_data([1, 3, 224, 224], options.image("image-nchw.f32")?)?;
        Ok(Self {
            model,
            pool: Arc::new(ThreadPool::with_num_threads(options.threads)),
            image,
            scores: Vec::new(),
        })
    }

    fn forward(&mut self) -> Outcome<()> {
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let scores: NdTensor<f32, 2> = self
            .model
            .run_one(self.image.view().into(), Some(options))?
            .try_into()?;
        self.scores.clear();
        self.scores.extend(scores.iter());
        Ok(())
    }

    fn scores(&self) -> Vec<f32> {
        self.scores.clone()
    }
}

fn main() -> Outcome<()> {
    protocol::serve::<Rten>()
}
