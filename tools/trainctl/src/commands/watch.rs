//! `watch`, and the watching that other commands end with.

use anyhow::Result;
use messages::v1::{JobState, JobView, TrainingJob};

use super::jobs;
use crate::{
    cli::Watch,
    client::Client,
    exit::Exit,
    follow,
    output::{Output, note},
    show::{
        self,
        progress::{self, Display, JsonLines},
    },
};

/// How watching ended.
pub(super) enum Watched {
    /// With the jobs' ends; this is how they ended.
    Ended(Vec<TrainingJob>),
    /// With Ctrl-C.
    Detached,
}

impl Watched {
    /// The exit code that tells it.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Watched::Ended(jobs) => Exit::of_jobs(jobs.iter().map(TrainingJob::state)),
            Watched::Detached => Exit::Detached,
        }
    }
}

/// Follows one job.
pub(super) async fn watch(client: &Client, options: &Watch, output: &mut Output) -> Result<Exit> {
    let job = jobs::named(client, &options.job, JobView::Basic).await?;
    if job.state() == JobState::Created {
        note(&format!(
            "the job was not started yet: trainctl start {}",
            job.job_id
        ));
    }
    let after = if options.history { Some(0) } else { options.after };
    show_until_end(client, job, after.map(i64::from), output).await
}

/// Follows a job and shows how it ended.
pub(super) async fn show_until_end(
    client: &Client,
    job: TrainingJob,
    after: Option<i64>,
    output: &mut Output,
) -> Result<Exit> {
    let jobs = [job];
    if output.json {
        return Ok(until_end(client, &jobs, after, &mut JsonLines(output))
            .await?
            .exit());
    }
    let mut display = progress::for_people(&jobs);
    let watched = until_end(client, &jobs, after, display.as_mut()).await?;
    if let Watched::Ended(jobs) = &watched {
        output.line(&format!("\n{}", show::metrics::outcome(jobs)))?;
    }
    Ok(watched.exit())
}

/// Follows jobs, shown to people on standard error.
pub(super) async fn for_people(client: &Client, jobs: &[TrainingJob]) -> Result<Watched> {
    let mut display = progress::for_people(jobs);
    // From the first event: the jobs are new, and what is said about them should not depend on how fast they are.
    until_end(client, jobs, Some(0), display.as_mut()).await
}

async fn until_end(
    client: &Client,
    jobs: &[TrainingJob],
    after: Option<i64>,
    display: &mut dyn Display,
) -> Result<Watched> {
    let followed = {
        let follow = Box::pin(follow::follow(client, jobs, after, display));
        tokio::select! {
            jobs = follow => Some(jobs?),
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                None
            }
        }
    };
    if let Some(jobs) = followed {
        return Ok(Watched::Ended(jobs));
    }
    let goes_on = if jobs.len() == 1 {
        "the job goes on"
    } else {
        "the jobs go on"
    };
    display.note(&format!("stopped watching; {goes_on}. To watch again:"));
    for job in jobs {
        display.note(&format!("  trainctl watch {}", job.job_id));
    }
    Ok(Watched::Detached)
}
