//! The responder: answers trainers that claim, beat and release. Any replica may answer. Claims and releases are
//! answered beside each other, and beats apart from both and together, so that a slow claim keeps no beat waiting.

use std::{error::Error as StdError, sync::Arc};

use bus::{Bus, Request, Requests};
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

use crate::{
    app::{self, App, Beat, ClaimOutcome, Released},
    error::Error,
};

/// Claims, and releases, answered at once; more wait in the subscription. Few enough for what trainers tell to find
/// its turn among them at a database with one writer.
const CONCURRENT: usize = 8;
/// Beats answered together.
const TOGETHER: usize = 64;

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

    /// Answers beats, until the end: all that wait in one commit, so that the time one takes falls with their number.
    pub(crate) async fn beats(self) {
        let Some(mut requests) = self.requests::<BeatRequest>(Rpc::Beat).await else {
            return;
        };
        loop {
            let few = tokio::select! {
                few = requests.next_few(TOGETHER) => few,
                () = self.shutdown.triggered() => return,
            };
            let Some(few) = few else { return };
            answer_beats(&self.app, few).await;
        }
    }

    /// Answers trainers that give a lease back, until the end.
    pub(crate) async fn releases(self) {
        self.answer_all(Rpc::Release, release).await;
    }

    async fn requests<Q: Message + Default>(&self, rpc: Rpc) -> Option<Requests<Q>> {
        let subjects = route::rpc_subjects(rpc);
        match self.bus.serve::<Q>(subjects, route::RPC_GROUP).await {
            Ok(requests) => Some(requests),
            Err(error) => {
                tracing::error!(error = &error as &dyn StdError, ?rpc, "cannot answer trainers");
                None
            }
        }
    }

    async fn answer_all<Q, A, F>(self, rpc: Rpc, answer: fn(Arc<App>, Token, Q) -> F)
    where
        Q: Message + Default + 'static,
        A: Message + 'static,
        F: Future<Output = A> + Send + 'static,
    {
        let Some(mut requests) = self.requests::<Q>(rpc).await else {
            return;
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
    if let Some(trainer) = asker(&request) {
        let body = std::mem::take(&mut request.body);
        send(request, &answer(app, trainer, body).await).await;
    }
}

/// Who asks. The subject tells: NATS lets nobody else publish there.
fn asker<Q>(request: &Request<Q>) -> Option<Token> {
    let asker = route::parse_rpc(&request.subject).map(|(_, trainer)| trainer);
    if asker.is_none() {
        tracing::warn!(subject = request.subject, "a request from nobody was dropped");
    }
    asker
}

async fn send<Q>(request: Request<Q>, reply: &impl Message) {
    if let Err(error) = request.answer(reply).await {
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

async fn answer_beats(app: &App, requests: Vec<Request<BeatRequest>>) {
    let (mut beats, mut asking) = (Vec::new(), Vec::new());
    for request in requests {
        let Some(trainer) = asker(&request) else { continue };
        let BeatRequest {
            job_id,
            attempt,
            lease_id,
        } = &request.body;
        match parse(job_id, *attempt, lease_id) {
            Ok((job, fence)) => {
                beats.push(Beat { trainer, job, fence });
                asking.push(request);
            }
            // Nobody holds what has no name.
            Err(_) => send(request, &beat_reply(BeatStatus::Fenced)).await,
        }
    }
    let answers = app.beats(&beats).await;
    for ((beat, request), answer) in beats.iter().zip(asking).zip(answers) {
        send(request, &beat_reply(status(beat, answer))).await;
    }
}

fn beat_reply(status: BeatStatus) -> BeatReply {
    BeatReply {
        status: status.into(),
    }
}

fn status(beat: &Beat, answer: Result<BeatAnswer, Error>) -> BeatStatus {
    match answer {
        Ok(BeatAnswer::Ok) => BeatStatus::Ok,
        Ok(BeatAnswer::CancelRequested) => BeatStatus::CancelRequested,
        Ok(BeatAnswer::Done) => BeatStatus::Done,
        Ok(BeatAnswer::Fenced) => {
            let Beat { trainer, job, fence } = beat;
            tracing::info!(job.id = %job, job.attempt = fence.attempt, %trainer, "a trainer is fenced");
            BeatStatus::Fenced
        }
        Err(error) => {
            tracing::warn!(job.id = %beat.job, error = &error as &dyn StdError, "a beat cannot be judged for now");
            BeatStatus::Unspecified
        }
    }
}

async fn release(app: Arc<App>, trainer: Token, request: ReleaseRequest) -> ReleaseReply {
    let settled = match parse(&request.job_id, request.attempt, &request.lease_id) {
        Ok((job, fence)) => match app.release(&trainer, job, fence, request.report).await {
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
