//! How far a command is: on a terminal in one line that changes, in a log a line now and then.

use crate::inputs::inputs;
use crate::output::thousands;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// Between lines of a log.
const EVERY: Duration = Duration::from_secs(30);

/// Of pictures that are asked about.
pub(crate) struct PictureProgress {
    bar: ProgressBar,
    /// How many pictures there are, once that is known: folders and archives are counted meanwhile.
    total: Arc<OnceLock<u64>>,
    start: Instant,
    /// When a line of a log was written; none are if there is nothing.
    told: Option<Instant>,
    done: u64,
    /// Those among them that an earlier run did.
    before: u64,
}

impl PictureProgress {
    /// Of the pictures of a command line; shown on a terminal only, if at all.
    pub(crate) fn of(arguments: &[PathBuf], shown: bool) -> Self {
        let shown = shown && io::stderr().is_terminal();
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(5)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let progress = Self {
            bar,
            total: Arc::default(),
            start: Instant::now(),
            told: None,
            done: 0,
            before: 0,
        };
        if shown {
            progress.count(arguments);
        }
        progress
    }

    /// The same for work that may take hours, of which `before` pictures are done: without a terminal, a line now and then.
    pub(crate) fn of_long(arguments: &[PathBuf], before: u64) -> Self {
        let mut progress = Self::of(arguments, true);
        if !io::stderr().is_terminal() {
            progress.told = Some(Instant::now());
            progress.count(arguments);
        }
        progress.before = before;
        progress.done = before;
        progress
    }

    /// Counts beside the work, which does not wait for it.
    fn count(&self, arguments: &[PathBuf]) {
        let (arguments, total) = (arguments.to_vec(), Arc::clone(&self.total));
        thread::spawn(move || total.set(inputs(&arguments).count() as u64));
    }

    /// One more picture is done.
    pub(crate) fn done(&mut self) {
        self.done += 1;
        if let Some(&total) = self.total.get()
            && self.bar.length().is_none()
        {
            self.bar.set_length(total);
            let style = ProgressStyle::with_template("{bar:30} {msg}");
            self.bar
                .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        if !self.bar.is_hidden() {
            self.bar.set_message(self.text());
            self.bar.set_position(self.done);
        }
        if let Some(told) = &mut self.told
            && told.elapsed() >= EVERY
        {
            *told = Instant::now();
            anstream::eprintln!("{}", self.text());
        }
    }

    /// Says something else on standard error.
    pub(crate) fn suspend(&self, say: impl FnOnce()) {
        self.bar.suspend(say);
    }

    /// Nothing is left to be done.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Pictures in a second, not counting those of an earlier run.
    pub(crate) fn rate(&self) -> f64 {
        (self.done - self.before) as f64 / self.start.elapsed().as_secs_f64().max(1e-9)
    }

    /// Pictures that are done, those of an earlier run among them.
    pub(crate) fn count_done(&self) -> u64 {
        self.done
    }

    /// The time since it began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn text(&self) -> String {
        text(self.done, self.total.get().copied(), self.rate())
    }
}

/// How far it is, how fast, and how long it will take.
fn text(done: u64, total: Option<u64>, rate: f64) -> String {
    let mut text = thousands(done);
    if let Some(total) = total {
        text += &format!(" of {}", thousands(total));
    }
    text += &format!(" pictures, {} a second", rounded(rate));
    if let Some(left) = total.and_then(|total| total.checked_sub(done))
        && rate > 0.0
    {
        text += &format!(", {} left", duration(left as f64 / rate));
    }
    text
}

/// Two digits at least.
pub(crate) fn rounded(rate: f64) -> String {
    if rate < 10.0 {
        format!("{rate:.1}")
    } else {
        thousands(rate.round() as u64)
    }
}

/// Seconds as people say them, in two units at most.
pub(crate) fn duration(seconds: f64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let seconds = seconds.round() as u64;
    let first = UNITS.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(3);
    let (unit, name) = UNITS[first];
    let mut text = format!("{} {name}", seconds / unit);
    if let Some((smaller, name)) = UNITS.get(first + 1) {
        text += &format!(" {} {name}", seconds % unit / smaller);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_the_rate_and_the_time_left() {
        assert_eq!(
            text(12_345, Some(100_000), 812.3),
            "12,345 of 100,000 pictures, 812 a second, 1 min 48 s left"
        );
        assert_eq!(text(5, None, 3.0), "5 pictures, 3.0 a second");
        assert_eq!(text(7, Some(7), 2.0), "7 of 7 pictures, 2.0 a second, 0 s left");
        // Files that came meanwhile.
        assert_eq!(text(8, Some(7), 2.0), "8 of 7 pictures, 2.0 a second");
        assert_eq!(duration(59.6), "1 min 0 s");
        assert_eq!(duration(90_000.0), "1 d 1 h");
    }
}
