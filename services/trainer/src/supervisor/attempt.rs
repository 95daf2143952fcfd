//! One attempt, from its child's first frame to the job-service's word that its report has arrived. A single task
//! runs it all, so its end is the end of everything it has begun.

use messages::bus::v1::{TerminalReport, terminal_report::Outcome};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    Supervisor,
    beats::{Beats, Order},
    process::Process,
    verdict,
    warden::Warden,
};
use crate::{lease::Claimed, reporter::Reporter};

/// Runs an attempt to its end. `free` is called once its process is gone, when another may take its place.
pub(crate) async fn run(
    supervisor: &Supervisor,
    claimed: &Claimed,
    orders: (mpsc::UnboundedSender<Order>, mpsc::UnboundedReceiver<Order>),
    free: impl FnOnce() + Send,
) {
    let (sender, mut orders) = orders;
    let reporter = Reporter::new(supervisor.bus.clone(), &supervisor.id, claimed.lease);
    let (sign, alive) = watch::channel(Some(Instant::now()));
    let beats = Beats {
        bus: supervisor.bus.clone(),
        subject: Beats::subject(&supervisor.id),
        lease: claimed.lease,
        terms: claimed.terms,
        alive,
        published: reporter.published(),
        orders: sender,
    };
    let work = async {
        let report = match &claimed.work {
            Ok(work) => match Process::spawn(&supervisor.program) {
                Ok(process) => {
                    let start = supervisor.start_frame(work, claimed.terms);
                    let mut warden = Warden::new(supervisor, claimed, &reporter, &sign, process);
                    let exit = warden.run(start, &mut orders).await;
                    warden.conclude(exit).await
                }
                Err(error) => Some(verdict::never_started(&error)),
            },
            Err(failure) => Some(verdict::not_begun(failure)),
        };
        sign.send_replace(None);
        free();
        match report {
            Some(report) => deliver(supervisor, claimed, &reporter, report, &mut orders).await,
            None => supervisor.remove_files(claimed).await,
        }
    };
    tokio::select! {
        () = work => {}
        () = reporter.run() => {}
        () = beats.run() => {}
    }
}

/// Tells the report until it is known to have arrived.
async fn deliver(
    supervisor: &Supervisor,
    claimed: &Claimed,
    reporter: &Reporter,
    mut report: TerminalReport,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) {
    if !matches!(report.outcome, Some(Outcome::Success(_))) {
        supervisor.remove_files(claimed).await;
    }
    log_end(claimed, &report);
    reporter.finish(report.clone());
    loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            () = supervisor.kill.cancelled() => return,
        };
        match order {
            Some(Order::Done) | None => return,
            Some(Order::Fenced) => {
                tracing::warn!(job.id = %claimed.lease.job, job.attempt = claimed.lease.attempt, "fenced");
                return supervisor.remove_files(claimed).await;
            }
            // The cancellation was committed first, so no other report will be taken.
            Some(Order::Cancel) if !matches!(report.outcome, Some(Outcome::Stopped(_))) => {
                supervisor.remove_files(claimed).await;
                report = verdict::stopped(report);
                reporter.finish(report.clone());
            }
            Some(Order::Cancel) => {}
        }
    }
}

fn log_end(claimed: &Claimed, report: &TerminalReport) {
    let (job, attempt) = (claimed.lease.job, claimed.lease.attempt);
    match &report.outcome {
        Some(Outcome::Success(_)) => {
            tracing::info!(job.id = %job, job.attempt = attempt, "attempt succeeded");
        }
        Some(Outcome::Stopped(_)) => tracing::info!(job.id = %job, job.attempt = attempt, "attempt stopped"),
        Some(Outcome::Failure(failure)) => {
            tracing::warn!(job.id = %job, job.attempt = attempt, code = failure.code, message = failure.message, "attempt failed");
        }
        None => {}
    }
}

impl Supervisor {
    /// Removes what an attempt has written, off the async threads.
    async fn remove_files(&self, claimed: &Claimed) {
        let Ok(work) = &claimed.work else { return };
        let (root, path) = (work.root.clone(), work.path.clone());
        let removed = self.shutdown.spawn_blocking(move || root.remove(&path)).await;
        if let Ok(Err(error)) = removed {
            tracing::warn!(job.id = %claimed.lease.job, %error, "cannot remove an attempt's files");
        }
    }
}
