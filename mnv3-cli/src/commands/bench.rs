//! `mnv3 bench`: how fast is a network on this machine?

use super::Outcome;
use crate::bench::{self, Name, Part, Timings};
use crate::error::Error;
use crate::output::{self, thousands};
use crate::table::{Side, Table};
use serde::Serialize;
use std::io::Write;
use std::time::Duration;

/// Times a network on one thread of this machine, beside the most multiply-adds that the machine can do.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Bench {
    /// One of the networks that are compiled in
    #[arg(value_enum, value_name = "NETWORK")]
    network: Name,
    /// Adds a line for each row of the spec
    #[arg(long)]
    layers: bool,
    /// Writes one JSON object
    #[arg(long)]
    json: bool,
    /// How long to measure, 0.1 to 600
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    seconds: Duration,
}

const AFTER_HELP: &str = "\
Examples:
  mnv3 bench large --layers
  mnv3 bench small --json | jq .milliseconds

Times are medians. A round is a burst of multiply-adds on registers, whose median speed is the peak, and three forwards
of one image. GFLOP/s count two operations to a multiply-add. A network compiles into a program, so that only those
compiled into this one can be timed; in a program of your own, forward_observed takes a closure that can read the clock.
Only a release build tells anything, on a machine with nothing else to do.

Exit codes: 0 done, 2 the command line is wrong.";

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "write a number of seconds".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("write a number from 0.1 to 600".to_owned())
    }
}

/// `--json`.
#[derive(Serialize)]
struct Report<'t> {
    network: &'t str,
    rounds: usize,
    peak_gflops: f64,
    #[serde(flatten)]
    whole: Line<'t>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<Line<'t>>,
}

#[derive(Serialize)]
struct Line<'t> {
    name: &'t str,
    milliseconds: f64,
    multiply_adds: u64,
    gflops: f64,
    share_of_peak: f64,
}

impl<'t> Line<'t> {
    fn new(part: &'t Part, peak: f64) -> Self {
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
        let network = self.network.network()?;
        let timings = bench::measure(&network, &mut self.network.forward()?, self.seconds);
        let shown = if self.layers { timings.parts.as_slice() } else { &[] };
        let mut out = anstream::stdout().lock();
        if self.json {
            let report = Report {
                network: &network.name,
                rounds: timings.rounds,
                peak_gflops: timings.peak / 1e9,
                whole: Line::new(&timings.whole, timings.peak),
                layers: shown.iter().map(|part| Line::new(part, timings.peak)).collect(),
            };
            output::json(&mut out, &report)?;
        } else {
            write!(out, "{}", table(&network.name, &timings, shown))?;
        }
        Ok(Outcome::Good)
    }
}

fn milliseconds(part: &Part) -> f64 {
    part.time.as_secs_f64() * 1e3
}

fn table(name: &str, timings: &Timings, shown: &[Part]) -> String {
    let mut table = Table::new(&[
        ("row", Side::Left),
        ("ms", Side::Right),
        ("of time", Side::Right),
        ("multiply-adds", Side::Right),
        ("GFLOP/s", Side::Right),
        ("of peak", Side::Right),
    ]);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    for part in shown.iter().chain([&timings.whole]) {
        table.row([
            part.name.clone(),
            format!("{:.4}", milliseconds(part)),
            percent(part.time.as_secs_f64() / timings.whole.time.as_secs_f64().max(1e-9)),
            thousands(part.multiply_adds),
            format!("{:.1}", part.speed() / 1e9),
            percent(part.speed() / timings.peak),
        ]);
    }
    let (rounds, peak) = (timings.rounds, timings.peak / 1e9);
    format!(
        "{}  medians of {rounds} rounds on one thread, peak {peak:.1} GFLOP/s\n\n{table}",
        output::heading(name)
    )
}
