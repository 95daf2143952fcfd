//! The exit codes. Scripts branch on them, so they are listed in one place and in `--help`.

use std::process::ExitCode;

use messages::v1::JobState;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Success,
    /// Something went wrong.
    Error,
    /// A job that was watched failed.
    JobFailed,
    /// A job that was watched was cancelled.
    JobCancelled,
    /// Ctrl-C ended a watch; the jobs go on.
    Detached,
    /// Ctrl-C ended a computation on this machine.
    Interrupted,
    /// Whoever read the output stopped reading.
    OutputClosed,
}

/// What `--help` says about them.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done; with --watch, every job succeeded
  1    something went wrong
  2    the command line is wrong
  3    with --watch, a job failed
  4    with --watch, a job was cancelled, and none failed
  130  Ctrl-C ended it; jobs that were watched go on
  141  whoever read the output closed it";

impl Exit {
    /// The exit code after watching jobs that ended in these states.
    pub(crate) fn of_jobs(states: impl IntoIterator<Item = JobState>) -> Self {
        let states: Vec<JobState> = states.into_iter().collect();
        if states.contains(&JobState::Failed) {
            Exit::JobFailed
        } else if states.contains(&JobState::Cancelled) {
            Exit::JobCancelled
        } else {
            Exit::Success
        }
    }

    /// What the shell is given.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Error => 1,
            Exit::JobFailed => 3,
            Exit::JobCancelled => 4,
            Exit::Detached | Exit::Interrupted => 130,
            Exit::OutputClosed => 141,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_job_outweighs_a_cancelled_one() {
        use JobState::{Cancelled, Failed, Succeeded};
        let cases: [(&[JobState], u8); 5] = [
            (&[], 0),
            (&[Succeeded, Succeeded], 0),
            (&[Succeeded, Failed], 3),
            (&[Cancelled, Succeeded], 4),
            (&[Cancelled, Failed], 3),
        ];
        for (states, code) in cases {
            assert_eq!(Exit::of_jobs(states.iter().copied()).code(), code, "{states:?}");
        }
    }

    #[test]
    fn the_help_names_every_code() {
        let exits = [
            Exit::Success,
            Exit::Error,
            Exit::JobFailed,
            Exit::JobCancelled,
            Exit::Detached,
            Exit::Interrupted,
            Exit::OutputClosed,
        ];
        for exit in exits {
            let line = format!("\n  {:<5}", exit.code());
            assert!(HELP.contains(&line), "{exit:?}");
        }
    }
}
