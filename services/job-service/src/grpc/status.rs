//! The one place where an error becomes a `tonic::Status`. The reasons are part of the contract; what only
//! operators may know is logged here, once, and not sent.

use std::{collections::HashMap, time::Duration};

use domain::{id::JobId, violation::Violation};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{MAX_MESSAGE_BYTES, permits::Excess};
use crate::error::Error;

const DOMAIN: &str = "trainyard";
const SHUTTING_DOWN: &str = "SHUTTING_DOWN";
const STREAM_LIFETIME: &str = "STREAM_LIFETIME";
const DEADLINE: &str = "DEADLINE_EXCEEDED";
/// Details travel in trailers, and clients take no more than 8 KiB of those, base64 and all.
const MAX_VIOLATION_BYTES: usize = 4096;
const SOON: Duration = Duration::from_secs(1);
/// Queues grow shorter more slowly than servers restart.
const LATER: Duration = Duration::from_secs(5);

/// The status of a use case that failed, for the job it was about.
pub(super) fn status(error: Error, job: Option<JobId>) -> Status {
    let message = error.to_string();
    match error {
        Error::Invalid(violations) => invalid("INVALID_REQUEST", violations),
        Error::JobNotFound(_) => refused(Code::NotFound, "JOB_NOT_FOUND", message),
        Error::DatasetNotFound(_) => refused(Code::NotFound, "DATASET_SOURCE_NOT_FOUND", message),
        Error::ModelTypeNotFound(_) => refused(Code::NotFound, "MODEL_TYPE_NOT_FOUND", message),
        Error::NotTerminal { job, state } => {
            let metadata = [("job_id", job.to_string()), ("state", state.as_str().to_owned())];
            precondition("JOB_NOT_TERMINAL", message, metadata)
        }
        Error::NoModel { job, state } => {
            let metadata = [("job_id", job.to_string()), ("state", state.as_str().to_owned())];
            precondition("JOB_NOT_SUCCEEDED", message, metadata)
        }
        Error::ArtifactFileNotFound(_) => refused(Code::NotFound, "ARTIFACT_FILE_NOT_FOUND", message),
        Error::RequestDeleted(_) => precondition("REQUEST_DELETED", message, []),
        Error::EventsCompacted { first } => {
            let details = info(
                "EVENTS_COMPACTED",
                [("first_event_no".to_owned(), first.to_string())],
            );
            Status::with_error_details(Code::OutOfRange, message, details)
        }
        Error::DatasetExists(_) => refused(Code::AlreadyExists, "DATASET_SOURCE_EXISTS", message),
        Error::RequestIdReused(_) => refused(Code::AlreadyExists, "REQUEST_ID_REUSED", message),
        Error::SpecTooLarge { .. } => invalid("SPEC_TOO_LARGE", vec![Violation::new("graph", message)]),
        Error::QueueFull { .. } => exhausted("QUEUE_FULL", message),
        Error::Unavailable(_) => retry("DATABASE_UNAVAILABLE", message, &error, job),
        Error::Contended(_) => retry("DATABASE_BUSY", message, &error, job),
        Error::ArtifactRoot(_) => retry("ARTIFACT_ROOT_UNAVAILABLE", message, &error, job),
        Error::ArtifactLost(_) => {
            log(&error, job);
            refused(Code::DataLoss, "ARTIFACT_LOST", message)
        }
        Error::Database(_) | Error::Corrupt(_) | Error::Task(_) => {
            log(&error, job);
            internal()
        }
    }
}

/// The reason of an error that is told beside what went well.
pub(super) fn reason(error: Error, job: JobId) -> String {
    let info = status(error, Some(job)).get_details_error_info();
    info.map(|info| info.reason).unwrap_or_default()
}

/// The status of a submission that failed.
pub(super) fn submission(error: Error) -> Status {
    match error {
        Error::Invalid(violations) => invalid("INVALID_SPEC", violations),
        Error::DatasetNotFound(_) => {
            let message = error.to_string();
            let mut details = info("DATASET_SOURCE_NOT_FOUND", []);
            details.add_bad_request_violation("dataset_source_id", &message);
            Status::with_error_details(Code::NotFound, message, details)
        }
        Error::JobNotFound(_)
        | Error::ModelTypeNotFound(_)
        | Error::NotTerminal { .. }
        | Error::NoModel { .. }
        | Error::ArtifactFileNotFound(_)
        | Error::DatasetExists(_)
        | Error::RequestIdReused(_)
        | Error::RequestDeleted(_)
        | Error::EventsCompacted { .. }
        | Error::QueueFull { .. }
        | Error::SpecTooLarge { .. }
        | Error::Unavailable(_)
        | Error::Contended(_)
        | Error::ArtifactRoot(_)
        | Error::ArtifactLost(_)
        | Error::Database(_)
        | Error::Corrupt(_)
        | Error::Task(_) => status(error, None),
    }
}

