//! Chaos: real processes under continuous work and continuous faults, and then the question whether every promise was
//! kept. The seed determines what is submitted and what fails when.

mod checks;
mod clients;
mod counters;
mod facts;
mod fault;
mod history;
mod lanes;
mod patient;
mod random;
mod report;
mod schedule;
mod summary;
mod tally;
mod timing;
mod watchers;
mod workload;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use futures::future::join_all;
use messages::convert;
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until, timeout},
};

use crate::{Database, Stack, stack::Part};
pub use checks::Violation;
use clients::Clients;
use facts::Onlooker;
use history::History;
use patient::Patient;
pub use report::Report;
use schedule::Schedule;
pub use summary::Summary;
use timing::{DRAIN, ORPHAN, SHUTDOWN};

/// The file of a run's directory that holds its history.
const HISTORY: &str = "history.jsonl";
/// How long one look at the backlog may take.
const LOOK: Duration = Duration::from_secs(5);
/// How long after the last job's end its watchers may take to be told.
const TOLD: Duration = Duration::from_secs(10);

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The database.
    pub database: Database,
    /// Replicas of the job-service; one on SQLite.
    pub replicas: usize,
    /// Trainers of two slots.
    pub trainers: usize,
    /// How long there are faults.
    pub seconds: u64,
    /// What everything is drawn from.
    pub seed: u64,
    /// How many jobs to submit at least.
    pub jobs: usize,
    /// Whether the directory is kept in any case.
    pub keep: bool,
}

/// Runs it.
///
/// # Errors
///
/// When the run itself could not be carried through; broken promises are part of its report.
pub async fn run(options: Options) -> Result<Report> {
    if options.database == Database::Sqlite && options.replicas > 1 {
        bail!("one job-service at a time works on an SQLite database");
    }
    let mut stack = start(&options).await;
    let onlooker = Onlooker::connect(&stack.database_url, &stack.nats.url()).await?;
    let path = stack.dir().join(HISTORY);
    let history = Arc::new(History::begin(&path)?);
    let clients = Arc::new(Clients::new(Patient::new(&stack.urls())?, Arc::clone(&history)));
    eprintln!("seed {}: {}", options.seed, stack.dir().display());
    let work = Box::pin(disturb(&options, &mut stack, &clients)).await;
    let calm = Instant::now();
    eprintln!("calm after {:?}", history.elapsed());
    let drained = drain(&history, &onlooker, work, calm).await;
    eprintln!("drained after {:?}", calm.elapsed());
    await_watchers(&clients).await;
    let facts = facts::gather(&clients).await?;
    stop(&history, &mut stack).await;
    let counted = counters::count(stack.dir())?;
    let lines = history::read(&path)?;
    let violations = checks::check(&lines, &facts);
    let mut report = Report::new(&options, &lines, &facts, counted, violations);
    report.drain_s = drained.map(|at| (at.duration_since(calm).as_secs_f64() * 10.0).round() / 10.0);
    if options.keep || !report.violations.is_empty() {
        report.directory = Some(stack.keep().display().to_string());
    }
    Ok(report)
}

async fn start(options: &Options) -> Stack {
    let stack = Stack::builder(options.database)
        .replicas(options.replicas)
        .trainers(options.trainers)
        .slots(2, 1)
        .proxied()
        .json_logs()
        .service_env("TRAINYARD_LOG", counters::FILTER)
        .start()
        .await;
    stack.classification(workload::SMALL, 200, 4).await;
    stack.classification(workload::LARGE, 3000, 8).await;
    stack.register(workload::ABSENT, "absent.csv").await;
    stack
}

