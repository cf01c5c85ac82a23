//! `mnv3 direction`: are lines of text upright or upside down?

use super::Outcome;
use crate::direction::Classifier;
use crate::error::Error;
use crate::picture::{self, PictureError};
use crate::{output, source};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

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

/// One line of `--json`.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Answer {
        image: &'a str,
        direction: &'static str,
        probability: f64,
    },
    Problem {
        image: &'a str,
        error: String,
        help: String,
    },
}

impl Direction {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let mut classifier = Classifier::new();
        let mut out = anstream::stdout().lock();
        let bar = self.progress();
        let mut tally = Tally::default();
        let width = self
            .images
            .iter()
            .map(|path| source::shown(path).chars().count())
            .max()
            .unwrap_or(0);
        for path in &self.images {
            let upside_down = picture::read(path).and_then(|picture| classifier.upside_down(&picture));
            tally.count(&upside_down);
            match (&upside_down, self.json) {
                (_, true) => output::json(&mut out, &line(&source::display(path), &upside_down))?,
                (Ok(upside_down), false) => writeln!(out, "{}", sentence(path, width, *upside_down))?,
                (Err(problem), false) => bar.suspend(|| {
                    output::complain(&format_args!(
                        "{}: {problem}\n  = {}",
                        source::display(path),
                        problem.help()
                    ));
                }),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        // Not into a pipe, whose reader counts or picks lines.
        if self.images.len() > 1 && !self.json && io::stdout().is_terminal() {
            writeln!(out, "{}", output::quiet(&tally.to_string()))?;
        }
        Ok(if tally.unread == 0 {
            Outcome::Good
        } else {
            Outcome::BadInput
        })
    }

    /// Shown when there is something to wait for and the answers do not show the progress by themselves.
    fn progress(&self) -> ProgressBar {
        let shown = self.images.len() > 1 && !io::stdout().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} images, {eta} left");
        let bar = ProgressBar::with_draw_target(Some(self.images.len() as u64), target);
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
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
    fn count(&mut self, upside_down: &Result<f64, PictureError>) {
        match upside_down.as_ref().map(|probability| verdict(*probability)) {
            Ok((true, _)) => self.upside_down += 1,
            Ok((false, _)) => self.upright += 1,
            Err(_) => self.unread += 1,
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

/// The likelier direction and its probability.
fn verdict(upside_down: f64) -> (bool, f64) {
    if upside_down > 0.5 {
        (true, upside_down)
    } else {
        (false, 1.0 - upside_down)
    }
}

fn line<'a>(image: &'a str, upside_down: &Result<f64, PictureError>) -> Line<'a> {
    match upside_down {
        Ok(upside_down) => {
            let (turned, probability) = verdict(*upside_down);
            Line::Answer {
                image,
                direction: if turned { "upside-down" } else { "upright" },
                probability,
            }
        }
        Err(problem) => Line::Problem {
            image,
            error: problem.to_string(),
            help: problem.help(),
        },
    }
}

fn sentence(path: &Path, width: usize, upside_down: f64) -> String {
    let (turned, probability) = verdict(upside_down);
    // Rounded down: nothing here is certain enough for 100 %.
    let percent = (probability * 1000.0).floor() / 10.0;
    let percent = percent.min(99.9);
    let direction = if turned {
        output::bad("upside down")
    } else {
        format!("{}    ", output::good("upright"))
    };
    format!("{:<width$}  {direction}  {percent:.1} %", source::shown(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_every_image_once() {
        let mut tally = Tally::default();
        for upside_down in [Ok(0.9), Ok(0.1), Ok(0.5), Ok(0.51)] {
            tally.count(&upside_down);
        }
        assert_eq!(tally.to_string(), "4 images: 2 upright, 2 upside down");
        tally.count(&Err(PictureError::Long(300)));
        assert_eq!(tally.to_string(), "5 images: 2 upright, 2 upside down, 1 not read");
    }
}
