//! The pictures of a command line, asked about on all cores, their answers written down one after the other.

use crate::inputs::{PictureInput, inputs};
use crate::output;
use crate::picture::PictureError;
use crate::progress::PictureProgress;
use mnv3_image::{DecodedPicture, Decoding, PictureDecoder};
use mnv3_ir::Visible;
use mnv3_stream::{Answers, StreamOptions, stream_in};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

/// Names that are looked at for how wide a column of them is.
const MEASURED: usize = 1000;

/// What is said of one picture: its fields are those of `--json`.
pub(crate) trait PictureAnswer: Serialize + Send {
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

/// How pictures are asked about.
#[derive(clap::Args)]
pub(crate) struct Asking {
    /// Pictures that are worked on at a time [default: as many as there are cores; with --threads 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Writes JSON, one object for each image
    #[arg(long)]
    pub(crate) json: bool,
}

/// How pixels are made.
#[derive(clap::Args)]
pub(crate) struct DecodingArgs {
    /// Decodes large JPEG photos at a fraction of their size: several times as fast, scores change a little
    #[arg(long)]
    fast: bool,
}

impl DecodingArgs {
    pub(crate) fn wanted(&self) -> Decoding {
        if self.fast { Decoding::Scaled } else { Decoding::Exact }
    }
}

/// On as many threads as jobs are wanted, each of which may divide its layers among so many.
pub(crate) fn options(jobs: Option<u16>, threads: u8) -> StreamOptions {
    let one_or_all = usize::from(threads > 1);
    StreamOptions::default().threads(jobs.map_or(one_or_all, usize::from))
}

/// What is asked about, and how.
pub(crate) struct Request<'r> {
    pub(crate) arguments: &'r [PathBuf],
    pub(crate) asking: &'r Asking,
    /// Among which each picture's layers are divided.
    pub(crate) threads: u8,
    /// Files are made that are called as the pictures are, so that names must be remembered.
    pub(crate) makes_files: bool,
}

/// How many pictures there were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) pictures: usize,
    /// Those that could not be read.
    pub(crate) unread: usize,
}

/// Asks about every picture and writes the answers down. One that cannot be read does not stop the others; how many those
/// were is handed back. `worker` makes for each thread
/// what decodes pictures, and a function that is given the number of a picture, from 0, its name, and the picture.
pub(crate) fn ask_each<'d, A, F>(
    out: &mut impl Write,
    request: &Request<'_>,
    worker: impl Fn() -> (PictureDecoder<'d>, F) + Send + Sync,
) -> io::Result<Asked>
where
    A: PictureAnswer,
    F: FnMut(&PictureName, &DecodedPicture) -> Result<A, PictureError>,
{
    let (arguments, json) = (request.arguments, request.asking.json);
    let options = options(request.asking.jobs, request.threads);
    let width = inputs(arguments)
        .take(MEASURED)
        .map(|input| shown(&input.name).chars().count());
    let width = if json { 0 } else { width.max().unwrap_or(0) };
    // Answers on a terminal show by themselves how far they are.
    let mut progress = PictureProgress::of(arguments, !io::stdout().is_terminal());
    let mut asked = Asked::default();
    thread::scope(|scope| {
        for (name, answer) in NamedAnswers::new(scope, inputs(arguments), options, request.makes_files, worker) {
            asked.pictures += 1;
            asked.unread += usize::from(answer.is_err());
            match answer {
                answer if json => output::json(out, &line(&name, answer))?,
                Ok(answer) => writeln!(out, "{}", answer.text(&shown(&name), width))?,
                Err(problem) => progress.suspend(|| complain(&name, &problem)),
            }
            progress.done();
        }
        Ok::<(), io::Error>(())
    })?;
    progress.end();
    Ok(asked)
}

/// Number and name of a picture.
pub(crate) struct PictureName {
    /// From 0.
    pub(crate) number: usize,
    /// What files are called that are made of it.
    pub(crate) stem: String,
    /// Which picture of this stem it is, from 1, where that is remembered.
    pub(crate) time: usize,
}

/// Answers with the names of their pictures, which a thread that panics would not tell.
pub(crate) struct NamedAnswers<A> {
    names: Arc<Mutex<VecDeque<String>>>,
    answers: Answers<A, PictureError>,
}

impl<A> NamedAnswers<A> {
    /// Asks about pictures on threads of a scope.
    pub(crate) fn new<'scope, 'd, F>(
        scope: &'scope Scope<'scope, '_>,
        inputs: impl Iterator<Item = PictureInput> + Send + 'scope,
        options: StreamOptions,
        remember: bool,
        worker: impl Fn() -> (PictureDecoder<'d>, F) + Send + Sync + 'scope,
    ) -> Self
    where
        A: Send + 'scope,
        F: FnMut(&PictureName, &DecodedPicture) -> Result<A, PictureError>,
    {
        let names = Arc::new(Mutex::new(VecDeque::new()));
        let noted = Arc::clone(&names);
        let mut times = HashMap::new();
        let inputs = inputs.enumerate().map(move |(number, input)| {
            let mut names = noted.lock().unwrap_or_else(PoisonError::into_inner);
            names.push_back(input.name.clone());
            let (stem, mut time) = (input.stem(), 1);
            if remember {
                let times = times.entry(stem.clone()).or_insert(0);
                *times += 1;
                time = *times;
            }
            (PictureName { number, stem, time }, input)
        });
        let answers = stream_in(scope, inputs, options, move || {
            let (mut decoder, mut ask) = worker();
            move |(name, input): (PictureName, PictureInput)| {
                let picture = decoder.decode(&input.bytes()?)?;
                let answer = ask(&name, &picture);
                decoder.recycle(picture);
                answer
            }
        });
        Self { names, answers }
    }
}

impl<A> Iterator for NamedAnswers<A> {
    type Item = (String, Result<A, PictureError>);

    fn next(&mut self) -> Option<Self::Item> {
        let answer = self.answers.next()?;
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        // Of each answer the input was taken before it.
        Some((names.pop_front().unwrap_or_default(), answer))
    }
}

/// How people are shown a name.
pub(crate) fn shown(name: &str) -> String {
    Visible(name).to_string()
}

/// Says what is wrong with one picture, and what to do about it.
pub(crate) fn complain(name: &str, problem: &PictureError) {
    output::complain(&format_args!("{name}: {problem}\n  = {}", problem.help()));
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

/// A probability of 0 to 1 in per cent, rounded down: nothing that a network says is certain enough for 100 %.
pub(crate) fn percent(probability: f64) -> f64 {
    ((probability * 1000.0).floor() / 10.0).min(99.9)
}
