//! What can go wrong in the job-service, in the terms of its callers. The gRPC layer maps every variant to a
//! status by name, so that a new one cannot slip out as an unknown error.

use domain::{id::JobId, job::State, violation::Violation};
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot work: every violation found.
    #[error("invalid request: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Violation>),
    /// There is no such job.
    #[error("job {0} not found")]
    JobNotFound(JobId),
    /// There is no such data source.
    #[error("data source {0:?} not found")]
    DatasetNotFound(String),
    /// There is no such model.
    #[error("model type {0:?} not found")]
    ModelTypeNotFound(String),
    /// It is asked of a job that has not ended.
    #[error("job {job} is {}: it has not ended", state.as_str())]
    NotTerminal {
        /// The job.
        job: JobId,
        /// Where it stands.
        state: State,
    },
    /// It is asked of a job that has no model.
    #[error("job {job} is {}: only a job that succeeded has a model", state.as_str())]
    NoModel {
        /// The job.
        job: JobId,
        /// Where it stands.
        state: State,
    },
    /// The job's model has no such file.
    #[error("the model has no file {0:?}; the job's artifact lists those it has, and manifest.json")]
    ArtifactFileNotFound(String),
    /// The data source's id is taken by another registration.
    #[error("data source {0:?} is registered otherwise")]
    DatasetExists(String),
    /// The request id was used for another payload.
    #[error("request id {0:?} was used for another request")]
    RequestIdReused(String),
    /// Events that were asked for are not kept any more.
    #[error("the events before {first} are gone; go on with after_event_no {}", first - 1)]
    EventsCompacted {
        /// The number of the first that is there.
        first: i64,
    },
    /// The request id was used for a request of which a job has been deleted since.
    #[error("request id {0:?} was used for jobs that have been deleted since")]
    RequestDeleted(String),
    /// As many jobs wait as may.
    #[error("{limit} jobs may wait to be run at once, and no more are taken for now")]
    QueueFull {
        /// How many may.
        limit: u64,
    },
    /// What would be stored for one job is too large to be sent to a trainer.
    #[error("the training spec of {model_type} takes {bytes} bytes, more than the {limit} allowed")]
    SpecTooLarge {
        /// The model whose spec it is.
        model_type: String,
        /// The size it has.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// The database cannot be reached for now.
    #[error("the database is unavailable")]
    Unavailable(#[source] DbErr),
    /// Others were in the way, more often than we try. Nothing was written; asking again is safe.
    #[error("the database is too busy")]
    Contended(#[source] Option<DbErr>),
    /// The artifact root cannot be read for now.
    #[error("the artifact root is unavailable")]
    ArtifactRoot(#[source] storage::Error),
    /// A file of a model is not there, or not as it was written, in a root that can be read.
    #[error("a file of the model is lost: it is gone, or is not as it was written")]
    ArtifactLost(#[source] storage::Error),
    /// The database refused a statement for a reason that asking again does not cure.
    #[error("the database refused a statement")]
    Database(#[source] DbErr),
    /// A stored row does not say what a row of its table must say.
    #[error("a stored row is broken: {0}")]
    Corrupt(String),
    /// A task of our own died.
    #[error("a background task failed")]
    Task(#[source] tokio::task::JoinError),
}

impl Error {
    /// One violation.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, message)])
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_)) => Self::Unavailable(error),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match kind(cause) {
                Kind::Unavailable => Self::Unavailable(error),
                Kind::Contended => Self::Contended(Some(error)),
                Kind::Other => Self::Database(error),
            },
            // `DbErr` is non-exhaustive; whatever else it tells is a mistake of ours, not a state of the server.
            _ => Self::Database(error),
        }
    }
}

enum Kind {
    Unavailable,
    Contended,
    Other,
}

fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Unavailable,
        sqlx::Error::Database(error) => error.code().map_or(Kind::Other, |code| kind_of_code(&code)),
        // Non-exhaustive as well.
        _ => Kind::Other,
    }
}

/// Judges a PostgreSQL SQLSTATE (five characters) or a SQLite result code (a decimal number of up to four digits).
fn kind_of_code(code: &str) -> Kind {
    if code.len() == 5 {
        return match code {
            // serialization failure, deadlock, lock not available
            "40001" | "40P01" | "55P03" => Kind::Contended,
            // shutting down, crashed, starting up, too many connections, disk full
            "57P01" | "57P02" | "57P03" | "53300" | "53100" => Kind::Unavailable,
            // connection exceptions, read-only after a failover
            other if other.starts_with("08") || other == "25006" => Kind::Unavailable,
            _ => Kind::Other,
        };
    }
    // The low byte is the primary code: BUSY and LOCKED; READONLY, IOERR, FULL and CANTOPEN.
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Kind::Contended,
        Ok(8 | 10 | 13 | 14) => Kind::Unavailable,
        Ok(_) | Err(_) => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for code in ["40001", "40P01", "5", "6", "517"] {
            assert!(matches!(kind_of_code(code), Kind::Contended), "{code}");
        }
        for code in ["57P01", "08006", "13", "778"] {
            assert!(matches!(kind_of_code(code), Kind::Unavailable), "{code}");
        }
        for code in ["23505", "2067", "42P01", "1"] {
            assert!(matches!(kind_of_code(code), Kind::Other), "{code}");
        }
    }
}
