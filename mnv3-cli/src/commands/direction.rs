//! `mnv3 direction`: are lines of text upright or upside down?

use super::Outcome;
use crate::direction::Classifier;
use crate::error::Error;
use crate::output;
use crate::pictures::{self, Answer, percent};
use serde::Serialize;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Says whether images of lines of text are upright or upside down, with the model that is built in.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Direction {
    /// Images of one line of text each (PNG, JPEG, WebP, TIFF, BMP, GIF, PNM); `-` reads one from standard input
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Writes JSON, one object for each image
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 direction scans/*.png
  mnv3 direction --json a.png      {\"image\": \"a.png\", \"direction\": \"upside-down\", \"probability\": 0.998}
  curl -s URL | mnv3 direction -

Give one horizontal line of text in each image, cut closely. EXIF orientation is honoured, transparent parts are taken
as white, of an animation the first frame counts. The probability, 0.5 to 1, is that of the direction which is named.

An image that cannot be read does not stop the others: it is reported on standard error (with --json: on standard
output, as an object with \"image\", \"error\" and \"help\").

Exit codes: 0 every image was read, 1 at least one was not, 2 the command line is wrong.";

/// The likelier direction and its probability.
#[derive(Serialize)]
struct Verdict {
    direction: Turn,
    probability: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Turn {
    Upright,
    UpsideDown,
}

impl Verdict {
    fn new(upside_down: f64) -> Self {
        let (direction, probability) = if upside_down > 0.5 {
            (Turn::UpsideDown, upside_down)
        } else {
            (Turn::Upright, 1.0 - upside_down)
        };
        Self { direction, probability }
    }
}

impl Answer for Verdict {
    fn text(&self, name: &str, width: usize) -> String {
        let direction = match self.direction {
            Turn::UpsideDown => output::bad("upside down"),
            Turn::Upright => format!("{}    ", output::good("upright")),
        };
        format!("{name:<width$}  {direction}  {:.1} %", percent(self.probability))
    }
}

impl Direction {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let mut classifier = Classifier::new();
        let mut out = anstream::stdout().lock();
        let mut tally = Tally::default();
        tally.unread = pictures::ask_each(&mut out, &self.images, self.json, |picture| {
            let verdict = Verdict::new(classifier.upside_down(&picture)?);
            tally.count(verdict.direction);
            Ok(verdict)
        })?;
        // Not into a pipe, whose reader counts or picks lines.
        if self.images.len() > 1 && !self.json && io::stdout().is_terminal() {
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
    unread: usize,
}

impl Tally {
    fn count(&mut self, direction: Turn) {
        match direction {
            Turn::UpsideDown => self.upside_down += 1,
            Turn::Upright => self.upright += 1,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            upright,
            upside_down,
            unread,
        } = self;
        let images = upright + upside_down + unread;
        write!(f, "{images} images: {upright} upright, {upside_down} upside down")?;
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
        for upside_down in [0.9, 0.1, 0.5, 0.51] {
            tally.count(Verdict::new(upside_down).direction);
        }
        assert_eq!(tally.to_string(), "4 images: 2 upright, 2 upside down");
        tally.unread = 1;
        assert_eq!(tally.to_string(), "5 images: 2 upright, 2 upside down, 1 not read");
    }
}
