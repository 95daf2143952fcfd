//! The child process of one attempt: reads what to do from its standard input, does it, and says how it ended.
//! It may crash, hang or be killed at any point; the supervisor makes a report of that.

mod link;
mod observer;

use std::{
    os::{fd::AsFd, unix::net::UnixStream},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

use domain::job::Phase;
use messages::{
    bus::v1::{AttemptStart, Stopped, Success, Tick, frame::Body},
    convert,
};
use ml::Observer;
use storage::Roots;

use crate::{Error, Result, artifacts, datasets, frames};
use link::Link;
use observer::Teller;

/// The exit code of a child whose supervisor is gone.
pub const ORPHANED: u8 = 3;

/// Runs an attempt. Returns only when the supervisor cannot be understood; otherwise the process ends when the
/// supervisor lets it go.
///
/// # Errors
/// [`Error::Frame`], when it was not started by a supervisor.
pub fn run() -> Result<ExitCode> {
    let stdin = std::io::stdin().as_fd().try_clone_to_owned();
    let socket = stdin.map(UnixStream::from).map_err(|source| Error::Frame {
        action: "open",
        source,
    })?;
    let mut input = socket.try_clone().map_err(|source| Error::Frame {
        action: "open",
        source,
    })?;
    let Some(Body::Start(start)) = frames::read(&mut input)? else {
        return Ok(ExitCode::from(ORPHANED));
    };
    // The child is the one to go when memory runs out, not the supervisor or its neighbours.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    let link = Link::new(socket);
    let (obeyed, ticked) = (link.clone(), link.clone());
    thread::spawn(move || obey(&mut input, &obeyed));
    thread::spawn(move || tick(&ticked));
    let threads = usize::try_from(start.threads).unwrap_or(0);
    if let Err(error) = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
    {
        eprintln!("the thread pool keeps its size: {error}");
    }
    let last_word = match train(start, &link) {
        Ok(success) => Body::Success(success),
        Err(ml::Error::Failed(failure)) => Body::Failure(convert::failure_to_pb(&failure)),
        Err(ml::Error::Cancelled) => Body::Stopped(Stopped {}),
    };
    link.last(last_word);
    // The end of the input ends the process: until then the supervisor may want to look at it.
    loop {
        thread::park();
    }
}

fn train(start: AttemptStart, link: &Link) -> Result<Success, ml::Error> {
    let invalid = |message: String| ml::Error::spec("SPEC_UNREADABLE", message);
    let spec = start.spec.ok_or_else(|| invalid("the spec is missing".into()))?;
    let spec = convert::spec_from_pb(spec).map_err(|error| invalid(error.to_string()))?;
    let roots = Roots::parse(&start.data_roots).map_err(|error| invalid(error.to_string()))?;
    let teller = Teller::new(link.clone());
    teller.phase(Phase::LoadingData);
    let (mut source, sha256) = datasets::open(&spec.dataset, &roots).map_err(ml::Error::Failed)?;
    source.memory_budget = u64::try_from(start.memory_limit_bytes)
        .ok()
        .filter(|limit| *limit > 0);
    let threads = usize::try_from(start.threads).unwrap_or(1).max(1);
    let trained = ml::train(&spec, source, &sha256, threads, &teller)?;
    let metrics = convert::metrics_to_pb(trained.metrics());
    let artifact = artifacts::write(&start.artifact_root, &start.artifact_path, |files| {
        trained.write(files)
    })?;
    Ok(Success {
        metrics,
        artifact: Some(artifact),
    })
}

/// Hears the supervisor on a thread of its own, which no computation can keep waiting.
fn obey(input: &mut UnixStream, link: &Link) {
    loop {
        match frames::read(&mut *input) {
            // There is nothing to save, so stopping is ending; the supervisor removes what was written.
            Ok(Some(Body::Cancel(_))) => {
                link.last(Body::Stopped(Stopped {}));
                std::process::exit(0);
            }
            Ok(Some(_)) => {}
            // The supervisor is gone, or has heard the last word.
            Ok(None) | Err(_) => std::process::exit(if link.has_ended() { 0 } else { ORPHANED.into() }),
        }
    }
}

/// Says every second that the process lives, and what it has used and is at.
fn tick(link: &Link) {
    // Nothing is ever sent: the wait is a sleep that the end of the process does not have to wait for.
    let (_keep, never) = mpsc::channel::<()>();
    loop {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let cpu_time = prost_types::Duration {
            seconds: used.tv_sec,
            nanos: i32::try_from(used.tv_nsec).unwrap_or(0),
        };
        link.say(Body::Tick(Tick {
            cpu_time: Some(cpu_time),
            phase: convert::phase_to_pb(link.phase()).into(),
        }));
        let _ = never.recv_timeout(Duration::from_secs(1));
    }
}
