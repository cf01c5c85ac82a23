//! `mnv3 bench`: how fast is a network on this machine?

use super::Outcome;
use crate::bench::{self, Subject, TimedPart, Timings};
use crate::error::Error;
use crate::output::{self, thousands};
use crate::source;
use mnv3::Level;
use mnv3_codegen::Plan;
use mnv3_ir::Visible;
use mnv3_spec::{Network, Shape};
use mnv3_summary::{Look, Side, Table};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Times networks on this machine, side by side, beside the most multiply-adds that the machine can do.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Bench {
    /// Specs: files in YAML, or published ones as mnv3:NAME (mnv3 spec --list)
    #[arg(value_name = "SPEC", required = true)]
    specs: Vec<PathBuf>,
    /// Adds a line for each row of a spec
    #[arg(long)]
    layers: bool,
    /// Threads that each layer is divided among
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=64), conflicts_with = "layers")]
    threads: u8,
    /// SIMD level: avx512, avx2, sse2, neon, simd128 or scalar [default: the best of this machine]
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Times the networks for images of another size, such as 160 or 96x320 (height x width)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<[usize; 2]>,
    /// Writes JSON, one object for each spec
    #[arg(long)]
    json: bool,
    /// How long to measure each of them, 0.1 to 600
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    seconds: Duration,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 bench mnv3:large --layers
  mnv3 bench mnv3:large mine.yaml
  mnv3 bench mnv3:small --threads 2 --size 160
  mnv3 bench mnv3:small --level avx2
  mnv3 bench mnv3:small --json | jq .milliseconds

Times are medians, with random weights. A round is a burst of multiply-adds on registers, whose median speed is the peak of
one thread, and three forwards of one image for each spec. GFLOP/s count two operations to a multiply-add. A network that is
compiled into a program runs the same kernels to the same bits. Only a release build tells anything, on a machine with
nothing else to do.

Exit codes: 0 done, 1 a spec is wrong, 2 the command line is wrong.";

fn size(text: &str) -> Result<[usize; 2], String> {
    let (height, width) = text.split_once('x').unwrap_or((text, text));
    let edge = |text: &str| text.trim().parse().ok().filter(|n| (1..=4096).contains(n));
    match (edge(height), edge(width)) {
        (Some(height), Some(width)) => Ok([height, width]),
        _ => Err("write pixels from 1 to 4096, or height x width such as 96x320".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "write a number of seconds".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("write a number from 0.1 to 600".to_owned())
    }
}

/// One line of `--json`.
#[derive(Serialize)]
struct BenchJson<'t> {
    network: &'t str,
    spec: &'t str,
    input: [usize; 3],
    threads: u8,
    level: &'static str,
    rounds: usize,
    peak_gflops: f64,
    #[serde(flatten)]
    whole: PartJson<'t>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<PartJson<'t>>,
}

#[derive(Serialize)]
struct PartJson<'t> {
    name: &'t str,
    milliseconds: f64,
    multiply_adds: u64,
    gflops: f64,
    share_of_peak: f64,
}

impl<'t> PartJson<'t> {
    fn new(part: &'t TimedPart, peak: f64) -> Self {
        Self {
            name: &part.name,
            milliseconds: milliseconds(part),
            multiply_adds: part.multiply_adds,
            gflops: part.speed() / 1e9,
            share_of_peak: part.speed() / peak,
        }
    }
}

impl Bench {
    pub(super) fn run(&self) -> Result<Outcome, Error> {
        if cfg!(debug_assertions) {
            output::warn("this is a debug build: the peak is not what the machine can do");
        }
        let networks = self
            .specs
            .iter()
            .map(|path| source::spec_at(path, self.size).map(|spec| spec.network));
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        let plans: Vec<Plan<'_>> = networks.iter().map(Plan::new).collect();
        let subjects = plans
            .iter()
            .map(|plan| Subject::new(plan, self.level(), self.threads.into()));
        let mut subjects = subjects.collect::<Result<Vec<_>, _>>()?;
        let timings = bench::measure(&mut subjects, self.level(), self.seconds)?;
        let mut out = anstream::stdout().lock();
        if self.json {
            for (network, timings) in networks.iter().zip(&timings) {
                output::json(&mut out, &self.report(network, timings))?;
            }
        } else {
            write!(out, "{}", self.text(&networks, &timings))?;
        }
        Ok(Outcome::Good)
    }