/// Lets clients and faults loose on the stack; everything is whole again afterwards. Gives what is still called.
async fn disturb(options: &Options, stack: &mut Stack, clients: &Arc<Clients>) -> JoinSet<()> {
    let Options { seed, seconds, .. } = *options;
    let schedule = Schedule::draw(
        seed,
        options.database,
        options.replicas,
        options.trainers,
        seconds,
    );
    let mut work = JoinSet::new();
    work.spawn(Arc::clone(clients).run(workload::draw(seed, options.jobs, seconds)));
    let history = &clients.history;
    let nats_url = stack.nats.url();
    let nats = lanes::nats(history, &mut stack.nats, schedule.nats);
    let database = lanes::database(history, stack.postgres.as_mut(), schedule.database);
    let replicas = stack.replicas.iter_mut().zip(schedule.replicas);
    let replicas = join_all(replicas.map(|(replica, lane)| lanes::replica(history, replica, lane)));
    let trainers = stack.trainers.iter_mut().zip(schedule.trainers);
    let trainers = join_all(trainers.map(|(trainer, lane)| lanes::trainer(history, trainer, lane)));
    let end = sleep_until((history.start() + Duration::from_secs(seconds)).into());
    tokio::select! {
        _ = async { tokio::join!(nats, database, replicas, trainers, end) } => {}
        () = lanes::kill_children(clients, seed) => {}
        () = lanes::publish_garbage(history, &nats_url, seed) => {}
    }
    work
}

/// Waits until every call is answered and nothing is left to do; when that was, if it came.
async fn drain(
    history: &History,
    onlooker: &Onlooker,
    mut work: JoinSet<()>,
    calm: Instant,
) -> Option<Instant> {
    let mut late = false;
    loop {
        while let Some(ended) = work.try_join_next() {
            if let Err(error) = ended {
                history.wrong("harness", format!("the clients ended: {error}"));
            }
        }
        let backlog = timeout(LOOK, onlooker.look()).await;
        if work.is_empty() && matches!(&backlog, Ok(Ok(backlog)) if backlog.is_empty()) {
            return Some(Instant::now());
        }
        let waited = calm.elapsed();
        if waited > DRAIN && !late {
            late = true;
            let calls = if work.is_empty() { "no" } else { "some" };
            let found = format!("{calls} calls unanswered and {backlog:?} after {DRAIN:?}");
            history.wrong("drained", found);
        }
        // What comes late is still told apart from what never comes.
        if waited > 2 * DRAIN {
            return None;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn await_watchers(clients: &Clients) {
    let mut watchers = clients.take_watchers();
    let all = async {
        while let Some(ended) = watchers.join_next().await {
            if let Err(error) = ended {
                clients
                    .history
                    .wrong("harness", format!("a watcher ended: {error}"));
            }
        }
    };
    if timeout(TOLD, all).await.is_err() {
        let found = format!(
            "{} watchers were not told of the end within {TOLD:?}",
            watchers.len()
        );
        clients.history.wrong("watched", found);
    }
}

/// Tells every process to end, which each must do in time and without an error, leaving nothing behind.
async fn stop(history: &History, stack: &mut Stack) {
    let replicas = stack.replicas.iter_mut().map(|replica| &mut **replica);
    let mut parts: Vec<&mut Part> = replicas
        .chain(stack.trainers.iter_mut().map(|trainer| &mut **trainer))
        .collect();
    for part in &mut parts {
        if !part.is_running() {
            history.wrong("lives", format!("{} has ended by itself", part.name()));
        }
        part.terminate();
    }
    let end = Instant::now() + SHUTDOWN;
    for part in parts {
        while part.is_running() && Instant::now() < end {
            sleep(Duration::from_millis(20)).await;
        }
        if part.is_running() {
            history.wrong(
                "shutdown",
                format!("{} runs {SHUTDOWN:?} after SIGTERM", part.name()),
            );
            part.kill();
        } else if !part.wait(SHUTDOWN).await.success() {
            history.wrong("shutdown", format!("{} ended with an error", part.name()));
        }
    }
    let end = Instant::now() + ORPHAN;
    while !stack.processes().is_empty() && Instant::now() < end {
        sleep(Duration::from_millis(20)).await;
    }
    let left = stack.processes();
    if !left.is_empty() {
        history.wrong("orphans", format!("{left:?} outlived everything by {ORPHAN:?}"));
    }
}

/// Whether a job has ended.
fn has_ended(job: &facts::Job) -> bool {
    convert::state_from_pb(job.job.state()).is_some_and(|state| state.is_terminal())
}
