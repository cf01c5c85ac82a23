//! `mnv3 direction`: are lines of text upright or upside down?

use super::Outcome;
use crate::error::Error;
use crate::output;
use crate::pictures::{self, Asking, PictureAnswer, PictureName, Request, percent};
use mnv3_image::{DecodedPicture, PictureDecoder};
use mnv3_models::text_direction::{Classifier, Direction, THRESHOLD};
use serde::{Serialize, Serializer};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Says whether images of lines of text are upright or upside down, with the model that is built in.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Ask {
    /// Images of one line of text each (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM), folders, 'patterns*', .tar archives; `-` reads one
    /// image from standard input
    #[arg(value_name = "INPUT", required = true)]
    images: Vec<PathBuf>,
    /// The least probability with which a direction is named, 0.5 to 1; below it the answer is `unsure`
    #[arg(long, value_name = "P", default_value_t = THRESHOLD, value_parser = threshold)]
    threshold: f64,
    #[command(flatten)]
    asking: Asking,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 direction scans/*.png
  mnv3 direction --json a.png      {\"image\": \"a.png\", \"direction\": \"upside-down\", \"probability\": 0.998}
  mnv3 direction --threshold 0.5 a.png
  curl -s URL | mnv3 direction -

Give one horizontal line of text in each image, cut closely. EXIF orientation is honoured, transparent parts are taken
as white, of an animation the first frame counts. The probability, 0.5 to 1, is that of the likelier direction. If it is
below the threshold the answer is \"unsure\": the image may be blank, or hold vertical text, or say too little.

An image that cannot be read does not stop the others: it is reported on standard error (with --json: on standard
output, as an object with \"image\", \"error\" and \"help\").

Exit codes: 0 every image was read, 1 at least one was not, 2 the command line is wrong.";

fn threshold(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(threshold) if (0.5..=1.0).contains(&threshold) => Ok(threshold),
        Ok(_) | Err(_) => Err("give a number from 0.5, which always names a direction, to 1".to_owned()),
    }
}

/// What the model says.
#[derive(Serialize)]
struct DirectionJson {
    #[serde(serialize_with = "word")]
    direction: Direction,
    probability: f64,
}

fn word<S: Serializer>(direction: &Direction, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match direction {
        Direction::Upright => "upright",
        Direction::UpsideDown => "upside-down",
        Direction::Unsure => "unsure",
    })
}

impl PictureAnswer for DirectionJson {
    fn text(&self, name: &str, width: usize) -> String {
        let direction = match self.direction {
            Direction::UpsideDown => output::bad("upside down"),
            Direction::Upright => format!("{}    ", output::good("upright")),
            Direction::Unsure => format!("{}     ", output::quiet("unsure")),
        };
        format!("{name:<width$}  {direction}  {:.1} %", percent(self.probability))
    }
}

impl Ask {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let classifier = Classifier::new();
        let mut out = anstream::stdout().lock();
        let tally = Mutex::new(Tally::default());
        let request = Request {
            arguments: &self.images,
            asking: &self.asking,
            threads: 1,
            makes_files: false,
        };
        let asked = pictures::ask_each(&mut out, &request, || {
            let (mut classifier, tally) = (classifier.clone(), &tally);
            let ask = move |_: &PictureName, picture: &DecodedPicture| {
                let answer = classifier.classify(&picture.picture)?;
                let direction = answer.direction_from(self.threshold);
                tally.lock().unwrap_or_else(PoisonError::into_inner).count(direction);
                Ok(DirectionJson {
                    direction,
                    probability: answer.probability(),
                })
            };
            (PictureDecoder::exact(), ask)
        })?;
        let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        tally.unread = asked.unread;
        // Not into a pipe, whose reader counts or picks lines.
        if asked.pictures > 1 && !self.asking.json && io::stdout().is_terminal() {
            writeln!(out, "{}", output::quiet(&tally.to_string()))?;
        }
        Ok(Outcome::of(tally.unread))
    }
}

/// How many images were found to be what.
#[derive(Default)]
struct Tally {
    upright: usize,
    upside_down: usize,
    unsure: usize,
    unread: usize,
}

impl Tally {
    fn count(&mut self, direction: Direction) {
        match direction {
            Direction::UpsideDown => self.upside_down += 1,
            Direction::Upright => self.upright += 1,
            Direction::Unsure => self.unsure += 1,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            upright,
            upside_down,
            unsure,
            unread,
        } = self;
        let images = upright + upside_down + unsure + unread;
        write!(f, "{images} images: {upright} upright, {upside_down} upside down")?;
        if *unsure > 0 {
            write!(f, ", {unsure} unsure")?;
        }
        if *unread > 0 {
            write!(f, ", {unread} not read")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_every_image_once() {
        let mut tally = Tally::default();
        for direction in [Direction::UpsideDown, Direction::Upright, Direction::Upright] {
            tally.count(direction);
        }
        assert_eq!(tally.to_string(), "3 images: 2 upright, 1 upside down");
        tally.unread = 1;
        assert_eq!(tally.to_string(), "4 images: 2 upright, 1 upside down, 1 not read");
        tally.count(Direction::Unsure);
        assert_eq!(
            tally.to_string(),
            "5 images: 2 upright, 1 upside down, 1 unsure, 1 not read"
        );
    }
}
