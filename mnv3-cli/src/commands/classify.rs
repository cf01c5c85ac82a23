//! `mnv3 classify`: what does a network of any spec say of pictures?

use super::Outcome;
use crate::error::Error;
use crate::pictures::{self, Asking, DecodingArgs, PictureAnswer, PictureName, Request, percent};
use crate::probability::probability;
use crate::{output, run, source, weights};
use mnv3_codegen::Plan;
use mnv3_exec::Classifier;
use mnv3_image::DecodedPicture;
use serde::Serialize;
use std::path::PathBuf;

/// Says which classes images belong to, with a network of any spec and its weights; nothing is compiled.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ClassifyArgs {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Its weights: .safetensors, what mnv3 pack wrote, or any checkpoint that mnv3 convert reads
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// Images (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM), folders, 'patterns*', .tar archives; `-` reads one image from standard input
    #[arg(value_name = "INPUT", required = true)]
    images: Vec<PathBuf>,
    /// How many classes to name at most, the most probable first [default: 5; with `sigmoid: true` all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// Names only classes that are at least so probable, from 0 to 1 [default: 0; with `sigmoid: true` 0.5]
    #[arg(long, value_name = "P", value_parser = probability)]
    threshold: Option<f32>,
    /// Threads that each layer is divided among
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
    #[command(flatten)]
    decoding: DecodingArgs,
    #[command(flatten)]
    asking: Asking,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 classify mnv3:large mobilenet_v3_large.pth cat.jpg
  mnv3 classify my.yaml my.safetensors photos/*.jpg --top 1
  mnv3 classify --json my.yaml my.mnv3 a.png | jq .classes[0].index
  mnv3 classify labels.yaml labels.safetensors beach.jpg --threshold 0.3
  curl -s URL | mnv3 classify mnv3:small small.safetensors -

Images are resized and cropped in the way that the spec says (its preprocess, or that of its dialect). EXIF orientation
is honoured, transparent parts are taken as white, of an animation the first frame counts. A class is its place among the
scores, from 0, and its name where the spec gives one (labels, or a list of classes). With --json:
  {\"image\": \"a.png\", \"classes\": [{\"index\": 281, \"probability\": 0.71, \"label\": \"tabby\"}]}

With `sigmoid: true` in the spec's head any number of classes may hold, none as well: each of 50 % or more is named.

An image that cannot be read does not stop the others: it is reported on standard error (with --json: on standard
output, as an object with \"image\", \"error\" and \"help\").

Exit codes: 0 every image was read, 1 at least one was not or the spec or the weights are wrong, 2 the command line is wrong.";

/// What a network says of one picture.
#[derive(Serialize)]
struct ClassesJson<'n> {
    classes: Vec<ClassJson<'n>>,
}

#[derive(Serialize)]
struct ClassJson<'n> {
    index: usize,
    probability: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'n str>,
}

impl PictureAnswer for ClassesJson<'_> {
    fn text(&self, name: &str, _: usize) -> String {
        let width = self.classes.iter().map(|class| class.index.to_string().len()).max();
        let mut text = output::heading(name);
        if self.classes.is_empty() {
            text += "\n  no class is as probable as asked";
        }
        for class in &self.classes {
            let label = class.label.map_or_else(String::new, |label| format!("  {label}"));
            text += &format!(
                "\n  {:4.1} %  {:>2$}{label}",
                percent(class.probability.into()),
                class.index,
                width.unwrap_or(0)
            );
        }
        text
    }
}

impl ClassifyArgs {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        let plan = Plan::new(&spec.network);
        let exec = weights::exec(&plan, &self.weights, self.threads.into())?;
        let classifier = Classifier::new(&exec).map_err(|reason| Error::NotClassifier {
            spec: self.spec.clone(),
            reason,
        })?;
        let (top, threshold) = run::defaults(classifier.activation());
        let top = self.top.map_or(top, |top| top as usize);
        let threshold = self.threshold.unwrap_or(threshold);
        let mut out = anstream::stdout().lock();
        let request = Request {
            arguments: &self.images,
            asking: &self.asking,
            threads: self.threads,
            makes_files: false,
        };
        let asked = pictures::ask_each(&mut out, &request, || {
            let mut classifier = classifier.clone();
            let decoder = classifier.decoder(self.decoding.wanted());
            let ask = move |_: &PictureName, picture: &DecodedPicture| {
                let classes = classifier.classify(picture, top)?;
                let probable = classes.into_iter().filter(|class| class.probability >= threshold);
                let probable = probable.map(|class| ClassJson {
                    index: class.index,
                    probability: class.probability,
                    label: class.label,
                });
                Ok(ClassesJson {
                    classes: probable.collect(),
                })
            };
            (decoder, ask)
        })?;
        Ok(Outcome::of(asked.unread))
    }
}