    fn level(&self) -> Level {
        self.level.unwrap_or_else(Level::best)
    }

    fn shown<'t>(&self, timings: &'t Timings) -> &'t [TimedPart] {
        if self.layers { &timings.parts } else { &[] }
    }

    fn report<'t>(&self, network: &'t Network, timings: &'t Timings) -> BenchJson<'t> {
        let Shape { h, w, c } = network.input;
        BenchJson {
            network: &network.name,
            spec: &network.file,
            input: [h, w, c],
            threads: self.threads,
            level: self.level().name(),
            rounds: timings.rounds,
            peak_gflops: timings.peak / 1e9,
            whole: PartJson::new(&timings.whole, timings.peak),
            layers: self
                .shown(timings)
                .iter()
                .map(|part| PartJson::new(part, timings.peak))
                .collect(),
        }
    }

    fn text(&self, networks: &[Network], timings: &[Timings]) -> String {
        let threads = if self.threads == 1 {
            "one thread".to_owned()
        } else {
            format!("{} threads", self.threads)
        };
        let (rounds, peak) = timings.first().map_or((0, 0.0), |t| (t.rounds, t.peak / 1e9));
        let mut text = format!(
            "medians of {rounds} rounds on {threads} at level {}, peak of one thread {peak:.1} GFLOP/s\n",
            self.level()
        );
        if self.layers {
            for (network, timings) in networks.iter().zip(timings) {
                text += &format!("\n{}", rows(network, timings));
            }
        } else {
            text += &format!("\n{}", side_by_side(networks, timings));
        }
        text
    }
}

fn milliseconds(part: &TimedPart) -> f64 {
    part.time.as_secs_f64() * 1e3
}

/// A line for each network.
fn side_by_side(networks: &[Network], timings: &[Timings]) -> Table {
    let mut table = Table::new(
        Look::Terminal,
        &[
            ("spec", Side::Left),
            ("input", Side::Left),
            ("ms", Side::Right),
            ("of the first", Side::Right),
            ("multiply-adds", Side::Right),
            ("GFLOP/s", Side::Right),
            ("of peak", Side::Right),
        ],
    );
    let first = timings.first().map_or(1e-9, |t| milliseconds(&t.whole).max(1e-9));
    for (network, Timings { whole, peak, .. }) in networks.iter().zip(timings) {
        let Shape { h, w, c } = network.input;
        table.row([
            network.file.clone(),
            format!("{h}x{w}x{c}"),
            format!("{:.4}", milliseconds(whole)),
            format!("{:.2}", milliseconds(whole) / first),
            thousands(whole.multiply_adds),
            format!("{:.1}", whole.speed() / 1e9),
            percent(whole.speed() / peak),
        ]);
    }
    table
}

/// A line for each row of a spec.
fn rows(network: &Network, timings: &Timings) -> String {
    let mut table = Table::new(
        Look::Terminal,
        &[
            ("row", Side::Left),
            ("ms", Side::Right),
            ("of time", Side::Right),
            ("multiply-adds", Side::Right),
            ("GFLOP/s", Side::Right),
            ("of peak", Side::Right),
        ],
    );
    for part in timings.parts.iter().chain([&timings.whole]) {
        table.row([
            part.name.clone(),
            format!("{:.4}", milliseconds(part)),
            percent(part.time.as_secs_f64() / timings.whole.time.as_secs_f64().max(1e-9)),
            thousands(part.multiply_adds),
            format!("{:.1}", part.speed() / 1e9),
            percent(part.speed() / timings.peak),
        ]);
    }
    format!(
        "{}  {}\n{table}",
        output::heading(&network.name),
        Visible(&network.file)
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
