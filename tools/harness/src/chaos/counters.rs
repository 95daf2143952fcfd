//! What the processes of a run said of themselves, counted in their logs: numbers that show that the faults met what
//! they were aimed at.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde::Deserialize;

/// The log lines that the counters need beyond the usual ones.
pub(crate) const FILTER: &str =
    "info,sqlx=warn,sea_orm_migration=warn,async_nats=warn,job_service::applier=debug";

/// Counters by name; which process says so; how its line begins.
const COUNTED: [(&str, &str, &str); 7] = [
    ("fenced_beats", "job-service", "a trainer is fenced"),
    ("stale_events", "job-service", "an event was stale"),
    ("denied_claims", "job-service", "a claim is denied"),
    (
        "reemissions",
        "job-service",
        "the queue has lost an attempt's message: it is announced again",
    ),
    ("claims", "job-service", "an attempt is claimed"),
    ("expiries", "job-service", "leases expired"),
    ("put_aside", "job-service", "put an event aside"),
];

#[derive(Deserialize)]
struct Line {
    message: String,
}

/// What is found in logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// How often each counter's line was written.
    pub(crate) counters: BTreeMap<&'static str, u64>,
    /// Lines that tell of a panic.
    pub(crate) panics: Vec<String>,
}

/// Counts in every log of a directory.
///
/// # Errors
///
/// When one cannot be read.
pub(crate) fn count(dir: &Path) -> Result<Counted> {
    let mut counted = Counted {
        counters: COUNTED.iter().map(|(name, ..)| (*name, 0)).collect(),
        panics: Vec::new(),
    };
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            count_in(&path, &mut counted)?;
        }
    }
    Ok(counted)
}

fn count_in(path: &PathBuf, counted: &mut Counted) -> Result<()> {
    let process = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        if text.contains("panicked at") {
            counted.panics.push(format!("{process}: {text}"));
        }
        // The last line of a killed process may be torn.
        let Ok(Line { message }) = serde_json::from_str(&text) else {
            continue;
        };
        for (name, of, begins) in COUNTED {
            if process.starts_with(of) && message.starts_with(begins) {
                *counted.counters.entry(name).or_default() += 1;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_the_logs_of_their_process() {
        let dir = tempfile::tempdir().unwrap();
        let line = r#"{"level":"INFO","message":"a trainer is fenced","target":"x"}"#;
        let torn = r#"{"level":"INFO","mess"#;
        std::fs::write(
            dir.path().join("job-service-0.log"),
            format!("{line}\n{line}\n{torn}"),
        )
        .unwrap();
        std::fs::write(
            dir.path().join("trainer-0.log"),
            format!("{line}\nthread 'main' panicked at x.rs:1:2:\n"),
        )
        .unwrap();
        std::fs::write(dir.path().join("history.jsonl"), line).unwrap();
        let counted = count(dir.path()).unwrap();
        assert_eq!(counted.counters["fenced_beats"], 2);
        assert_eq!(counted.counters["reemissions"], 0);
        assert_eq!(counted.panics.len(), 1);
    }
}
