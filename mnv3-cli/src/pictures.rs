//! The pictures of a command line, one after the other.

use crate::picture::{self, PictureError};
use crate::{output, source};
use image::DynamicImage;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What is said of one picture: its fields are those of `--json`.
pub(crate) trait PictureAnswer: Serialize {
    /// For people: one or more lines, of a picture shown by this name. `width` is that of the longest name.
    fn text(&self, name: &str, width: usize) -> String;
}

/// One line of `--json`.
#[derive(Serialize)]
#[serde(untagged)]
enum PictureJson<'a, A> {
    Answer {
        image: &'a str,
        #[serde(flatten)]
        answer: A,
    },
    Problem {
        image: &'a str,
        error: String,
        help: String,
    },
}

/// Asks about every picture and writes the answers down. One that cannot be read does not stop the others; how many those
/// were is handed back.
pub(crate) fn ask_each<A: PictureAnswer>(
    out: &mut impl Write,
    paths: &[PathBuf],
    json: bool,
    mut ask: impl FnMut(&Path, &DynamicImage) -> Result<A, PictureError>,
) -> io::Result<usize> {
    let bar = progress(paths.len());
    let width = paths.iter().map(|path| source::shown(path).chars().count()).max();
    let mut unread = 0;
    for path in paths {
        let answer = picture::read(path).and_then(|picture| ask(path, &picture));
        unread += usize::from(answer.is_err());
        match answer {
            answer if json => output::json(out, &line(&source::display(path), answer))?,
            Ok(answer) => writeln!(out, "{}", answer.text(&source::shown(path), width.unwrap_or(0)))?,
            Err(problem) => bar.suspend(|| complain(path, &problem)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(unread)
}

/// Says what is wrong with one picture, and what to do about it.
pub(crate) fn complain(path: &Path, problem: &PictureError) {
    output::complain(&format_args!(
        "{}: {problem}\n  = {}",
        source::display(path),
        problem.help()
    ));
}

fn line<A>(image: &str, answer: Result<A, PictureError>) -> PictureJson<'_, A> {
    match answer {
        Ok(answer) => PictureJson::Answer { image, answer },
        Err(problem) => PictureJson::Problem {
            image,
            error: problem.to_string(),
            help: problem.help(),
        },
    }
}

/// Shown when there is something to wait for and the answers do not show the progress by themselves.
fn progress(pictures: usize) -> ProgressBar {
    let shown = pictures > 1 && !io::stdout().is_terminal();
    let target = if shown {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} images, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(pictures as u64), target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A probability of 0 to 1 in per cent, rounded down: nothing that a network says is certain enough for 100 %.
pub(crate) fn percent(probability: f64) -> f64 {
    ((probability * 1000.0).floor() / 10.0).min(99.9)
}
