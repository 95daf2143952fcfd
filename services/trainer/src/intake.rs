//! The intake: takes one doorbell at a time from the queue, and asks for the lease it announces. The queue is
//! answered as soon as the job-service is, granted or not: the database remembers, the queue need not.

use std::{sync::Arc, time::Duration};

use domain::{
    id::LeaseId,
    job::{Failure, FailureKind},
};
use messages::{
    bus::v1::{ClaimReply, ClaimRequest, Grant, JobReady, claim_reply::Outcome},
    route,
};
use storage::{ArtifactPath, ArtifactRoot};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};
use uuid::Uuid;

use crate::{
    Error, Result,
    lease::{Claimed, Lease, Terms, Work},
    supervisor::Supervisor,
};

/// How long one pull waits on the server.
const PULL: Duration = Duration::from_secs(5);
/// The pause after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a claim may take, how often it is tried before the doorbell goes back, and for how long it does.
const CLAIM: Duration = Duration::from_secs(5);
const TRIES: u32 = 5;
const GIVE_BACK: Duration = Duration::from_secs(2);

/// Takes jobs while there are slots.
pub(crate) struct Intake {
    pub(crate) supervisor: Arc<Supervisor>,
}

impl Intake {
    /// Takes jobs until the trainer is to end.
    ///
    /// # Errors
    /// When NATS can never be used, as with too old a server.
    pub(crate) async fn run(&self) -> Result<()> {
        let slots = Arc::new(Semaphore::new(self.supervisor.slots));
        let bus = &self.supervisor.bus;
        let mut consumer = bus.pull_consumer(route::JOBS_STREAM, &route::trainers(&self.supervisor.class));
        let mut trouble = Trouble::default();
        loop {
            let taken = tokio::select! {
                taken = self.take(&slots, &mut consumer) => taken,
                () = self.supervisor.shutdown.triggered() => return Ok(()),
            };
            match taken {
                Ok(Some(taken)) => {
                    trouble.over();
                    // Not dropped at the end of the trainer: a lease that was granted would only run out.
                    match self.claim(&taken.delivery, taken.root).await {
                        Some(claimed) if self.supervisor.shutdown.is_triggered() => {
                            self.supervisor.hand_back(claimed.lease);
                        }
                        Some(claimed) => self.supervisor.begin(claimed, taken.slot),
                        None => {}
                    }
                }
                Ok(None) => trouble.over(),
                Err(Error::Bus(error @ bus::Error::ServerTooOld { .. })) => return Err(error.into()),
                Err(error) => {
                    trouble.tell(error);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits for a slot, then for a message. The root is looked at each time: job-service may make it later.
    async fn take(&self, slots: &Arc<Semaphore>, consumer: &mut bus::PullConsumer) -> Result<Option<Taken>> {
        // Never closed, so never an error.
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
            return Ok(None);
        };
        self.supervisor.bus.ready().await?;
        let root = self.root().await?;
        let delivery = consumer.next(PULL).await?;
        Ok(delivery.map(|delivery| Taken { slot, root, delivery }))
    }

    async fn root(&self) -> Result<ArtifactRoot> {
        let place = self.supervisor.artifact_place.clone();
        let read = self
            .supervisor
            .shutdown
            .spawn_blocking(move || place.read_marker());
        let read = read.await.map_err(|error| Error::Io {
            action: "look at",
            path: self.supervisor.artifact_place.to_string().into(),
            source: error.into(),
        });
        Ok(read??)
    }

    /// Asks for the lease until there is a definite answer, and answers the queue.
    async fn claim(&self, delivery: &bus::Delivery, root: ArtifactRoot) -> Option<Claimed> {
        let Some((lease, request)) = request(delivery, &root) else {
            tracing::error!(
                subject = delivery.subject(),
                "dropped a message that announces no job"
            );
            answer(delivery.ack().await);
            return None;
        };
        for _ in 0..TRIES {
            match self.ask(&request).await {
                Ok(Some(Outcome::Grant(grant))) => {
                    answer(delivery.ack().await);
                    return Some(claimed(lease, grant, root));
                }
                Ok(Some(Outcome::Denial(denial))) => {
                    tracing::info!(job.id = %lease.job, job.attempt = lease.attempt, reason = denial.reason, "claim denied");
                    answer(delivery.ack().await);
                    return None;
                }
                Ok(Some(Outcome::Unavailable(_)) | None) => {}
                Err(error) => tracing::debug!(job.id = %lease.job, %error, "no answer to a claim"),
            }
            if self.supervisor.shutdown.is_triggered() {
                break;
            }
            // The message must not be taken for lost meanwhile; the same lease is asked for, lest two be granted.
            answer(delivery.in_progress().await);
            sleep(PAUSE).await;
        }
        tracing::warn!(job.id = %lease.job, "no answer to a claim: the doorbell goes back to the queue");
        // It may have been granted all the same, and would keep the next claim waiting until it had run out.
        self.supervisor.hand_back(lease);
        answer(delivery.nak(GIVE_BACK).await);
        None
    }

    async fn ask(&self, request: &ClaimRequest) -> Result<Option<Outcome>> {
        let subject = route::rpc(route::Rpc::Claim, &self.supervisor.id);
        let reply: ClaimReply = self.supervisor.bus.request(subject, request, CLAIM).await?;
        Ok(reply.outcome)
    }
}

fn request(delivery: &bus::Delivery, root: &ArtifactRoot) -> Option<(Lease, ClaimRequest)> {
    let ready: JobReady = delivery.decode().ok()?;
    let lease = Lease {
        job: ready.job_id.parse().ok()?,
        attempt: ready.attempt,
        id: LeaseId(Uuid::new_v4()),
    };
    let request = ClaimRequest {
        job_id: ready.job_id,
        attempt: ready.attempt,
        lease_id: lease.id.to_string(),
        artifact_root_id: root.id().to_string(),
    };
    Some((lease, request))
}

/// What a grant grants. One that makes no sense is a failure to report: the same attempt elsewhere fares no better.
fn claimed(lease: Lease, grant: Grant, root: ArtifactRoot) -> Claimed {
    let terms = Terms::of(&grant);
    let path = ArtifactPath::new(
        &grant.pipeline_id,
        &lease.job.to_string(),
        grant.version,
        lease.attempt,
        &lease.id.to_string(),
    );
    let work = match (path, grant.spec) {
        (Ok(path), Some(spec)) => Ok(Work { spec, root, path }),
        (Err(error), _) => Err(unusable(&error.to_string())),
        (Ok(_), None) => Err(unusable("it holds no spec")),
    };
    Claimed { lease, terms, work }
}

fn unusable(reason: &str) -> Failure {
    let message = format!("the trainer cannot use what it was granted: {reason}");
    Failure::new(FailureKind::Unsupported, "GRANT_UNUSABLE", message)
}

/// An answer that gets lost only brings the message again, where it is denied.
fn answer(sent: bus::Result<()>) {
    if let Err(error) = sent {
        tracing::debug!(%error, "an answer to the queue got lost");
    }
}

/// A message, and what is needed to work on it.
struct Taken {
    slot: OwnedSemaphorePermit,
    root: ArtifactRoot,
    delivery: bus::Delivery,
}

/// What keeps the intake from its work, told once and not at every try.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    fn tell(&mut self, error: Error) {
        let reason = format!("{:#}", anyhow::Error::from(error));
        if self.0.as_ref() != Some(&reason) {
            tracing::warn!(reason, "no jobs are taken for now");
            self.0 = Some(reason);
        }
    }

    fn over(&mut self) {
        if self.0.take().is_some() {
            tracing::info!("jobs are taken again");
        }
    }
}