/// Why a stream ends before its job does. The client goes on after `after_event_no`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupted {
    /// This replica is shutting down.
    ShuttingDown,
    /// The client has not read for too long.
    SlowWatcher,
    /// The stream has lasted as long as one may.
    LifetimeOver,
    /// The time that the client allowed is over.
    DeadlineOver,
}

/// The status of a stream that ends before its job does.
pub(super) fn interrupted(why: Interrupted, after_event_no: i64) -> Status {
    let (code, reason, text) = match why {
        Interrupted::ShuttingDown => (Code::Unavailable, SHUTTING_DOWN, "the server is shutting down"),
        Interrupted::SlowWatcher => (
            Code::Unavailable,
            "SLOW_WATCHER",
            "events were left unread for too long",
        ),
        Interrupted::LifetimeOver => (
            Code::Unavailable,
            STREAM_LIFETIME,
            "the stream has lasted as long as one may",
        ),
        Interrupted::DeadlineOver => (Code::DeadlineExceeded, DEADLINE, "the client's deadline is over"),
    };
    let message = format!("{text}; watch again with after_event_no {after_event_no}");
    resumable(temporary(code, reason, message), after_event_no)
}

/// The status of a stream that failed, with the place to go on after.
pub(super) fn resumable(status: Status, after_event_no: i64) -> Status {
    let mut details = status.get_error_details();
    let Some(info) = details.error_info().cloned() else {
        return status;
    };
    let mut metadata = info.metadata;
    metadata.insert("after_event_no".to_owned(), after_event_no.to_string());
    details.set_error_info(info.reason, info.domain, metadata);
    Status::with_error_details(status.code(), status.message(), details)
}

/// The status of a watch that is one too many.
pub(super) fn too_many_watches(excess: Excess) -> Status {
    let message = match excess {
        Excess::OfAll => "as many jobs are being watched as this server allows",
        Excess::OfOne => "this caller is watching as many jobs as it may",
    };
    temporary(Code::ResourceExhausted, "TOO_MANY_WATCHES", message.to_owned())
}

/// The status of a download that is one too many.
pub(super) fn too_many_downloads(excess: Excess) -> Status {
    let message = match excess {
        Excess::OfAll => "as many files are being sent as this server allows",
        Excess::OfOne => "this caller is being sent as many files as it may at once",
    };
    temporary(Code::ResourceExhausted, "TOO_MANY_DOWNLOADS", message.to_owned())
}

