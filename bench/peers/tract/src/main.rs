//! tract: the ONNX model, optimised for its fixed input shape.

use protocol::{Engine, Options, Outcome};
use std::io::Cursor;
use std::sync::Arc;
use tract_linalg::multithread::{Executor, set_default_executor};
use tract_onnx::prelude::*;

struct Tract {
    plan: Arc<TypedRunnableModel>,
    image: TValue,
    scores: Vec<f32>,
}

impl Engine for Tract {
    const VERSION: &'static str = "tract-0.23.9";
    const MODEL_FILE: Option<&'static str> = Some("model.onnx");

    fn load(options: &Options, model: Vec<u8>) -> Outcome<Self> {
        if options.isa.is_some() {
            return Err("tract cannot be told its instruction set".into());
        }
        if options.threads > 1 {
            set_default_executor(Executor::multithread(options.threads));
        }
        let shape = [1, 3, 224, 224];
        let plan = tract_onnx::onnx()
            .model_for_read(&mut Cursor::new(model))?
            .with_input_fact(0, f32::fact(shape).into())?
            .into_optimized()?
            .into_runnable()?;
        let image = Tensor::from_shape(&shape, &options.image("image-nchw.f32")?)?;
        Ok(Self {
            plan,
            image: image.into_tvalue(),
            scores: Vec::new(),
        })
    }

    fn forward(&mut self) -> Outcome<()> {
        let outputs = self.plan.run(tvec!(self.image.clone()))?;
        self.scores.clear();
        self.scores
            .extend_from_slice(outputs[0].try_as_plain_ram()?.as_slice::<f32>()?);
        Ok(())
    }

    fn scores(&self) -> Vec<f32> {
        self.scores.clone()
    }
}

fn main() -> Outcome<()> {
    protocol::serve::<Tract>()
}
