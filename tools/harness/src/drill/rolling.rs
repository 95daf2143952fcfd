//! Both replicas are restarted in turn while clients submit and watch.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use messages::v1;
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{Report, quantiles};
use crate::{
    Database, Failover, Stack,
    client::{check_history, model, submission},
    stack::SOON,
};

const TABLE: &str = "small";

/// The size of the drill.
#[derive(Debug, Clone, Copy)]
pub struct Rolling {
    /// Submissions in a second.
    pub per_second: u32,
    /// Jobs that are watched, each by one client.
    pub watchers: usize,
    /// How often each replica is restarted.
    pub rounds: usize,
}

/// Restarts the replicas in turn with SIGTERM. No submission may fail that is retried as gRPC clients do, and every
/// watcher has to see its job's history whole and once.
///
/// # Errors
///
/// What a client saw that it must not see.
pub async fn rolling(plan: Rolling) -> Report {
    let mut stack = Stack::builder(Database::Postgres)
        .replicas(2)
        .trainers(2)
        .slots(2, 1)
        .start()
        .await;
    stack.classification(TABLE, 200, 4).await;
    let service = Arc::new(Failover::new(&stack.urls())?);
    let watched = waiting_jobs(&service, plan.watchers).await?;
    let mut watchers = JoinSet::new();
    for id in watched.clone() {
        let service = Arc::clone(&service);
        watchers.spawn(async move { service.watch(&id).await.map(|seen| (id, seen)) });
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut submitter = JoinSet::new();
    submitter.spawn(submit(Arc::clone(&service), plan.per_second, Arc::clone(&stop)));
    let starts = AtomicUsize::new(0);
    let mut exits = Vec::new();
    for round in 0..plan.rounds * 2 {
        // Some of the watched jobs run while the replica is away.
        let due = plan.watchers * (round + 1) / (plan.rounds * 2);
        start(&service, &watched, &starts, due).await?;
        let replica = round % 2;
        let asked = Instant::now();
        stack.replicas[replica].terminate();
        let status = stack.replicas[replica].wait(SOON).await;
        ensure!(status.success(), "a replica ended with {status}");
        exits.push(asked.elapsed());
        stack.restart_replica(replica).await;
    }
    stop.store(true, Ordering::Release);
    let submitted = submitter.join_next().await.context("the submitter")???;
    let resumed = all_saw_everything(&service, watchers).await?;
    let (_, slowest_exit) = quantiles(exits);
    ensure!(
        slowest_exit <= Duration::from_secs(10),
        "a replica took {slowest_exit:?} to end"
    );
    Ok(json!({
        "drill": "rolling",
        "restarts": plan.rounds * 2,
        "submits": submitted.count,
        "submits_retried": service.retried(),
        "submits_failed": 0,
        "submit_p99_ms": quantiles(submitted.spans).1.as_secs_f64() * 1e3,
        "watchers": watched.len(),
        "streams_resumed": resumed,
        "slowest_exit_s": slowest_exit.as_secs_f64(),
    }))
}

/// Jobs that wait to be started.
async fn waiting_jobs(service: &Failover, count: usize) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let request = request("", (count - ids.len()).min(20));
        let made = service.submit(request).await?;
        ids.extend(made.into_iter().map(|job| job.job_id));
    }
    Ok(ids)
}

fn request(request_id: &str, models: usize) -> v1::SubmitTrainingJobRequest {
    v1::SubmitTrainingJobRequest {
        request_id: request_id.to_owned(),
        run_training: Some(false),
        ..submission(TABLE, "label", vec![model("logistic_regression", &[]); models])
    }
}

/// Starts jobs until `due` of them are started.
async fn start(service: &Failover, ids: &[String], started: &AtomicUsize, due: usize) -> Result<()> {
    while started.load(Ordering::Relaxed) < due {
        let id = &ids[started.fetch_add(1, Ordering::Relaxed)];
        let request = v1::StartTrainingJobRequest { job_id: id.clone() };
        service
            .call(|mut client| {
                let request = request.clone();
                async move { client.jobs.start_training_job(request).await }
            })
            .await?;
    }
    Ok(())
}

struct Submitted {
    count: usize,
    spans: Vec<Duration>,
}

/// Submits so many times a second, none waiting for another, until it is told to stop.
async fn submit(service: Arc<Failover>, per_second: u32, stop: Arc<AtomicBool>) -> Result<Submitted> {
    let mut ticks = interval(Duration::from_secs(1) / per_second);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    while !stop.load(Ordering::Acquire) {
        ticks.tick().await;
        let service = Arc::clone(&service);
        calls.spawn(async move {
            let start = Instant::now();
            let id = uuid::Uuid::new_v4().to_string();
            let jobs = service.submit(request(&id, 1)).await?;
            ensure!(jobs.len() == 1, "a submission made {} jobs", jobs.len());
            Ok(start.elapsed())
        });
    }
    let mut spans = Vec::new();
    while let Some(call) = calls.join_next().await {
        spans.push(call?.context("a submission failed")?);
    }
    Ok(Submitted {
        count: spans.len(),
        spans,
    })
}

type Seen = Result<(String, crate::failover::Watched)>;

/// Waits for the watchers and compares what they saw with the table; returns how often a stream was resumed.
async fn all_saw_everything(service: &Failover, mut watchers: JoinSet<Seen>) -> Result<usize> {
    let mut resumed = 0;
    while let Some(seen) = watchers.join_next().await {
        let (id, watched) = seen??;
        check_history(&watched.events).with_context(|| format!("the watcher of {id}"))?;
        let table = service.client().events(&id).await?;
        ensure!(
            watched.events == table,
            "the watcher of {id} saw {} events, the table has {}",
            watched.events.len(),
            table.len()
        );
        resumed += watched.resumed;
    }
    Ok(resumed)
}
