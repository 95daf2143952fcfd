//! How an attempt ended, put together from what the child said, how its process ended and what it was told. One
//! place decides, because the three may contradict each other.

use std::time::Duration;

use domain::job::{Failure, FailureKind, Phase};
use messages::{
    bus::v1::{Stopped, Success, TerminalReport, terminal_report::Outcome},
    convert, v1,
};
use prost::Message;

use super::{log_ring::LogRing, process::Exit};

/// What a terminal report may hold, and how much of that the end of the log and a message may take.
const MAX_REPORT: usize = 48 * 1024;
const MAX_LOG_TAIL: usize = 8 * 1024;
const MAX_MESSAGE: usize = 4 * 1024;

/// The last word of a child.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LastWord {
    /// It has written its model.
    Success(Success),
    /// It failed.
    Failure(v1::Failure),
    /// It stopped.
    Stopped,
}

/// Why the supervisor ended a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It was cancelled.
    Cancelled,
    /// It gave no sign of life for too long.
    Silent,
    /// It lived in this phase, but did nothing for that long.
    Idle(Phase, Duration),
    /// It held more memory than this many bytes.
    OutOfMemory(u64),
    /// The trainer ends, and somebody else shall have the job.
    Released,
    /// The lease is lost, or the trainer's time is over: nobody wants a report.
    Abandoned,
}

/// What is to be done about an attempt whose process is gone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Report it.
    Report(TerminalReport),
    /// Give its lease back, with the facts of its exit.
    GiveBack(TerminalReport),
    /// Nothing: it is nobody's business any more.
    Nothing,
}

/// Everything known about an attempt whose process is gone.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) ending: Option<Ending>,
    pub(crate) last_word: Option<LastWord>,
    pub(crate) exit: Exit,
    pub(crate) peak_rss: u64,
}

impl Known {
    /// What follows from it.
    pub(crate) fn verdict(self, log: &LogRing) -> Verdict {
        let outcome = match (self.ending, self.last_word) {
            (Some(Ending::Abandoned), _) => return Verdict::Nothing,
            // Work that was done before the child heard that it shall stop is not done again.
            (Some(Ending::Released) | None, Some(LastWord::Success(success))) => Outcome::Success(success),
            (Some(Ending::Released) | None, Some(LastWord::Failure(failure))) => {
                Outcome::Failure(shortened(failure))
            }
            (Some(Ending::Released), Some(LastWord::Stopped) | None) => {
                return Verdict::GiveBack(report(self.exit, self.peak_rss, None, log));
            }
            // A cancelled job never succeeds and never fails, so whatever the child said came too late.
            (Some(Ending::Cancelled), _) => Outcome::Stopped(Stopped {}),
            (Some(Ending::Silent), _) => failed(
                FailureKind::Stuck,
                "NO_SIGN_OF_LIFE",
                "the attempt's process hung",
            ),
            (Some(Ending::Idle(phase, limit)), _) => failed(
                FailureKind::Stuck,
                "NO_PROGRESS",
                &format!(
                    "the attempt made no progress and used no CPU time for {limit:?} in phase {}",
                    phase.as_str()
                ),
            ),
            (Some(Ending::OutOfMemory(limit)), _) => failed(
                FailureKind::OutOfMemory,
                "MEMORY_LIMIT",
                &format!("the attempt held more than the {limit} bytes of memory it may"),
            ),
            (None, Some(LastWord::Stopped)) => failed(
                FailureKind::Crashed,
                "STOPPED_UNASKED",
                "the attempt stopped without being told to",
            ),
            (None, None) => failed(FailureKind::Crashed, "CHILD_CRASHED", &death(self.exit)),
        };
        let report = report(self.exit, self.peak_rss, Some(outcome), log);
        if report.encoded_len() <= MAX_REPORT {
            return Verdict::Report(report);
        }
        let message = format!(
            "the report has {} bytes, more than {MAX_REPORT}",
            report.encoded_len()
        );
        let outcome = Some(failed(FailureKind::Unsupported, "REPORT_TOO_LARGE", &message));
        Verdict::Report(TerminalReport { outcome, ..report })
    }
}

fn report(exit: Exit, peak_rss: u64, outcome: Option<Outcome>, log: &LogRing) -> TerminalReport {
    TerminalReport {
        outcome,
        exit_code: exit.code,
        signal: exit.signal,
        peak_rss_bytes: i64::try_from(peak_rss).unwrap_or(i64::MAX),
        log_tail: log.tail(MAX_LOG_TAIL),
    }
}

/// The report of an attempt that never had a process.
pub(crate) fn never_started(error: &crate::Error) -> TerminalReport {
    let message = match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    TerminalReport {
        outcome: Some(failed(FailureKind::Crashed, "CHILD_NOT_STARTED", &message)),
        ..Default::default()
    }
}

