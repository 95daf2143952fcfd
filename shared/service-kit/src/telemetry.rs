//! Logging to standard error. Standard output stays free for what a program is asked to print.

use std::{io::IsTerminal, str::FromStr};

use tracing_subscriber::{EnvFilter, fmt};

use crate::{Error, Result};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line, for log collectors.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("expected text or json, not {other:?}")),
        }
    }
}

/// Sends log lines that pass `filter` (such as `info,bus=debug`) to standard error, for the whole process.
///
/// # Errors
/// [`Error::LogFilter`], [`Error::LoggingTwice`].
pub fn init_logging(format: LogFormat, filter: &str) -> Result<()> {
    let parsed = EnvFilter::try_new(filter).map_err(|error| Error::LogFilter {
        filter: filter.to_owned(),
        reason: error.to_string(),
    })?;
    // Told otherwise, it would complain of a line it cannot write on standard error itself, and panic where nobody
    // reads that any more.
    let builder = fmt()
        .with_env_filter(parsed)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|_| Error::LoggingTwice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_filter_is_refused_and_logging_is_set_up_once() {
        let error = init_logging(LogFormat::Text, "info,=[").unwrap_err();
        assert!(matches!(error, Error::LogFilter { .. }), "{error}");
        init_logging(LogFormat::Json, "info").unwrap();
        assert!(matches!(
            init_logging(LogFormat::Json, "info"),
            Err(Error::LoggingTwice)
        ));
        assert!("xml".parse::<LogFormat>().is_err());
    }
}
