//! `mnv3 detect`: what is in pictures, and where?

use super::Outcome;
use crate::class::NamedClass;
use crate::error::Error;
use crate::milliseconds::Milliseconds;
use crate::picture::PictureError;
use crate::pictures::{self, Asking, PictureAnswer, PictureName, Request, percent};
use crate::probability::probability;
use crate::{output, source, weights};
use image::{DynamicImage, Rgb, RgbImage};
use mnv3::detect::{Bounds, Detection};
use mnv3_codegen::Plan;
use mnv3_exec::Detector;
use mnv3_image::{DecodedPicture, PictureDecoder};
use mnv3_spec::Network;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Says what is in images and where, with a network of any spec whose head detects, and its weights; nothing is compiled.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DetectArgs {
    /// A spec: a YAML file, or a published one such as mnv3:torchvision/ssdlite320-large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Its weights: .safetensors, what mnv3 pack wrote, or any checkpoint that mnv3 convert reads
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// Images (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM), folders, 'patterns*', .tar archives; `-` reads one image from standard input
    #[arg(value_name = "INPUT", required = true)]
    images: Vec<PathBuf>,
    /// Only boxes that are at least so sure, from 0 to 1
    #[arg(long, value_name = "SCORE", default_value = "0.3", value_parser = probability)]
    score: f32,
    /// Writes each image with its boxes into this folder, which must be there: 1.png for the first, and so on
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Threads that each layer is divided among
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
    #[command(flatten)]
    asking: Asking,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 detect mnv3:torchvision/ssdlite320-large ssdlite320_mobilenet_v3_large_coco.pth street.jpg
  mnv3 detect mnv3:torchvision/ssdlite320-large coco.safetensors photos/*.jpg --score 0.5 -o found
  mnv3 detect --json my.yaml my.mnv3 a.png | jq .boxes[0].class

A class is its number, from 1 where the network has a background (torchvision's numbers of COCO), else from 0; and its name where
the spec gives one (labels, or a list of classes). With --json:
  {\"image\": \"a.png\", \"boxes\": [{\"class\": 17, \"label\": \"cat\", \"score\": 0.71, \"left\": 3.0, \"top\": 8.5, \"right\": 90.0, \"bottom\": 61.2}],
   \"milliseconds\": {\"preprocess\": 0.9, \"network\": 9.5, \"postprocess\": 1.1}}
in pixels of the image. What cannot be read does not stop the others: it is reported on standard error (with --json: on
standard output, as an object with \"image\", \"error\" and \"help\").

Exit codes: 0 every image was read, 1 at least one was not or the spec or the weights are wrong, 2 the command line is wrong.";

/// What is found in one picture.
#[derive(Serialize)]
struct DetectedJson<'n> {
    boxes: Vec<Labelled<'n>>,
    milliseconds: Milliseconds,
}

#[derive(Serialize)]
struct Labelled<'n> {
    #[serde(flatten)]
    named: NamedClass<'n>,
    score: f32,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl<'n> Labelled<'n> {
    fn new(found: &Detection, network: &'n Network) -> Self {
        let [left, top, right, bottom] = found.bounds.corners();
        Self {
            named: NamedClass::new(network, found.class),
            score: found.score,
            left,
            top,
            right,
            bottom,
        }
    }
}

impl PictureAnswer for DetectedJson<'_> {
    fn text(&self, name: &str, _: usize) -> String {
        let mut text = output::heading(name);
        let names = self.boxes.iter().map(|found| found.named.called().chars().count());
        let width = names.max().unwrap_or(0);
        for found in &self.boxes {
            text += &format!(
                "\n  {:4.1} %  {:<width$}  {:.0} {:.0} to {:.0} {:.0}",
                percent(found.score.into()),
                found.named.called(),
                found.left,
                found.top,
                found.right,
                found.bottom
            );
        }
        if self.boxes.is_empty() {
            text += "\n  nothing";
        }
        text
    }
}

impl DetectArgs {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        let plan = Plan::new(&spec.network);
        let exec = weights::exec(&plan, &self.weights, self.threads.into())?;
        let detector = Detector::new(&exec).map_err(|reason| Error::NotDetector {
            spec: self.spec.clone(),
            reason,
        })?;
        let mut out = anstream::stdout().lock();
        let unwritten = Mutex::new(None);
        let request = Request {
            arguments: &self.images,
            asking: &self.asking,
            threads: self.threads,
            makes_files: false,
        };
        let asked = pictures::ask_each(&mut out, &request, || {
            let (mut detector, unwritten, network) = (detector.clone(), &unwritten, &spec.network);
            let ask = move |name: &PictureName, picture: &DecodedPicture| {
                let found = detector.detect(picture).map_err(PictureError::from)?;
                let sure: Vec<Detection> = found
                    .iter()
                    .filter(|found| found.score >= self.score)
                    .copied()
                    .collect();
                if let Some(folder) = &self.output {
                    let path = folder.join(format!("{}.png", name.number + 1));
                    if let Err(reason) = drawn(&picture.picture, &sure).save(&path) {
                        let reason = reason.into();
                        let mut unwritten = unwritten.lock().unwrap_or_else(PoisonError::into_inner);
                        unwritten.get_or_insert(Error::Drawing { path, reason });
                    }
                }
                Ok(DetectedJson {
                    boxes: sure.iter().map(|found| Labelled::new(found, network)).collect(),
                    milliseconds: detector.timings().into(),
                })
            };
            (PictureDecoder::exact(), ask)
        })?;
        match unwritten.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(Outcome::of(asked.unread)),
        }
    }
}

/// Colours that neighbouring classes do not share.
const COLOURS: [[u8; 3]; 6] = [
    [230, 25, 75],
    [60, 180, 75],
    [0, 130, 200],
    [245, 130, 48],
    [145, 30, 180],
    [240, 220, 30],
];

/// The picture with a frame of two pixels around each box.
fn drawn(picture: &DynamicImage, found: &[Detection]) -> RgbImage {
    let mut image = picture.to_rgb8();
    // The best last, on top of others.
    for found in found.iter().rev() {
        frame(&mut image, &found.bounds, Rgb(COLOURS[found.class % COLOURS.len()]));
    }
    image
}

fn frame(image: &mut RgbImage, bounds: &Bounds, colour: Rgb<u8>) {
    let inside = |edge: f32, size: u32| (edge.round() as u32).min(size.saturating_sub(1));
    let (width, height) = image.dimensions();
    let [left, right] = [bounds.left, bounds.right].map(|edge| inside(edge, width));
    let [top, bottom] = [bounds.top, bounds.bottom].map(|edge| inside(edge, height));
    for y in top..=bottom {
        for x in left..=right {
            let edge = (x - left).min(right - x).min(y - top).min(bottom - y);
            if edge < 2 {
                image.put_pixel(x, y, colour);
            }
        }
    }
}
