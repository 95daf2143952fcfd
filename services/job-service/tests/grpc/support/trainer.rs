//! A trainer as the bus sees it: it pulls, claims, beats and tells. It trains nothing.

use std::path::Path;

use bus::{Bus, Options, PullConsumer};
use domain::id::{JobId, LeaseId, Token};
use messages::{
    bus::v1::{
        BeatReply, BeatRequest, BeatStatus, ClaimReply, ClaimRequest, Grant, JobReady, ReleaseReply,
        ReleaseRequest, Stopped, Success, TerminalReport, TrainerEvent, claim_reply, terminal_report,
        trainer_event::Body,
    },
    route::{self, Rpc},
    v1,
};
use storage::{ArtifactPath, ArtifactPlace, ArtifactRoot};
use testkit::eventually;
use uuid::Uuid;

use super::SOON;

/// A trainer that does as its test says.
pub(crate) struct Trainer {
    pub(crate) bus: Bus,
    pub(crate) id: Token,
    jobs: PullConsumer,
    root: ArtifactRoot,
}

/// An attempt that a trainer holds.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) job: JobId,
    pub(crate) attempt: i32,
    pub(crate) lease: LeaseId,
    pub(crate) grant: Grant,
    seq: i64,
}

impl Trainer {
    /// Connects a trainer that shares the service's artifact root.
    pub(crate) async fn connect(nats: &str, artifact_root: &Path) -> Self {
        let id: Token = format!("trainer-{}", Uuid::now_v7().simple()).parse().unwrap();
        let options = Options {
            url: nats.to_owned(),
            identity: id.clone(),
            name: id.to_string(),
        };
        let bus = Bus::connect(&options).await.unwrap();
        bus.ready().await.unwrap();
        let root = ArtifactPlace::new(artifact_root).unwrap().read_marker().unwrap();
        let class: Token = "cpu".parse().unwrap();
        let jobs = bus.pull_consumer(route::JOBS_STREAM, &route::trainers(&class));
        Self { bus, id, jobs, root }
    }

    /// Waits for a doorbell, and acknowledges it.
    pub(crate) async fn next(&mut self) -> JobReady {
        let deadline = tokio::time::Instant::now() + SOON;
        loop {
            assert!(tokio::time::Instant::now() < deadline, "no job came");
            if let Ok(Some(delivery)) = self.jobs.next(std::time::Duration::from_millis(500)).await {
                let ready = delivery.decode().unwrap();
                delivery.ack().await.unwrap();
                return ready;
            }
        }
    }

    /// Waits for a job, and claims it.
    pub(crate) async fn take(&mut self) -> Held {
        let ready = self.next().await;
        let lease = LeaseId(Uuid::now_v7());
        match self.claim(&ready, lease, &self.root.id().to_string()).await {
            claim_reply::Outcome::Grant(grant) => Held {
                job: ready.job_id.parse().unwrap(),
                attempt: ready.attempt,
                lease,
                grant,
                seq: 0,
            },
            other => panic!("the claim was not granted: {other:?}"),
        }
    }

    /// Claims an attempt; asks again where nobody could tell.
    pub(crate) async fn claim(
        &self,
        ready: &JobReady,
        lease: LeaseId,
        artifact_root_id: &str,
    ) -> claim_reply::Outcome {
        let request = ClaimRequest {
            job_id: ready.job_id.clone(),
            attempt: ready.attempt,
            lease_id: lease.to_string(),
            artifact_root_id: artifact_root_id.to_owned(),
        };
        eventually("an answer to a claim", SOON, || async {
            let subject = route::rpc(Rpc::Claim, &self.id);
            let reply: ClaimReply = self.bus.request(subject, &request, SOON).await.ok()?;
            reply
                .outcome
                .filter(|outcome| !matches!(outcome, claim_reply::Outcome::Unavailable(_)))
        })
        .await
    }

    pub(crate) async fn beat(&self, held: &Held) -> BeatStatus {
        let request = BeatRequest {
            job_id: held.job.to_string(),
            attempt: held.attempt,
            lease_id: held.lease.to_string(),
        };
        let subject = route::rpc(Rpc::Beat, &self.id);
        let reply: BeatReply = self.bus.request(subject, &request, SOON).await.unwrap();
        reply.status()
    }

