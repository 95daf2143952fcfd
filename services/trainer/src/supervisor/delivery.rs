//! The delivery of a report: from the disk over the stream to the job-service's word that it has arrived. What
//! that word leaves behind, kept report and unwanted files, is removed here.

use std::time::Duration;

use messages::bus::v1::{TerminalReport, terminal_report::Outcome};
use storage::ArtifactPath;
use tokio::sync::mpsc;

use super::{Supervisor, beats::Order, roster::End, verdict};
use crate::{
    Error,
    lease::Lease,
    reporter::Reporter,
    spool::{Kept, Spool},
};

/// The report of one lease, on its way.
pub(super) struct Delivery<'a> {
    pub(super) supervisor: &'a Supervisor,
    pub(super) reporter: &'a Reporter,
    pub(super) lease: Lease,
    pub(super) path: Option<&'a ArtifactPath>,
    pub(super) beat_interval: Duration,
}

impl Delivery<'_> {
    /// Delivers a new report.
    pub(super) async fn begin(
        &self,
        report: TerminalReport,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> End {
        if !matches!(report.outcome, Some(Outcome::Success(_))) {
            self.remove_files().await;
        }
        log_end(&self.lease, &report);
        let kept = self.tell(&report).await;
        self.finish(report, kept, orders).await
    }

    /// Goes on until the report is known to have arrived, or the trainer ends.
    pub(super) async fn finish(
        &self,
        mut report: TerminalReport,
        mut kept: bool,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> End {
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                () = self.supervisor.kill.cancelled() => return if kept { End::Kept } else { End::Lost },
            };
            match order {
                Some(Order::Done) | None => break,
                Some(Order::Fenced) => {
                    tracing::warn!(job.id = %self.lease.job, job.attempt = self.lease.attempt, "fenced");
                    self.remove_files().await;
                    break;
                }
                // The cancellation was committed first, so no other report will be taken.
                Some(Order::Cancel) if !matches!(report.outcome, Some(Outcome::Stopped(_))) => {
                    self.remove_files().await;
                    report = verdict::stopped(report);
                    kept = self.tell(&report).await;
                }
                Some(Order::Cancel) => {}
            }
        }
        let lease = self.lease;
        if let Err(error) = self.on_disk(move |spool| spool.forget(&lease)).await {
            tracing::warn!(job.id = %lease.job, error = reason(error), "a report that has arrived stays in the spool");
        }
        End::Finished
    }

    /// Keeps a report and begins to publish it; whether it could be kept. It is published in any case: a full
    /// disk is no reason to lose what may arrive within the second.
    async fn tell(&self, report: &TerminalReport) -> bool {
        let seq = self.reporter.last_number();
        let kept = Kept {
            lease: self.lease,
            seq,
            report: report.clone(),
            path: self.path.cloned(),
            beat_interval: self.beat_interval,
        };
        let written = self.on_disk(move |spool| spool.keep(&kept)).await;
        self.reporter.finish(seq, report.clone());
        match written {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(job.id = %self.lease.job, error = reason(error), "the report is only in memory: it is lost if the trainer ends before it arrives");
                false
            }
        }
    }

    async fn remove_files(&self) {
        self.supervisor.remove_files(&self.lease, self.path).await;
    }

    async fn on_disk(
        &self,
        work: impl FnOnce(&Spool) -> crate::Result<()> + Send + 'static,
    ) -> crate::Result<()> {
        let spool = self.supervisor.spool.clone();
        // A task that is neither cancelled nor panics always joins.
        self.supervisor
            .shutdown
            .spawn_blocking(move || work(&spool))
            .await
            .unwrap_or(Ok(()))
    }
}

/// An error with its cause, which names for example a full disk.
fn reason(error: Error) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

fn log_end(lease: &Lease, report: &TerminalReport) {
    let (job, attempt) = (lease.job, lease.attempt);
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
    /// Removes what an attempt has written, off the async threads. A root that is not there holds nothing.
    pub(super) async fn remove_files(&self, lease: &Lease, path: Option<&ArtifactPath>) {
        let Some(path) = path.cloned() else { return };
        let place = self.artifact_place.clone();
        let removed = self
            .shutdown
            .spawn_blocking(move || place.read_marker()?.remove(&path))
            .await;
        if let Ok(Err(error)) = removed {
            tracing::warn!(job.id = %lease.job, %error, "cannot remove an attempt's files");
        }
    }
}
