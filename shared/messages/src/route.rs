//! Where messages go: subjects, streams, consumers and message ids. The one place that knows their
//! spelling, so that a permission, a publisher and a consumer can never disagree about it.

use domain::id::{JobId, LeaseId, Token};

/// The work queue of doorbells.
pub const JOBS_STREAM: &str = "TRAIN_JOBS";
/// What [`JOBS_STREAM`] takes.
pub const JOBS_SUBJECTS: &str = "train.v1.job.*";
/// What trainers tell.
pub const EVENTS_STREAM: &str = "TRAIN_EVENTS";
/// What [`EVENTS_STREAM`] takes.
pub const EVENTS_SUBJECTS: &str = "train.v1.ev.*.*";
/// The consumer of [`EVENTS_STREAM`] that all replicas of the job-service share.
pub const APPLIER: &str = "applier";
/// The queue group in which replicas of the job-service answer requests.
pub const RPC_GROUP: &str = "jobsvc";
/// What every trainer says of itself.
pub const PRESENCES: &str = "train.v1.here.*";
/// Hints that something about a job was committed, for every job.
pub const NOTES: &str = "train.v1.note.*";

const JOB: &str = "train.v1.job.";
const EVENT: &str = "train.v1.ev.";
const RPC: &str = "train.v1.rpc.";
const CTL: &str = "train.v1.ctl.";
const NOTE: &str = "train.v1.note.";
const HERE: &str = "train.v1.here.";

/// What a trainer asks the job-service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rpc {
    /// The lease of an attempt.
    Claim,
    /// More time for a lease.
    Beat,
    /// To take a lease back.
    Release,
}

impl Rpc {
    /// Every request there is.
    pub const ALL: [Self; 3] = [Self::Claim, Self::Beat, Self::Release];

    fn word(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Beat => "beat",
            Self::Release => "release",
        }
    }
}

/// The subject of doorbells for a resource class.
#[must_use]
pub fn job(class: &Token) -> String {
    format!("{JOB}{class}")
}

/// The consumer of [`JOBS_STREAM`] that the trainers of a resource class share.
#[must_use]
pub fn trainers(class: &Token) -> String {
    format!("trainers-{class}")
}

/// The subject of what a trainer tells about a job.
#[must_use]
pub fn event(trainer: &Token, job: JobId) -> String {
    format!("{EVENT}{trainer}.{job}")
}

/// Who told something about which job.
#[must_use]
pub fn parse_event(subject: &str) -> Option<(Token, JobId)> {
    let (trainer, job) = subject.strip_prefix(EVENT)?.split_once('.')?;
    Some((trainer.parse().ok()?, job.parse().ok()?))
}

/// The subject on which a trainer asks.
#[must_use]
pub fn rpc(rpc: Rpc, trainer: &Token) -> String {
    format!("{RPC}{}.{trainer}", rpc.word())
}

/// The subjects on which all trainers ask for one thing.
#[must_use]
pub fn rpc_subjects(rpc: Rpc) -> String {
    format!("{RPC}{}.*", rpc.word())
}

/// Who asks for what.
#[must_use]
pub fn parse_rpc(subject: &str) -> Option<(Rpc, Token)> {
    let (word, trainer) = subject.strip_prefix(RPC)?.split_once('.')?;
    let rpc = Rpc::ALL.into_iter().find(|rpc| rpc.word() == word)?;
    Some((rpc, trainer.parse().ok()?))
}

/// The subject of hints to a trainer.
#[must_use]
pub fn ctl(trainer: &Token) -> String {
    format!("{CTL}{trainer}")
}

/// The subject of hints that something about a job was committed.
#[must_use]
pub fn note(job: JobId) -> String {
    format!("{NOTE}{job}")
}

/// The job a hint is about.
#[must_use]
pub fn parse_note(subject: &str) -> Option<JobId> {
    subject.strip_prefix(NOTE)?.parse().ok()
}

/// The subject on which a trainer says that it is there.
#[must_use]
pub fn presence(trainer: &Token) -> String {
    format!("{HERE}{trainer}")
}

/// The trainer that says so.
#[must_use]
pub fn parse_presence(subject: &str) -> Option<Token> {
    subject.strip_prefix(HERE)?.parse().ok()
}

/// The message id of a doorbell. A consumed id is swallowed inside the duplicate window, hence `dispatch_no`:
/// announcing an attempt again takes a fresh id.
#[must_use]
pub fn dispatch_id(job: JobId, attempt: i32, dispatch_no: i32) -> String {
    format!("{job}:{attempt}:{dispatch_no}")
}

/// The message id of what a trainer tells. The lease is part of it, because two leases of one attempt each
/// count from 1. Sent again inside the duplicate window it is stored once, later once more; the database
/// knows (job, attempt, lease, seq) and takes it once.
#[must_use]
pub fn event_id(job: JobId, lease: LeaseId, seq: i64) -> String {
    format!("{job}:{lease}:{seq}")
}

/// What inboxes of an identity begin with, so that its permissions can be limited to its own.
#[must_use]
pub fn inbox(identity: &Token) -> String {
    format!("_INBOX.{identity}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn what_is_built_is_parsed_back() {
        let (trainer, job): (Token, JobId) = ("trainer-1".parse().unwrap(), JOB_ID.parse().unwrap());
        assert_eq!(parse_event(&event(&trainer, job)), Some((trainer.clone(), job)));
        for asked in Rpc::ALL {
            assert_eq!(parse_rpc(&rpc(asked, &trainer)), Some((asked, trainer.clone())));
        }
        assert_eq!(parse_note(&note(job)), Some(job));
        assert_eq!(parse_presence(&presence(&trainer)), Some(trainer));
    }

    #[test]
    fn other_subjects_are_not_mistaken() {
        for subject in [
            "",
            "train.v1.ev.t",
            "train.v1.ev.t.x",
            "train.v1.rpc.steal.t",
            "train.v1.rpc.claim.a.b",
        ] {
            assert_eq!(parse_event(subject), None, "{subject}");
            assert_eq!(parse_rpc(subject), None, "{subject}");
            assert_eq!(parse_note(subject), None, "{subject}");
        }
    }

    #[test]
    fn subjects_are_spelled_as_the_permissions_have_them() {
        let token: Token = "cpu".parse().unwrap();
        assert_eq!(super::job(&token), "train.v1.job.cpu");
        assert_eq!(trainers(&token), "trainers-cpu");
        assert_eq!(ctl(&token), "train.v1.ctl.cpu");
        assert_eq!(rpc_subjects(Rpc::Beat), "train.v1.rpc.beat.*");
        assert_eq!(inbox(&token), "_INBOX.cpu");
        assert_eq!(
            dispatch_id(JOB_ID.parse().unwrap(), 2, 3),
            format!("{JOB_ID}:2:3")
        );
    }
}