    /// Gives a lease back; tells whether that is settled.
    pub(crate) async fn release(&self, held: &Held) -> bool {
        let request = ReleaseRequest {
            job_id: held.job.to_string(),
            attempt: held.attempt,
            lease_id: held.lease.to_string(),
            report: None,
        };
        let subject = route::rpc(Rpc::Release, &self.id);
        let reply: ReleaseReply = self.bus.request(subject, &request, SOON).await.unwrap();
        reply.settled
    }

    /// Tells something about an attempt.
    pub(crate) async fn tell(&self, held: &mut Held, body: Body) {
        held.seq += 1;
        let event = TrainerEvent {
            job_id: held.job.to_string(),
            attempt: held.attempt,
            lease_id: held.lease.to_string(),
            seq: held.seq,
            body: Some(body),
        };
        let id = route::event_id(held.job, held.lease, held.seq);
        let subject = route::event(&self.id, held.job);
        eventually("a published event", SOON, || async {
            self.bus.publish(subject.clone(), &id, &event).await.ok()
        })
        .await;
    }

    pub(crate) async fn progress(&self, held: &mut Held, fraction: f64) {
        let progress = v1::Progress {
            fraction,
            ..Default::default()
        };
        let update = v1::ProgressUpdate {
            phase: v1::JobPhase::Fitting.into(),
            progress: Some(progress),
        };
        self.tell(held, Body::Progress(update)).await;
    }

    /// Writes an artifact and reports success.
    pub(crate) async fn succeed(&self, held: &mut Held) {
        let artifact = self.write_artifact(held);
        self.report_success(held, artifact).await;
    }

    pub(crate) async fn report_success(&self, held: &mut Held, artifact: v1::Artifact) {
        let test = v1::SplitMetrics {
            values: [("r2".to_owned(), 0.5)].into(),
        };
        let success = Success {
            metrics: [("test".to_owned(), test)].into(),
            artifact: Some(artifact),
        };
        self.end(held, terminal_report::Outcome::Success(success)).await;
    }

    pub(crate) async fn fail(&self, held: &mut Held, kind: v1::FailureKind) {
        let failure = v1::Failure {
            kind: kind.into(),
            code: "TEST".into(),
            message: "as the test says".into(),
            ..Default::default()
        };
        self.end(held, terminal_report::Outcome::Failure(failure)).await;
    }

    pub(crate) async fn stop(&self, held: &mut Held) {
        self.end(held, terminal_report::Outcome::Stopped(Stopped {}))
            .await;
    }

    async fn end(&self, held: &mut Held, outcome: terminal_report::Outcome) {
        let report = TerminalReport {
            outcome: Some(outcome),
            exit_code: Some(0),
            ..Default::default()
        };
        self.tell(held, Body::Terminal(report)).await;
    }

    /// Writes a model and its manifest where the attempt's files belong.
    pub(crate) fn write_artifact(&self, held: &Held) -> v1::Artifact {
        let path = ArtifactPath::new(
            &held.grant.pipeline_id,
            &held.job.to_string(),
            held.grant.version,
            held.attempt,
            &held.lease.to_string(),
        );
        let mut writer = self.root.writer(&path.unwrap()).unwrap();
        let model = writer.write("pipeline.tyd", b"a model").unwrap().clone();
        let manifest = format!(
            r#"{{"files":[{{"name":"{}","bytes":{},"sha256":"{}"}}]}}"#,
            model.name, model.bytes, model.sha256
        );
        let manifest = writer
            .write("manifest.json", manifest.as_bytes())
            .unwrap()
            .clone();
        let (uri, files) = writer.finish().unwrap();
        let file = |entry: &storage::FileEntry| v1::ArtifactFile {
            name: entry.name.clone(),
            bytes: i64::try_from(entry.bytes).unwrap(),
            sha256: entry.sha256.clone(),
        };
        let files: Vec<_> = files.iter().map(file).collect();
        v1::Artifact {
            uri: uri.to_string(),
            sha256: manifest.sha256,
            bytes: files.iter().map(|file| file.bytes).sum(),
            files,
        }
    }
}
