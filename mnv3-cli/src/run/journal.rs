//! The rows of a run on their way to a file, so that a run that was killed goes on where it was.
//!
//! `FILE.part` has a line that says which run it is, and then a line of JSON for each picture that is done. A line without
//! its end was being written when the run was killed, and is taken back. When all pictures are done, FILE is made of it, in
//! its format, under another name, and gets its own when it is whole; only then is `FILE.part` removed.

use super::cells::RowKind;
use super::row::RunRow;
use super::table::{RunFormat, TableWriter};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Which run it is: rows of another do not stand beside its own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct RunHeader {
    /// Of this layout.
    pub(crate) mnv3_run: u32,
    pub(crate) network: String,
    /// Checksums of the resolved spec, and of the weights.
    pub(crate) spec: String,
    pub(crate) weights: String,
    pub(crate) top: Option<usize>,
    pub(crate) threshold: Option<f32>,
    pub(crate) fast: bool,
}

/// Why a run does not write its rows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error(
        "{0}: an earlier run did not come to its end\n  = go on with it with --resume, or remove this file to begin anew"
    )]
    Unfinished(String),
    #[error("{0}: another run writes there now\n  = wait for its end, or name another file with -o")]
    InUse(String),
    #[error("{part}: it was begun with {what}\n  = ask for the same as then, or remove this file to begin anew")]
    OtherRun { part: String, what: String },
    #[error("{part}: line {line} is none that a run wrote\n  = remove this file to begin anew")]
    Foreign { part: String, line: u64 },
    #[error(
        "{place}: the rows cannot be written: {reason}\n  = check that you may write there, and that the disk is not full; --resume then goes on"
    )]
    Io { place: String, reason: io::Error },
}

/// How a run begins.
pub(crate) enum Begun {
    /// With the rows of an earlier one, if there are any.
    Running(Journal, Earlier),
    /// It was finished before.
    Complete,
}

/// What an earlier run did.
#[derive(Default)]
pub(crate) struct Earlier {
    /// How often a picture of a name is done, by the name's hash: of a hundred million names there is no room for more.
    done: HashMap<u128, u32>,
    hashers: [RandomState; 2],
    /// Pictures, and those among them that could not be read.
    pub(crate) rows: u64,
    pub(crate) unread: u64,
}

/// The rows of a run.
pub(crate) struct Journal {
    part: File,
    part_path: PathBuf,
    place: PathBuf,
}

/// What is read of a row of an earlier run.
#[derive(Deserialize)]
struct EarlierRow {
    image: String,
    error: Option<serde::de::IgnoredAny>,
}

impl Journal {
    /// Begins a run whose rows go to `place`, or goes on with it.
    pub(crate) fn begin(place: &Path, header: &RunHeader, resume: bool) -> Result<Begun, JournalError> {
        let part_path = beside(place, "part");
        let at = |reason| failed(&part_path, reason);
        match (part_path.exists(), resume) {
            (true, false) => return Err(JournalError::Unfinished(shown(&part_path))),
            (false, true) if place.exists() => return Ok(Begun::Complete),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let opened = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part_path);
        let mut part = opened.map_err(at)?;
        match part.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(shown(&part_path))),
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let (earlier, end) = Earlier::read(&part, &part_path, header)?;
        part.set_len(end)
            .and_then(|()| part.seek(SeekFrom::Start(end)))
            .map_err(at)?;
        let mut journal = Self {
            part,
            part_path: part_path.clone(),
            place: place.to_owned(),
        };
        if end == 0 {
            journal.line(header).map_err(|reason| failed(&part_path, reason))?;
        }
        Ok(Begun::Running(journal, earlier))
    }

    /// Writes a row: when this returns, a run that is killed does not do it again.
    pub(crate) fn write(&mut self, row: &RunRow) -> Result<(), JournalError> {
        self.line(row).map_err(|reason| failed(&self.part_path, reason))
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.part.write_all(&line)
    }

    /// Makes the file of all rows.
    pub(crate) fn finish(mut self, format: RunFormat, kind: RowKind) -> Result<(), JournalError> {
        let made = beside(&self.place, "part.new");
        let at = |reason| failed(&made, reason);
        let file = File::create(&made).map_err(at)?;
        let mut table = TableWriter::new(format, kind, BufWriter::new(file)).map_err(at)?;
        self.part.rewind().map_err(at)?;
        let mut lines = BufReader::new(&self.part);
        let mut line = Vec::new();
        // The header.
        lines.read_until(b'\n', &mut line).map_err(at)?;
        for number in 2.. {
            line.clear();
            if lines.read_until(b'\n', &mut line).map_err(at)? == 0 {
                break;
            }
            let row = serde_json::from_slice(&line).map_err(|_| foreign(&self.part_path, number))?;
            table.write(&row).map_err(at)?;
        }
        let file = table.end().and_then(|out| Ok(out.into_inner()?)).map_err(at)?;
        file.sync_all().map_err(at)?;
        fs::rename(&made, &self.place).map_err(|reason| failed(&self.place, reason))?;
        fs::remove_file(&self.part_path).map_err(|reason| failed(&self.part_path, reason))
    }
}

