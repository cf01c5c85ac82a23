//! `mnv3 run`: any network over many pictures, into a table.

use super::Outcome;
use crate::destination;
use crate::error::Error;
use crate::inputs::{PictureInput, inputs, is_parquet};
use crate::pictures::{self, DecodingArgs, NamedAnswers, PictureName};
use crate::probability::probability;
use crate::progress::{PictureProgress, duration, rounded};
use crate::run::{Asker, Begun, Earlier, Journal, RunFormat, RunHeader, RunRow, RunWanted, TableWriter};
use crate::{output, source, weights};
use mnv3_codegen::Plan;
use mnv3_image::{DecodedPicture, Decoding};
use mnv3_stream::StreamOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;

/// Names of pictures without an answer that are listed at the end.
const LISTED: usize = 20;

/// Puts any number of pictures to a network of any spec, on all cores, and writes a table of the answers; goes on after a kill.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RunArgs {
    /// A spec: a YAML file, or a published one such as mnv3:large; `-` reads it from standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Its weights: .safetensors, what mnv3 pack wrote, or any checkpoint that mnv3 convert reads
    #[arg(value_name = "WEIGHTS")]
    weights: PathBuf,
    /// Images, folders, 'patterns*', .tar archives; `-` reads one image from standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// The file that the table goes to, which is there when it is whole; standard output without this
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How it is written [default: by the ending of FILE, else jsonl]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<RunFormat>,
    /// The same as --format jsonl
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Goes on with an earlier run that did not come to its end
    #[arg(long, requires = "output")]
    resume: bool,
    /// How many classes of a picture to name at most, or boxes, the most probable first [default: 5 classes; all boxes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// Only classes that are at least so probable, or boxes so sure, from 0 to 1 [default: 0; boxes 0.3; with `sigmoid: true` 0.5]
    #[arg(long, value_name = "P", value_parser = probability)]
    threshold: Option<f32>,
    #[command(flatten)]
    decoding: DecodingArgs,
    /// Pictures that are worked on at a time [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 run mnv3:large large.safetensors photos -o classes.csv
  mnv3 run mnv3:large large.safetensors 'photos/**/*.jpg' --top 1 | jq .classes[0].label
  mnv3 run mnv3:large large.safetensors shards/*.tar -o classes.csv --resume
  mnv3 run mnv3:torchvision/ssdlite320-large coco.safetensors street -o boxes.jsonl --threshold 0.5

What is asked is what the head is for: classes, boxes, the share of the pixels that shows each class, or an embedding. JSON lines
have an object for each picture: {\"image\": ...} and \"classes\", \"boxes\", \"shares\", \"embedding\", or \"error\" and \"help\". CSV has
a line for each class, box or share, at least one for each picture; its column `error` says why a picture has none. Pictures are in
the order of the command line, in folders by name, in archives as they lie there.

With -o the rows go to FILE.part; when all are there, FILE is made of it. A run that was killed is gone on with by --resume: no
row is lost, none is there twice. What standard error tells: how far it is, how fast, how long it will take, and which pictures
could not be read. docs/batch.md has more.

Exit codes: 0 every image was read, 1 at least one was not or the spec, the weights or the file are wrong, 2 the command line is wrong.";

/// Where rows go.
enum Sink {
    File(Journal),
    Stream(TableWriter<Box<dyn Write + Send>>),
}

impl Sink {
    fn write(&mut self, row: &RunRow) -> Result<(), Error> {
        match self {
            Self::File(journal) => Ok(journal.write(row)?),
            Self::Stream(table) => Ok(table.write(row)?),
        }
    }
}

impl RunArgs {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        let format = self.format()?;
        let spec = source::spec(&self.spec)?;
        let plan = Plan::new(&spec.network);
        let bytes = weights::read(&self.weights, &spec.network)?;
        let exec = weights::exec_of(&plan, &self.weights, &bytes)?;
        let wanted = RunWanted {
            top: self.top.map(|top| top as usize),
            threshold: self.threshold,
        };
        let asker = Asker::new(&exec, &spec.network, wanted).map_err(|reason| Error::NotAsked {
            spec: self.spec.clone(),
            reason,
        })?;
        let mut files = spec.files;
        files.push(self.weights.clone());
        files.extend_from_slice(&self.inputs);
        let header = RunHeader {
            mnv3_run: 1,
            network: spec.network.name.clone(),
            spec: checksum(format!("{:?}", spec.network).as_bytes()),
            weights: checksum(&bytes),
            top: wanted.top,
            threshold: wanted.threshold,
            fast: self.decoding.wanted() == Decoding::Scaled,
        };
        drop(bytes);
        let (mut sink, mut earlier) = match self.sink(format, &asker, &header, &files)? {
            Some(begun) => begun,
            None => return Ok(Outcome::Good),
        };
        let (before, mut unread) = (earlier.rows, earlier.unread);
        let mut progress = PictureProgress::of_long(&self.inputs, before);
        let mut broken = Vec::new();
        thread::scope(|scope| {
            let left = inputs(&self.inputs).filter(move |input: &PictureInput| !earlier.takes(&input.name));
            let options = StreamOptions::default().threads(self.jobs.map_or(0, usize::from));
            let said = NamedAnswers::new(scope, left, options, false, || {
                let mut asker = asker.clone();
                let decoder = asker.decoder(self.decoding.wanted());
                (decoder, move |_: &PictureName, picture: &DecodedPicture| {
                    asker.ask(picture)
                })
            });
            for (name, said) in said {
                if let Err(problem) = &said {
                    unread += 1;
                    if broken.len() < LISTED {
                        broken.push(format!("{}: {problem}", pictures::shown(&name)));
                    }
                }
                sink.write(&RunRow::new(name, said))?;
                progress.done();
            }
            Ok::<(), Error>(())
        })?;
        progress.end();
        match sink {
            Sink::File(journal) => journal.finish(format, asker.kind())?,
            Sink::Stream(table) => _ = table.end()?,
        }
        self.tell(&progress, before, unread, &broken);
        Ok(Outcome::of(usize::try_from(unread).unwrap_or(usize::MAX)))
    }

    fn format(&self) -> Result<RunFormat, Error> {
        let file = self.output.as_deref();
        Ok(match self.format {
            _ if self.json => RunFormat::Jsonl,
            Some(format) => format,
            None => match file.filter(|file| is_parquet(file)) {
                Some(file) => return Err(Error::Parquet(file.to_owned())),
                None => file.and_then(RunFormat::of).unwrap_or(RunFormat::Jsonl),
            },
        })
    }

    /// Where rows go, and those that are there; nothing if all of them are.
    fn sink(
        &self,
        format: RunFormat,
        asker: &Asker<'_>,
        header: &RunHeader,
        files: &[PathBuf],
    ) -> Result<Option<(Sink, Earlier)>, Error> {
        let stream = |out: Box<dyn Write + Send>| {
            let table = TableWriter::new(format, asker.kind(), out)?;
            Ok(Some((Sink::Stream(table), Earlier::default())))
        };
        let Some(path) = self.output.as_deref().filter(|path| !source::is_stdin(path)) else {
            return stream(Box::new(io::stdout()));
        };
        let place = destination::place(path, files)?;
        if let Some(device) = destination::device(&place)? {
            return stream(Box::new(device));
        }
        match Journal::begin(&place, header, self.resume)? {
            Begun::Running(journal, earlier) => Ok(Some((Sink::File(journal), earlier))),
            Begun::Complete => {
                let shown = destination::shown(path);
                anstream::eprintln!("{shown} was finished before: remove it to begin anew");
                Ok(None)
            }
        }
    }
}

impl RunArgs {
    /// What was done, on standard error.
    fn tell(&self, progress: &PictureProgress, before: u64, unread: u64, broken: &[String]) {
        let mut text = format!(
            "{} pictures in {}, {} a second",
            output::thousands(progress.count_done() - before),
            duration(progress.elapsed().as_secs_f64()),
            rounded(progress.rate())
        );
        if before > 0 {
            text += &format!("; {} were there before", output::thousands(before));
        }
        if unread > 0 {
            text += &format!("\n{} could not be read:", output::thousands(unread));
            for line in broken {
                text += &format!("\n  {line}");
            }
            let others = unread - broken.len() as u64;
            if others > 0 {
                text += &format!("\n  {} more: their rows have an error", output::thousands(others));
            }
        }
        anstream::eprintln!("{}", mnv3_ir::VisibleLines(&text));
    }
}

fn checksum(bytes: &[u8]) -> String {
    format!("{:016x}", twox_hash::XxHash64::oneshot(0, bytes))
}
