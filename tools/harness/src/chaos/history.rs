//! What happened in a run, as a file that is only ever appended to: one JSON object in a line. The checks read the file,
//! so that what is judged is what was written down when it happened.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::workload::Fate;

/// One job as a submission's answer names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// Its id.
    pub(crate) job_id: String,
    /// Its model.
    pub(crate) model_type: String,
    /// Its version.
    pub(crate) version: i64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// A submission was answered with OK.
    Submitted {
        /// Its request id.
        request_id: String,
        /// What its jobs are made for.
        fate: Fate,
        /// The jobs.
        jobs: Vec<Made>,
        /// Whether the answer says that this call made them.
        created: bool,
        /// How often it was sent until it was answered.
        tries: u32,
    },
    /// A cancellation was answered with OK.
    Cancelled {
        /// The job.
        job_id: String,
        /// The state that the answer names.
        state: String,
    },
    /// A watcher knows a job's history up to an event: nothing of it, or what a snapshot sums up.
    WatchBegun {
        /// The watcher.
        watcher: usize,
        /// The job.
        job_id: String,
        /// The event's number.
        after: i64,
    },
    /// A watcher was told an event.
    Watched {
        /// The watcher.
        watcher: usize,
        /// The event's number.
        event_no: i64,
        /// SHA-256 of the event.
        sha256: String,
    },
    /// A watcher's stream ended with OK.
    WatchEnded {
        /// The watcher.
        watcher: usize,
    },
    /// A fault began and ended.
    Fault {
        /// Which.
        fault: String,
        /// To what.
        target: String,
        /// For how many milliseconds.
        lasted_ms: u64,
    },
    /// Something that must not happen was seen while it happened.
    Wrong {
        /// The rule that is broken.
        rule: String,
        /// What was seen.
        found: String,
    },
}

/// An entry and when it was written, in milliseconds from the beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// When.
    pub(crate) at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub(crate) entry: Entry,
}

/// The file, open for appending.
#[derive(Debug)]
pub(crate) struct History {
    file: Mutex<File>,
    start: Instant,
}

impl History {
    /// Begins a history.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, or is there already.
    pub(crate) fn begin(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        Ok(Self {
            file: Mutex::new(file.with_context(|| format!("cannot begin {}", path.display()))?),
            start: Instant::now(),
        })
    }

    /// How long it has been going.
    #[must_use]
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// When it began.
    #[must_use]
    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    /// Writes an entry.
    ///
    /// # Panics
    ///
    /// When it cannot be written: what is not written down proves nothing.
    pub(crate) fn write(&self, entry: Entry) {
        let line = Line {
            at_ms: millis(self.elapsed()),
            entry,
        };
        let mut text = serde_json::to_vec(&line).expect("an entry can be written as JSON");
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text).expect("the history can be written");
    }

    /// Writes down that something is wrong.
    pub(crate) fn wrong(&self, rule: &str, found: impl Into<String>) {
        let found = found.into();
        eprintln!("WRONG {rule}: {found}");
        self.write(Entry::Wrong {
            rule: rule.to_owned(),
            found,
        });
    }
}

/// Reads a history back.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>> {
    let lines = BufReader::new(File::open(path)?).lines();
    lines
        .map(|line| serde_json::from_str(&line?).context("a line of the history cannot be read"))
        .collect()
}

/// Whole milliseconds.
#[must_use]
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_in_order_and_a_history_is_never_begun_twice() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.jsonl");
        let history = History::begin(&path).unwrap();
        let entries: Vec<Entry> = (0..3).map(|watcher| Entry::WatchEnded { watcher }).collect();
        for entry in entries.clone() {
            history.write(entry);
        }
        let read: Vec<Entry> = read(&path).unwrap().into_iter().map(|line| line.entry).collect();
        assert_eq!(read, entries);
        assert!(History::begin(&path).is_err());
    }
}
