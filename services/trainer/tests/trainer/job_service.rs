//! What a trainer meets of job-service: grants, answers to beats, and a listener for its events.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bus::{Bus, Options, Topology};
use domain::id::JobId;
use messages::{
    bus::v1::{
        BeatReply, BeatRequest, BeatStatus, CancelHint, ClaimReply, ClaimRequest, Grant, JobReady,
        ReleaseReply, ReleaseRequest, TerminalReport, TrainerEvent, claim_reply::Outcome,
        trainer_event::Body,
    },
    route::{self, Rpc},
    v1,
};
use testkit::{NatsServer, eventually};
use tokio::task::JoinSet;
use uuid::Uuid;

pub(crate) const SOON: Duration = Duration::from_secs(20);
/// How long a cancelled child of [`grant`] may go on, in milliseconds.
pub(crate) const CANCEL_GRACE_MS: i64 = 200;

/// A stand-in for job-service on a nats-server of its own.
pub(crate) struct JobService {
    pub(crate) nats: NatsServer,
    pub(crate) bus: Bus,
    state: Arc<Mutex<State>>,
    _tasks: JoinSet<()>,
}

pub(crate) struct State {
    pub(crate) claims: Vec<ClaimRequest>,
    pub(crate) beats: Vec<BeatRequest>,
    pub(crate) releases: Vec<ReleaseRequest>,
    /// Whether leases are taken back.
    pub(crate) settling: bool,
    /// Whether beats get no answer.
    pub(crate) mute: bool,
    pub(crate) events: Vec<TrainerEvent>,
    /// What the next claims are answered; the last answer is repeated.
    pub(crate) answers: Vec<Outcome>,
    /// What beats are answered before the terminal report has arrived.
    pub(crate) status: BeatStatus,
    /// Whether terminal reports get lost, and how many have been.
    pub(crate) losing: bool,
    pub(crate) lost: usize,
}

impl State {
    /// The terminal reports that have come in.
    pub(crate) fn reports(&self) -> usize {
        let terminal = |event: &&TrainerEvent| matches!(event.body, Some(Body::Terminal(_)));
        self.events.iter().filter(terminal).count()
    }

    fn take(&mut self, event: TrainerEvent) {
        if self.losing && matches!(event.body, Some(Body::Terminal(_))) {
            self.lost += 1;
        } else {
            self.events.push(event);
        }
    }
}