/// The report of an attempt that could not begin.
pub(crate) fn not_begun(failure: &Failure) -> TerminalReport {
    TerminalReport {
        outcome: Some(Outcome::Failure(shortened(convert::failure_to_pb(failure)))),
        ..Default::default()
    }
}

/// The report of an attempt that was told to stop.
pub(crate) fn stopped(earlier: TerminalReport) -> TerminalReport {
    TerminalReport {
        outcome: Some(Outcome::Stopped(Stopped {})),
        ..earlier
    }
}

fn failed(kind: FailureKind, code: &str, message: &str) -> Outcome {
    Outcome::Failure(shortened(convert::failure_to_pb(&Failure::new(
        kind, code, message,
    ))))
}

fn shortened(mut failure: v1::Failure) -> v1::Failure {
    if failure.message.len() > MAX_MESSAGE {
        failure
            .message
            .truncate(failure.message.floor_char_boundary(MAX_MESSAGE));
        failure.message.push('…');
    }
    failure
}

fn death(exit: Exit) -> String {
    match exit {
        Exit { signal: Some(9), .. } => {
            "the attempt's process was killed by signal 9; if nobody did it, the machine ran out of memory"
                .into()
        }
        Exit {
            signal: Some(signal), ..
        } => format!("the attempt's process was ended by signal {signal}"),
        Exit { code: Some(code), .. } => {
            format!("the attempt's process exited with code {code} without a last word")
        }
        Exit {
            code: None,
            signal: None,
        } => "the attempt's process is gone".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(ending: Option<Ending>, last_word: Option<LastWord>, signal: Option<i32>) -> Verdict {
        let exit = Exit {
            code: signal.is_none().then_some(0),
            signal,
        };
        let known = Known {
            ending,
            last_word,
            exit,
            peak_rss: 1,
        };
        known.verdict(&LogRing::default())
    }

    fn kind(verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Nothing => "nothing",
            Verdict::GiveBack(_) => "give back",
            Verdict::Report(report) => match report.outcome {
                None => "no outcome",
                Some(Outcome::Success(_)) => "success",
                Some(Outcome::Stopped(_)) => "stopped",
                Some(Outcome::Failure(failure)) => convert::failure_from_pb(failure).kind.as_str(),
            },
        }
    }

    #[test]
    fn every_end_has_its_report() {
        let success = || Some(LastWord::Success(Success::default()));
        let failure = || {
            let failure = Failure::new(FailureKind::InvalidData, "COLUMN_MISSING", "");
            Some(LastWord::Failure(convert::failure_to_pb(&failure)))
        };
        let cases = [
            (None, success(), None, "success"),
            (None, success(), Some(9), "success"),
            (None, Some(LastWord::Stopped), None, "CRASHED"),
            (None, None, Some(11), "CRASHED"),
            (None, None, None, "CRASHED"),
            (Some(Ending::Cancelled), success(), None, "stopped"),
            (Some(Ending::Cancelled), None, Some(9), "stopped"),
            (Some(Ending::Silent), None, Some(9), "STUCK"),
            (
                Some(Ending::Idle(Phase::Fitting, Duration::ZERO)),
                None,
                Some(9),
                "STUCK",
            ),
            (Some(Ending::OutOfMemory(5)), None, Some(9), "OUT_OF_MEMORY"),
            (Some(Ending::Released), success(), Some(15), "success"),
            (Some(Ending::Released), failure(), None, "INVALID_DATA"),
            (Some(Ending::Released), Some(LastWord::Stopped), None, "give back"),
            (Some(Ending::Released), None, Some(9), "give back"),
            (Some(Ending::Abandoned), success(), None, "nothing"),
        ];
        for (ending, last_word, signal, expected) in cases {
            assert_eq!(
                kind(verdict(ending, last_word.clone(), signal)),
                expected,
                "{ending:?} {last_word:?}"
            );
        }
    }

    #[test]
    fn a_report_that_no_stream_would_take_says_so() {
        let metric = |number: u32| (format!("a rather long name of metric number {number}"), 1.0);
        let values = (0..2000).map(metric).collect();
        let metrics = [("test".to_owned(), v1::SplitMetrics { values })].into();
        let verdict = verdict(
            None,
            Some(LastWord::Success(Success {
                metrics,
                artifact: None,
            })),
            None,
        );
        assert_eq!(kind(verdict), "UNSUPPORTED");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let failure = v1::Failure {
            message: "ü".repeat(5000),
            ..Default::default()
        };
        let cut = shortened(failure).message;
        assert!(cut.len() <= MAX_MESSAGE + 3 && cut.ends_with("ü…"));
    }
}