impl Earlier {
    /// The rows of a file, and where the last whole one ends.
    fn read(part: &File, path: &Path, header: &RunHeader) -> Result<(Self, u64), JournalError> {
        let mut earlier = Self::default();
        let mut lines = BufReader::new(part);
        let (mut line, mut end) = (Vec::new(), 0);
        for number in 1.. {
            line.clear();
            let length = lines.by_ref().read_until(b'\n', &mut line);
            let length = length.map_err(|reason| failed(path, reason))?;
            // What was being written when the run was killed.
            if line.last() != Some(&b'\n') {
                break;
            }
            if number == 1 {
                let found: RunHeader = serde_json::from_slice(&line).map_err(|_| foreign(path, number))?;
                if let Some(what) = found.differs_from(header) {
                    let part = shown(path);
                    return Err(JournalError::OtherRun { part, what });
                }
            } else {
                let row: EarlierRow = serde_json::from_slice(&line).map_err(|_| foreign(path, number))?;
                let hash = earlier.hash(&row.image);
                *earlier.done.entry(hash).or_insert(0) += 1;
                earlier.rows += 1;
                earlier.unread += u64::from(row.error.is_some());
            }
            end += length as u64;
        }
        Ok((earlier, end))
    }

    /// Whether a picture of this name is done; of several of one name, as often as there are rows.
    pub(crate) fn takes(&mut self, name: &str) -> bool {
        let hash = self.hash(name);
        match self.done.get_mut(&hash) {
            Some(times) if *times > 0 => {
                *times -= 1;
                true
            }
            Some(_) | None => false,
        }
    }

    /// In so many bits no two of a billion names meet.
    fn hash(&self, name: &str) -> u128 {
        let [high, low] = self.hashers.each_ref().map(|hasher| hasher.hash_one(name));
        u128::from(high) << 64 | u128::from(low)
    }
}

impl RunHeader {
    /// What another run was begun with, if it differs.
    fn differs_from(&self, now: &Self) -> Option<String> {
        let option =
            |name: &str, value: Option<String>| value.map_or(format!("no {name}"), |value| format!("{name} {value}"));
        if self.mnv3_run != now.mnv3_run {
            Some("another version of mnv3".to_owned())
        } else if self.network != now.network {
            Some(format!("the network {}", self.network))
        } else if self.spec != now.spec {
            Some("another spec, or by another version of mnv3".to_owned())
        } else if self.weights != now.weights {
            Some("other weights".to_owned())
        } else if self.top != now.top {
            Some(option("--top", self.top.map(|top| top.to_string())))
        } else if self.threshold != now.threshold {
            Some(option("--threshold", self.threshold.map(|bound| bound.to_string())))
        } else if self.fast != now.fast {
            Some(option("--fast", self.fast.then(String::new)).trim_end().to_owned())
        } else {
            None
        }
    }
}

/// A file that is called after another.
fn beside(place: &Path, ending: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    place.with_file_name(name)
}

fn shown(path: &Path) -> String {
    crate::destination::shown(path)
}

fn failed(place: &Path, reason: io::Error) -> JournalError {
    JournalError::Io {
        place: shown(place),
        reason,
    }
}

fn foreign(part: &Path, line: u64) -> JournalError {
    JournalError::Foreign {
        part: shown(part),
        line,
    }
}