impl JobService {
    /// Starts everything; claims are answered with `grant`.
    pub(crate) async fn start(grant: Grant) -> Self {
        let nats = NatsServer::start().await;
        let identity = "job-service".parse().unwrap();
        let bus = Bus::connect(&Options {
            url: nats.url(),
            identity,
            name: "job-service".into(),
        })
        .await
        .unwrap();
        bus.ready().await.unwrap();
        let topology = Topology {
            replicas: 1,
            ack_wait: Duration::from_secs(30),
            classes: vec!["cpu".parse().unwrap()],
        };
        assert_eq!(bus.ensure(&topology).await.unwrap(), []);
        let state = State {
            claims: Vec::new(),
            beats: Vec::new(),
            releases: Vec::new(),
            settling: true,
            mute: false,
            events: Vec::new(),
            answers: vec![Outcome::Grant(grant)],
            status: BeatStatus::Ok,
            losing: false,
            lost: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let mut tasks = JoinSet::new();
        tasks.spawn(answer_claims(bus.clone(), Arc::clone(&state)));
        tasks.spawn(answer_beats(bus.clone(), Arc::clone(&state)));
        tasks.spawn(answer_releases(bus.clone(), Arc::clone(&state)));
        tasks.spawn(collect_events(bus.clone(), Arc::clone(&state)));
        Self {
            nats,
            bus,
            state,
            _tasks: tasks,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Rings the bell for a new job.
    pub(crate) async fn announce(&self) -> JobId {
        let job = JobId(Uuid::now_v7());
        self.announce_attempt(job, 1).await;
        job
    }

    /// Rings the bell for an attempt of a job.
    pub(crate) async fn announce_attempt(&self, job: JobId, attempt: i32) {
        let ready = JobReady {
            job_id: job.to_string(),
            attempt,
            dispatch_no: 1,
        };
        let subject = route::job(&"cpu".parse().unwrap());
        self.bus
            .publish(subject, &route::dispatch_id(job, attempt, 1), &ready)
            .await
            .unwrap();
    }

    /// The claim of a job, once it has come in.
    pub(crate) async fn claim(&self, job: JobId) -> ClaimRequest {
        let job = job.to_string();
        self.eventually("a claim", move |state| {
            state.claims.iter().find(|claim| claim.job_id == job).cloned()
        })
        .await
    }

    /// The terminal report of a job, once it has come in.
    pub(crate) async fn report(&self, job: JobId) -> TerminalReport {
        let job = job.to_string();
        self.eventually("a terminal report", move |state| {
            state.events.iter().find_map(|event| match &event.body {
                Some(Body::Terminal(report)) if event.job_id == job => Some(report.clone()),
                _ => None,
            })
        })
        .await
    }

    pub(crate) async fn eventually<T>(&self, what: &str, look: impl Fn(&State) -> Option<T>) -> T {
        eventually(what, SOON, || std::future::ready(look(&self.state()))).await
    }

    /// Loses everything that the server holds, and makes the streams anew.
    pub(crate) async fn wipe(&self) {
        let client = async_nats::connect(self.nats.url()).await.unwrap();
        let jetstream = async_nats::jetstream::new(client);
        for stream in [route::JOBS_STREAM, route::EVENTS_STREAM] {
            jetstream.delete_stream(stream).await.unwrap();
        }
        assert_eq!(self.bus.ensure(&topology()).await.unwrap(), []);
    }

    /// Hints at the trainer that claimed, that it should stop.
    pub(crate) async fn hint(&self, claim: &ClaimRequest, trainer: &str) {
        let hint = CancelHint {
            job_id: claim.job_id.clone(),
            attempt: claim.attempt,
            lease_id: claim.lease_id.clone(),
        };
        self.bus
            .hint(route::ctl(&trainer.parse().unwrap()), &hint)
            .await
            .unwrap();
    }
}

fn topology() -> Topology {
    Topology {
        replicas: 1,
        ack_wait: Duration::from_secs(30),
        classes: vec!["cpu".parse().unwrap()],
    }
}

/// A grant of a short lease on a spec that reads `uri`.
pub(crate) fn grant(uri: &str, sha256: &str) -> Grant {
    let duration = |millis: i64| {
        Some(prost_types::Duration {
            seconds: millis / 1000,
            nanos: (millis % 1000 * 1_000_000) as i32,
        })
    };
    Grant {
        spec: Some(v1::TrainingSpec {
            graph: Some(v1::Graph::default()),
            node_id: "train".into(),
            model_type: "ridge_regression".into(),
            dataset_source: Some(v1::DatasetSource {
                dataset_source_id: "data".into(),
                uri: uri.into(),
                sha256: sha256.into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        pipeline_id: "pipe".into(),
        version: 1,
        lease_ttl: duration(4000),
        beat_interval: duration(100),
        run_timeout: duration(3_600_000),
        cancel_grace: duration(CANCEL_GRACE_MS),
        memory_limit_bytes: 0,
        threads: 1,
    }
}

async fn answer_claims(bus: Bus, state: Arc<Mutex<State>>) {
    let mut requests = bus
        .serve::<ClaimRequest>(route::rpc_subjects(Rpc::Claim), route::RPC_GROUP)
        .await
        .unwrap();
    while let Some(request) = requests.next().await {
        let outcome = {
            let mut state = state.lock().unwrap();
            state.claims.push(request.body.clone());
            let last = state.answers.len() == 1;
            if last {
                state.answers[0].clone()
            } else {
                state.answers.remove(0)
            }
        };
        request
            .answer(&ClaimReply {
                outcome: Some(outcome),
            })
            .await
            .unwrap();
    }
}

async fn answer_beats(bus: Bus, state: Arc<Mutex<State>>) {
    let mut requests = bus
        .serve::<BeatRequest>(route::rpc_subjects(Rpc::Beat), route::RPC_GROUP)
        .await
        .unwrap();
    while let Some(request) = requests.next().await {
        let status = {
            let mut state = state.lock().unwrap();
            state.beats.push(request.body.clone());
            let reported = state.events.iter().any(|event| {
                event.lease_id == request.body.lease_id && matches!(event.body, Some(Body::Terminal(_)))
            });
            if reported && state.status == BeatStatus::Ok {
                BeatStatus::Done
            } else {
                state.status
            }
        };
        if state.lock().unwrap().mute {
            continue;
        }
        // The server may just have been killed, by the test.
        let _ = request
            .answer(&BeatReply {
                status: status.into(),
            })
            .await;
    }
}

async fn answer_releases(bus: Bus, state: Arc<Mutex<State>>) {
    let mut requests = bus
        .serve::<ReleaseRequest>(route::rpc_subjects(Rpc::Release), route::RPC_GROUP)
        .await
        .unwrap();
    while let Some(request) = requests.next().await {
        let settled = {
            let mut state = state.lock().unwrap();
            state.releases.push(request.body.clone());
            state.settling
        };
        request.answer(&ReleaseReply { settled }).await.unwrap();
    }
}

async fn collect_events(bus: Bus, state: Arc<Mutex<State>>) {
    let mut applier = bus.pull_consumer(route::EVENTS_STREAM, route::APPLIER);
    loop {
        match applier.next(Duration::from_secs(1)).await {
            Ok(Some(delivery)) => {
                let event: TrainerEvent = delivery.decode().unwrap();
                let (_, job) = route::parse_event(delivery.subject()).unwrap();
                assert_eq!(event.job_id, job.to_string());
                state.lock().unwrap().take(event);
                let _ = delivery.ack().await;
            }
            Ok(None) => {}
            Err(_) => _ = bus.ready().await,
        }
    }
}