/// The status of a call that ended in an error of nobody's.
pub(super) fn unexpected(error: &(dyn std::error::Error + 'static)) -> Status {
    log(error, None);
    internal()
}

/// The status of a call whose request is larger than one may be.
pub(super) fn request_too_large() -> Status {
    let message = format!(
        "the request is larger than {} MiB; submit fewer jobs at a time",
        MAX_MESSAGE_BYTES >> 20
    );
    refused(Code::InvalidArgument, "REQUEST_TOO_LARGE", message)
}

/// The status of a call that is one too many.
pub(super) fn overloaded() -> Status {
    let message = "too many calls are waiting for their answers".to_owned();
    temporary(Code::ResourceExhausted, "OVERLOADED", message)
}

/// The status of a call that came after the end began.
pub(super) fn shutting_down() -> Status {
    let message = "the server is shutting down".to_owned();
    temporary(Code::Unavailable, SHUTTING_DOWN, message)
}

/// The status of a download whose client has not read for too long.
pub(super) fn stalled_download() -> Status {
    let message = "what was sent was left unread for too long; ask for the file again".to_owned();
    temporary(Code::Unavailable, "SLOW_READER", message)
}

/// The status of a download that has lasted as long as a stream may.
pub(super) fn long_download() -> Status {
    let message = "the file was sent for as long as a stream may last; ask for it again".to_owned();
    temporary(Code::Unavailable, STREAM_LIFETIME, message)
}

/// The status of a call whose answer took longer than its client or the server allows.
pub(super) fn too_late() -> Status {
    let message = "the answer took too long; whether the call took effect is not known".to_owned();
    refused(Code::DeadlineExceeded, DEADLINE, message)
}

fn invalid(reason: &str, violations: Vec<Violation>) -> Status {
    let (kept, left_out) = within_budget(violations);
    // The message repeats what comes first for people whose client shows no details.
    let first = kept.first().map(ToString::to_string).unwrap_or_default();
    let mut message = shortened(first, 300);
    if kept.len() + left_out > 1 {
        message = format!("{message}; and {} more", kept.len() + left_out - 1);
    }
    let mut details = info(reason, []);
    for violation in kept {
        details.add_bad_request_violation(violation.field, violation.message);
    }
    if left_out > 0 {
        details.add_bad_request_violation("", format!("{left_out} more are left out"));
    }
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// The violations that fit, long ones shortened, and how many do not.
fn within_budget(violations: Vec<Violation>) -> (Vec<Violation>, usize) {
    let all = violations.len();
    let mut left = MAX_VIOLATION_BYTES;
    let fits = |violation: &Violation| {
        let size = violation.field.len() + violation.message.len() + 8;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let short = |violation: Violation| {
        Violation::new(shortened(violation.field, 200), shortened(violation.message, 800))
    };
    let kept: Vec<Violation> = violations.into_iter().map(short).take_while(fits).collect();
    let left_out = all - kept.len();
    (kept, left_out)
}

fn shortened(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

fn internal() -> Status {
    let message = "an internal error was logged".to_owned();
    refused(Code::Internal, "INTERNAL", message)
}

fn refused(code: Code, reason: &str, message: String) -> Status {
    Status::with_error_details(code, message, info(reason, []))
}

/// The state of something does not allow what was asked; the metadata tells it to programs.
fn precondition<const N: usize>(reason: &str, message: String, metadata: [(&str, String); N]) -> Status {
    let details = info(reason, metadata.map(|(key, value)| (key.to_owned(), value)));
    Status::with_error_details(Code::FailedPrecondition, message, details)
}

/// There is too much of something for now.
fn exhausted(reason: &str, message: String) -> Status {
    let mut details = info(reason, []);
    details.set_retry_info(Some(LATER));
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

fn retry(reason: &str, message: String, error: &Error, job: Option<JobId>) -> Status {
    log(error, job);
    temporary(Code::Unavailable, reason, message)
}

/// Asking again soon may help.
fn temporary(code: Code, reason: &str, message: String) -> Status {
    let mut details = info(reason, []);
    details.set_retry_info(Some(SOON));
    Status::with_error_details(code, message, details)
}

fn info<const N: usize>(reason: &str, metadata: [(String, String); N]) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, DOMAIN, HashMap::from(metadata))
}

fn log(error: &(dyn std::error::Error + 'static), job: Option<JobId>) {
    let job = job.map(tracing::field::display);
    tracing::error!(job.id = job, error, "a call failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_a_detail() {
        let violations = (0..7)
            .map(|i| Violation::new(format!("f{i}"), "is wrong"))
            .collect();
        let status = status(Error::Invalid(violations), None);
        assert_eq!(
            (status.code(), status.message()),
            (Code::InvalidArgument, "f0: is wrong; and 6 more")
        );
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations.len(), 7);
        assert_eq!(details.error_info().unwrap().domain, "trainyard");
    }

    #[test]
    fn more_violations_than_trailers_can_carry_are_counted() {
        let violations = (0..512)
            .map(|i| Violation::new(format!("graph.nodes[{i}].type"), "ü".repeat(1000)))
            .collect();
        let status = status(Error::Invalid(violations), None);
        assert!(status.details().len() * 4 / 3 + status.message().len() * 3 < 8192);
        let details = status.get_error_details();
        let told = &details.bad_request().unwrap().field_violations;
        assert!(told.len() > 2 && told.last().unwrap().description.ends_with("more are left out"));
    }

    #[test]
    fn every_reason_is_documented() {
        let (code, _) = include_str!("status.rs").split_once("#[cfg(test)]").unwrap();
        let documented = include_str!("../../../../docs/API.md");
        let is_reason = |text: &&str| {
            text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        };
        let reasons: Vec<&str> = code.split('"').filter(is_reason).collect();
        assert!(reasons.len() > 25, "{reasons:?}");
        for reason in reasons {
            assert!(documented.contains(&format!("`{reason}`")), "{reason}");
        }
    }

    #[test]
    fn what_is_internal_is_not_sent() {
        let status = status(Error::Corrupt("column secret".into()), None);
        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("secret"));
    }

    #[test]
    fn a_stream_that_is_cut_tells_where_to_go_on() {
        let failed = status(Error::Contended(None), None);
        for (status, reason) in [
            (interrupted(Interrupted::ShuttingDown, 17), "SHUTTING_DOWN"),
            (interrupted(Interrupted::LifetimeOver, 17), "STREAM_LIFETIME"),
            (resumable(failed, 17), "DATABASE_BUSY"),
        ] {
            let details = status.get_error_details();
            assert_eq!(status.code(), Code::Unavailable);
            let info = details.error_info().unwrap();
            assert_eq!(
                (info.reason.as_str(), info.metadata["after_event_no"].as_str()),
                (reason, "17")
            );
            assert!(details.retry_info().is_some());
        }
    }
}
