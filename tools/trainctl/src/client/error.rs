//! What a refused call says to people: one line on what failed, then each field that is wrong on its own.

use std::{error::Error, fmt, time::Duration};

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// A call that the server refused or never answered.
#[derive(Debug)]
pub(crate) struct CallError {
    what: String,
    status: Status,
}

impl CallError {
    /// The call that should `what` ended in `status`.
    pub(crate) fn new(what: &str, status: Status) -> Self {
        Self {
            what: what.to_owned(),
            status,
        }
    }

    /// How the call ended.
    pub(crate) fn status(&self) -> &Status {
        &self.status
    }
}

impl Error for CallError {}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, status } = self;
        let reason = status.get_details_error_info().map(|info| info.reason);
        let reason = reason.unwrap_or_else(|| code_name(status.code()).to_owned());
        let bad = status.get_details_bad_request();
        let violations = bad.map(|bad| bad.field_violations).unwrap_or_default();
        if violations.is_empty() {
            write!(f, "cannot {what}: {} ({reason})", status.message())?;
        } else {
            // The message repeats the violations, which follow one by one.
            let fields = if violations.len() == 1 {
                "field is"
            } else {
                "fields are"
            };
            write!(f, "cannot {what}: {} {fields} wrong ({reason})", violations.len())?;
        }
        for violation in violations {
            write!(f, "\n  {}: {}", violation.field, violation.description)?;
        }
        if let Some(delay) = retry_delay(status) {
            write!(f, "\n  try again in {} s", delay.as_secs_f64().ceil())?;
        }
        Ok(())
    }
}

/// How long the server asks to wait before trying again, if it does.
pub(crate) fn retry_delay(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// The first line of what the server said.
pub(crate) fn first_line(status: &Status) -> &str {
    match status.message().lines().next() {
        Some(line) if !line.is_empty() => line,
        Some(_) | None => "the server is unavailable",
    }
}

/// The cause that says most: tonic's own errors only say "transport error".
pub(crate) fn innermost(error: &dyn Error) -> &dyn Error {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;

    #[test]
    fn every_field_violation_has_its_own_line() {
        let mut details = ErrorDetails::new();
        details.set_error_info("INVALID_SPEC", "trainyard", std::collections::HashMap::new());
        details.add_bad_request_violation("models[0].model_type", "unknown");
        details.add_bad_request_violation("graph.nodes[1].config.columns", "must be a list");
        let status = Status::with_error_details(Code::InvalidArgument, "invalid", details);
        assert_eq!(
            CallError::new("submit", status).to_string(),
            "cannot submit: 2 fields are wrong (INVALID_SPEC)\n  models[0].model_type: unknown\n  \
             graph.nodes[1].config.columns: must be a list"
        );
    }

    #[test]
    fn an_error_without_details_is_one_line() {
        let error = CallError::new("get the job", Status::not_found("no job x"));
        assert_eq!(error.to_string(), "cannot get the job: no job x (NOT_FOUND)");
    }

    #[test]
    fn the_wait_a_server_asks_for_is_told() {
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(90)));
        let status = Status::with_error_details(Code::ResourceExhausted, "too many", details);
        assert_eq!(
            CallError::new("watch", status).to_string(),
            "cannot watch: too many (RESOURCE_EXHAUSTED)\n  try again in 90 s"
        );
    }
}
