//! The responder: answers trainers that claim, beat and release. Any replica may answer, and each request is answered
//! beside the others, so that a slow claim keeps no beat waiting.

use std::{error::Error as StdError, sync::Arc};

use bus::{Bus, Request};
use domain::{
    id::{InvalidId, JobId, LeaseId, Token},
    job::machine::{BeatAnswer, Fence},
};
use messages::{
    bus::v1::{
        BeatReply, BeatRequest, BeatStatus, ClaimReply, ClaimRequest, Denial, ReleaseReply, ReleaseRequest,
        Unavailable, claim_reply::Outcome,
    },
    route::{self, Rpc},
};
use prost::Message;
use service_kit::Shutdown;
use tokio::sync::Semaphore;

use crate::app::{self, App, ClaimOutcome, Released};

/// Requests answered at once, of each kind; more wait in the subscription.
const CONCURRENT: usize = 64;

/// What answers trainers.
#[derive(Debug, Clone)]
pub(crate) struct Responder {
    pub(crate) app: Arc<App>,
    pub(crate) bus: Bus,
    pub(crate) shutdown: Shutdown,
}

impl Responder {
    /// Answers claims, until the end.
    pub(crate) async fn claims(self) {
        self.answer_all(Rpc::Claim, claim).await;
    }

    /// Answers beats, until the end.
    pub(crate) async fn beats(self) {
        self.answer_all(Rpc::Beat, beat).await;
    }

    /// Answers trainers that give a lease back, until the end.
    pub(crate) async fn releases(self) {
        self.answer_all(Rpc::Release, release).await;
    }

    async fn answer_all<Q, A, F>(self, rpc: Rpc, answer: fn(Arc<App>, Token, Q) -> F)
    where
        Q: Message + Default + 'static,
        A: Message + 'static,
        F: Future<Output = A> + Send + 'static,
    {
        let served = self
            .bus
            .serve::<Q>(route::rpc_subjects(rpc), route::RPC_GROUP)
            .await;
        let mut requests = match served {
            Ok(requests) => requests,
            Err(error) => {
                tracing::error!(error = &error as &dyn StdError, ?rpc, "cannot answer trainers");
                return;
            }
        };
        let slots = Arc::new(Semaphore::new(CONCURRENT));
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return;
            };
            let request = tokio::select! {
                request = requests.next() => request,
                () = self.shutdown.triggered() => return,
            };
            let Some(request) = request else { return };
            let app = Arc::clone(&self.app);
            self.shutdown.spawn(async move {
                respond(app, request, answer).await;
                drop(slot);
            });
        }
    }
}

async fn respond<Q, A, F>(app: Arc<App>, mut request: Request<Q>, answer: fn(Arc<App>, Token, Q) -> F)
where
    Q: Message + Default,
    A: Message,
    F: Future<Output = A>,
{
    // The subject tells who asks: NATS lets nobody else publish there.
    let Some((_, trainer)) = route::parse_rpc(&request.subject) else {
        tracing::warn!(subject = request.subject, "a request from nobody was dropped");
        return;
    };
    let body = std::mem::take(&mut request.body);
    let reply = answer(app, trainer, body).await;
    if let Err(error) = request.answer(&reply).await {
        tracing::debug!(error = &error as &dyn StdError, "an answer was not sent");
    }
}

async fn claim(app: Arc<App>, trainer: Token, request: ClaimRequest) -> ClaimReply {
    let outcome = match parse(&request.job_id, request.attempt, &request.lease_id) {
        Ok((job, fence)) => {
            let request = app::ClaimRequest {
                trainer: trainer.clone(),
                job,
                attempt: fence.attempt,
                lease: fence.lease,
                artifact_root_id: request.artifact_root_id,
            };
            match app.claim(&request).await {
                Ok(ClaimOutcome::Granted(grant)) => {
                    tracing::info!(job.id = %job, job.attempt = fence.attempt, %trainer, "an attempt is claimed");
                    Outcome::Grant(*grant)
                }
                Ok(ClaimOutcome::Denied(reason)) => {
                    tracing::info!(job.id = %job, job.attempt = fence.attempt, %trainer, reason, "a claim is denied");
                    Outcome::Denial(Denial { reason })
                }
                Err(error) => {
                    tracing::warn!(job.id = %job, error = &error as &dyn StdError, "a claim cannot be judged for now");
                    Outcome::Unavailable(Unavailable {})
                }
            }
        }
        Err(error) => Outcome::Denial(Denial {
            reason: format!("malformed claim: {error}"),
        }),
    };
    ClaimReply {
        outcome: Some(outcome),
    }
}

async fn beat(app: Arc<App>, trainer: Token, request: BeatRequest) -> BeatReply {
    let status = match parse(&request.job_id, request.attempt, &request.lease_id) {
        Ok((job, fence)) => match app.beat(&trainer, job, fence).await {
            Ok(BeatAnswer::Ok) => BeatStatus::Ok,
            Ok(BeatAnswer::CancelRequested) => BeatStatus::CancelRequested,
            Ok(BeatAnswer::Done) => BeatStatus::Done,
            Ok(BeatAnswer::Fenced) => {
                tracing::info!(job.id = %job, job.attempt = fence.attempt, %trainer, "a trainer is fenced");
                BeatStatus::Fenced
            }
            Err(error) => {
                tracing::warn!(job.id = %job, error = &error as &dyn StdError, "a beat cannot be judged for now");
                BeatStatus::Unspecified
            }
        },
        // Nobody holds what has no name.
        Err(_) => BeatStatus::Fenced,
    };
    BeatReply {
        status: status.into(),
    }
}

async fn release(app: Arc<App>, trainer: Token, request: ReleaseRequest) -> ReleaseReply {
    let settled = match parse(&request.job_id, request.attempt, &request.lease_id) {
        Ok((job, fence)) => match app.release(&trainer, job, fence).await {
            Ok(Released::Taken) => {
                tracing::info!(job.id = %job, job.attempt = fence.attempt, %trainer, "an attempt is released");
                true
            }
            Ok(Released::Stale) => true,
            Err(error) => {
                tracing::warn!(job.id = %job, error = &error as &dyn StdError, "a release cannot be judged for now");
                false
            }
        },
        // Nobody holds what has no name.
        Err(_) => true,
    };
    ReleaseReply { settled }
}

fn parse(job: &str, attempt: i32, lease: &str) -> Result<(JobId, Fence), InvalidId> {
    let lease: LeaseId = lease.parse()?;
    Ok((job.parse()?, Fence { attempt, lease }))
}
