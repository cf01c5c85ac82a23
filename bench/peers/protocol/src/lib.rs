//! The line protocol between `run.py` and an engine's process.
//!
//! Started as `ENGINE --network NAME --models DIR --threads N [--isa avx2] [--matrices f16] [--precision int8]`, a process loads its network, answers the
//! image once and prints `ready READ_NS LOAD_NS FIRST_NS VERSION`: nanoseconds to read the bytes of the model file (0
//! for an engine that opens the file itself), to load the network from them, and of the first forward. From then on
//! each line in is answered by one line out:
//!
//! - `run N`: the nanoseconds of N forwards, separated by spaces;
//! - `scores`: the scores of the image;
//! - `blocks`: the nanoseconds of the blocks of one forward, as `NAME=NS` separated by semicolons;
//! - `memory`: the peak of the resident memory so far (`VmHWM`), and what was resident before the model was read, in
//!   bytes.
//!
//! End of input ends the process.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, Write as _};
use std::path::PathBuf;
use std::time::Instant;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// `large` or `small`.
    pub network: String,
    /// Folder of the models and of the image of this network.
    pub models: PathBuf,
    /// Threads to use, the calling one included.
    pub threads: usize,
    /// Instruction set to stay within, where the engine can be told.
    pub isa: Option<String>,
    /// How matrices are stored, where the engine offers a choice.
    pub matrices: Option<String>,
    /// What the network is computed in, where the engine offers a choice.
    pub precision: Option<String>,
}

/// The result of everything that can fail here; a failure ends the process with its message.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

impl Options {
    /// Reads the command line of this process.
    ///
    /// # Errors
    /// An unknown option, a missing value, or a thread count that is not a number.
    pub fn from_args() -> Outcome<Self> {
        let mut options = Self {
            network: "large".into(),
            models: PathBuf::new(),
            threads: 1,
            isa: None,
            matrices: None,
            precision: None,
        };
        let mut args = std::env::args().skip(1);
        while let Some(key) = args.next() {
            let value = args.next().ok_or_else(|| format!("{key} needs a value"))?;
            match key.as_str() {
                "--network" => options.network = value,
                "--models" => options.models = value.into(),
                "--threads" => options.threads = value.parse()?,
                "--isa" => options.isa = Some(value),
                "--matrices" => options.matrices = Some(value),
                "--precision" => options.precision = Some(value),
                _ => return Err(format!("unknown option {key}").into()),
            }
        }
        options.models.push(&options.network);
        Ok(options)
    }

    /// The bytes of a file in the folder of this network.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&self, name: &str) -> Outcome<Vec<u8>> {
        let path = self.models.join(name);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// An image file of this network: little-endian `f32`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn image(&self, name: &str) -> Outcome<Vec<f32>> {
        let bytes = self.bytes(name)?;
        let (values, _) = bytes.as_chunks::<4>();
        Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
    }
}

/// A loaded network and its image.
pub trait Engine: Sized {
    /// The name and version of the engine, without spaces.
    const VERSION: &'static str;

    /// The model file whose bytes [`load`](Self::load) takes, or none where there is nothing to load.
    const MODEL_FILE: Option<&'static str>;

    /// Loads the network from the bytes of its model file; this is what `LOAD_NS` measures.
    ///
    /// # Errors
    /// Whatever the engine reports.
    fn load(options: &Options, model: Vec<u8>) -> Outcome<Self>;

    /// Computes the scores of the image once. Leaves the scores where [`scores`](Self::scores) finds them.
    ///
    /// # Errors
    /// Whatever the engine reports.
    fn forward(&mut self) -> Outcome<()>;

    /// The scores of the last forward.
    fn scores(&self) -> Vec<f32>;

    /// One forward, and the nanoseconds that each of its blocks took.
    ///
    /// # Errors
    /// The engine cannot tell its blocks apart.
    fn blocks(&mut self) -> Outcome<Vec<(&'static str, u128)>> {
        Err("this engine cannot tell its blocks apart".into())
    }
}

/// Serves the protocol until the end of standard input.
///
/// # Errors
/// The engine failed, a request is unknown, or a pipe broke.
pub fn serve<E: Engine>() -> Outcome<()> {
    let options = Options::from_args()?;
    let before = memory("VmRSS:")?;
    let start = Instant::now();
    let model = E::MODEL_FILE
        .map(|name| options.bytes(name))
        .transpose()?
        .unwrap_or_default();
    let read = start.elapsed().as_nanos();
    let start = Instant::now();
    let mut engine = E::load(&options, model)?;
    let load = start.elapsed().as_nanos();
    let start = Instant::now();
    engine.forward()?;
    let first = start.elapsed().as_nanos();
    reply(&format!("ready {read} {load} {first} {}", E::VERSION))?;

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (request, argument) = line.split_once(' ').unwrap_or((&line, ""));
        match request {
            "run" => reply(&burst(&mut engine, argument.parse()?)?)?,
            "scores" => reply(&engine.scores().iter().map(f32::to_string).collect::<Vec<_>>().join(" "))?,
            "blocks" => {
                let blocks = engine.blocks()?;
                reply(
                    &blocks
                        .iter()
                        .map(|(name, time)| format!("{name}={time}"))
                        .collect::<Vec<_>>()
                        .join(";"),
                )?;
            }
            "memory" => reply(&format!("{} {}", memory("VmHWM:")?, before))?,
            _ => return Err(format!("unknown request {line:?}").into()),
        }
    }
    Ok(())
}

fn burst<E: Engine>(engine: &mut E, count: usize) -> Outcome<String> {
    let mut nanoseconds = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        engine.forward()?;
        nanoseconds.push(start.elapsed().as_nanos());
    }
    let mut line = String::new();
    for value in nanoseconds {
        write!(line, "{value} ")?;
    }
    Ok(line)
}

fn reply(line: &str) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", line.trim_end())?;
    Ok(out.flush()?)
}

fn memory(field: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with(field))
        .ok_or("no memory line in /proc/self/status")?;
    let kilobytes: u64 = line
        .split_whitespace()
        .nth(1)
        .ok_or("no figure in the memory line")?
        .parse()?;
    Ok(kilobytes * 1024)
}
