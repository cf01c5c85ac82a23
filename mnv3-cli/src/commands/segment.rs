//! `mnv3 segment`: what does each pixel of pictures show?

use super::Outcome;
use crate::background::{Background, background};
use crate::class::{NamedClass, meant};
use crate::error::Error;
use crate::milliseconds::Milliseconds;
use crate::picture::PictureError;
use crate::pictures::{self, Asking, PictureAnswer, PictureName, Request};
use crate::segmented::{Drawing, Wanted};
use crate::{output, source, weights};
use mnv3_codegen::Plan;
use mnv3_exec::Segmenter;
use mnv3_image::{DecodedPicture, PictureDecoder};
use mnv3_spec::Network;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Tells what each pixel of images shows, with a network of any spec whose head segments, and its weights: masks, overlays, cut-outs.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SegmentArgs {
    /// A spec: a YAML file, or a published one such as mnv3:torchvision/lraspp-large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Its weights: .safetensors, what mnv3 pack wrote, or any checkpoint that mnv3 convert reads
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// Images (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM), folders, 'patterns*', .tar archives; `-` reads one image from standard input
    #[arg(value_name = "INPUT", required = true)]
    images: Vec<PathBuf>,
    /// Writes what is made of each image into this folder, which must be there; by default the current one, if it is told what to make
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Makes the image with the colours of its classes laid on it, in place of a mask
    #[arg(long, conflicts_with_all = ["keep", "cut_out", "background"])]
    overlay: bool,
    /// Makes a cut-out of this class: its number, or its name where the spec gives one
    #[arg(long, value_name = "CLASS")]
    keep: Option<String>,
    /// Makes a cut-out; of which class, --keep says, but for networks of one class
    #[arg(long)]
    cut_out: bool,
    /// What is behind a cut-out: transparent, blur, or a colour such as ffffff
    #[arg(long, value_name = "BACKGROUND", value_parser = background)]
    background: Option<Background>,
    /// Threads that each layer is divided among
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
    #[command(flatten)]
    asking: Asking,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 segment mnv3:torchvision/lraspp-large lraspp_mobilenet_v3_large.pth street.jpg
  mnv3 segment mnv3:torchvision/lraspp-large voc.safetensors photos/*.jpg -o masks
  mnv3 segment mnv3:torchvision/lraspp-large voc.safetensors portrait.jpg --keep person --background blur
  mnv3 segment --json my.yaml my.mnv3 a.png | jq .classes[0].class

For each image it says which classes it shows, and on which share of its pixels. A class is its number, from 0 (Pascal VOC's
background, 15 a person), and its name where the spec gives one (labels, or a list of classes); a network of one class tells it, 1, from what it is not, 0. With -o each image becomes a PNG of its size
whose pixels are classes, coloured as those of Pascal VOC (a-mask.png of a.jpg); with --overlay, --keep or --cut-out a-overlay.png
or a-cut-out.png. With --json:
  {\"image\": \"a.png\", \"classes\": [{\"class\": 15, \"label\": \"person\", \"share\": 0.31}], \"file\": \"masks/a-mask.png\",
   \"milliseconds\": {\"preprocess\": 2.1, \"network\": 31.5, \"postprocess\": 4.0}}
What cannot be read does not stop the others: it is reported on standard error (with --json: on standard output, as an object with
\"image\", \"error\" and \"help\").

Exit codes: 0 every image was read, 1 at least one was not or the spec or the weights are wrong, 2 the command line is wrong.";

/// What is said of one picture.
#[derive(Serialize)]
struct Shown<'n> {
    classes: Vec<Share<'n>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    milliseconds: Milliseconds,
}

#[derive(Serialize)]
struct Share<'n> {
    #[serde(flatten)]
    named: NamedClass<'n>,
    share: f64,
}

impl PictureAnswer for Shown<'_> {
    fn text(&self, name: &str, _: usize) -> String {
        let mut text = output::heading(name);
        for shown in &self.classes {
            text += &format!("\n  {:5.1} %  {}", 100.0 * shown.share, shown.named.called());
        }
        if let Some(file) = &self.file {
            text += &format!("\n  {}", mnv3_ir::Visible(file));
        }
        text
    }
}

impl SegmentArgs {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let spec = source::spec(&self.spec)?;
        let plan = Plan::new(&spec.network);
        let exec = weights::exec(&plan, &self.weights, self.threads.into())?;
        let segmenter = Segmenter::new(&exec).map_err(|reason| Error::NotSegmenter {
            spec: self.spec.clone(),
            reason,
        })?;
        let wanted = self.wanted(&spec.network)?;
        let folder = self.output.clone().unwrap_or_default();
        let mut out = anstream::stdout().lock();
        let unwritten = Mutex::new(None);
        let request = Request {
            arguments: &self.images,
            asking: &self.asking,
            threads: self.threads,
            makes_files: wanted.is_some(),
        };
        let asked = pictures::ask_each(&mut out, &request, || {
            let (mut segmenter, unwritten, folder, network) = (segmenter.clone(), &unwritten, &folder, &spec.network);
            let ask = move |name: &PictureName, picture: &DecodedPicture| {
                segmenter.look(picture).map_err(PictureError::from)?;
                let mask = segmenter.mask();
                let shares = mask.shares().into_iter();
                let classes = shares
                    .map(|(class, share)| Share {
                        named: NamedClass::new(network, class),
                        share,
                    })
                    .collect();
                let mut file = None;
                if let Some(wanted) = wanted {
                    let to = folder.join(wanted.file_name(name));
                    match Drawing::of(wanted, &picture.picture, mask, &mut segmenter)
                        .and_then(|drawing| drawing.save(&to))
                    {
                        Ok(()) => file = Some(to.display().to_string()),
                        Err(reason) => {
                            let mut unwritten = unwritten.lock().unwrap_or_else(PoisonError::into_inner);
                            unwritten.get_or_insert(Error::Drawing { path: to, reason });
                        }
                    }
                }
                Ok(Shown {
                    classes,
                    file,
                    milliseconds: segmenter.timings().into(),
                })
            };
            (PictureDecoder::exact(), ask)
        })?;
        match unwritten.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(Outcome::of(asked.unread)),
        }
    }

    /// What is to be made of each image, if anything.
    fn wanted(&self, network: &Network) -> Result<Option<Wanted>, Error> {
        let cut_out = self.cut_out || self.keep.is_some() || self.background.is_some();
        if !cut_out {
            return Ok(match (self.overlay, &self.output) {
                (true, _) => Some(Wanted::Overlay),
                (false, Some(_)) => Some(Wanted::Mask),
                (false, None) => None,
            });
        }
        // One class is told from what it is not.
        let classes = network.segment().map_or(0, |head| head.classes);
        let most = classes.max(2);
        let class = match &self.keep {
            Some(keep) => meant(network, most, keep),
            None => (classes == 1).then_some(1),
        };
        let class = class.ok_or_else(|| Error::Keep {
            keep: self.keep.clone(),
            last: most - 1,
            named: network.class_names.is_some(),
        })?;
        let background = self.background.unwrap_or(Background::Transparent);
        Ok(Some(Wanted::CutOut { class, background }))
    }
}
