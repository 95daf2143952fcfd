//! One attempt, from its child's first frame to the job-service's word that its report has arrived. A single task
//! runs it all, so its end is the end of everything it has begun.

use storage::ArtifactPath;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    Supervisor,
    beats::{Beats, Order},
    delivery::Delivery,
    process::Process,
    release::Released,
    roster::End,
    verdict::{self, Verdict},
    warden::Warden,
};
use crate::{lease::Claimed, reporter::Reporter, spool::Kept};

/// Both ends of the way that orders come.
pub(super) type Orders = (mpsc::UnboundedSender<Order>, mpsc::UnboundedReceiver<Order>);

/// Runs an attempt to its end. `free` is called once its process is gone, when another may take its place.
pub(super) async fn run(
    supervisor: &Supervisor,
    claimed: &Claimed,
    (sender, mut orders): Orders,
    free: impl FnOnce() + Send,
) -> End {
    let reporter = Reporter::new(supervisor.bus.clone(), &supervisor.id, claimed.lease);
    let (sign, alive) = watch::channel(Some(Instant::now()));
    let beats = Beats {
        bus: supervisor.bus.clone(),
        subject: Beats::subject(&supervisor.id),
        lease: claimed.lease,
        interval: claimed.terms.beat_interval,
        fresh: claimed.terms.fresh(),
        alive,
        published: reporter.published(),
        orders: sender,
    };
    let work = async {
        let verdict = match &claimed.work {
            Ok(work) => match Process::spawn(&supervisor.program, &claimed.lease) {
                Ok(process) => {
                    let start = supervisor.start_frame(work, claimed.terms);
                    let mut warden = Warden::new(supervisor, claimed, &reporter, &sign, process);
                    let exit = warden.run(start, &mut orders).await;
                    warden.conclude(exit).await
                }
                Err(error) => Verdict::Report(verdict::never_started(&error)),
            },
            Err(failure) => Verdict::Report(verdict::not_begun(failure)),
        };
        sign.send_replace(None);
        free();
        conclude(supervisor, claimed, &reporter, verdict, &mut orders).await
    };
    // Beats come first: after an outage nothing else of the attempt goes out before them.
    tokio::select! {
        biased;
        () = beats.run() => End::Lost,
        end = work => end,
        () = reporter.run() => End::Lost,
    }
}

async fn conclude(
    supervisor: &Supervisor,
    claimed: &Claimed,
    reporter: &Reporter,
    verdict: Verdict,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) -> End {
    let path: Option<&ArtifactPath> = claimed.work.as_ref().ok().map(|work| &work.path);
    let delivery = Delivery {
        supervisor,
        reporter,
        lease: claimed.lease,
        path,
        beat_interval: claimed.terms.beat_interval,
    };
    match verdict {
        Verdict::Report(report) => delivery.begin(report, orders).await,
        Verdict::GiveBack(facts) => {
            supervisor.remove_files(&claimed.lease, path).await;
            match supervisor
                .give_back(&claimed.lease, Some(facts.clone()), orders)
                .await
            {
                Released::Settled => End::Released,
                Released::Cancelled => delivery.begin(verdict::stopped(facts), orders).await,
                Released::Unsettled => End::Lost,
            }
        }
        Verdict::Nothing => {
            supervisor.remove_files(&claimed.lease, path).await;
            if supervisor.kill.is_cancelled() {
                End::Lost
            } else {
                End::Finished
            }
        }
    }
}

/// Delivers a report that an earlier process of this trainer has kept.
pub(super) async fn resume(supervisor: &Supervisor, kept: &Kept, (sender, mut orders): Orders) -> End {
    let reporter = Reporter::new(supervisor.bus.clone(), &supervisor.id, kept.lease);
    let (_sign, alive) = watch::channel(None);
    let beats = Beats {
        bus: supervisor.bus.clone(),
        subject: Beats::subject(&supervisor.id),
        lease: kept.lease,
        interval: kept.beat_interval,
        fresh: kept.beat_interval,
        alive,
        published: reporter.published(),
        orders: sender,
    };
    let delivery = Delivery {
        supervisor,
        reporter: &reporter,
        lease: kept.lease,
        path: kept.path.as_ref(),
        beat_interval: kept.beat_interval,
    };
    reporter.finish(kept.seq, kept.report.clone());
    tokio::select! {
        biased;
        () = beats.run() => End::Kept,
        end = delivery.finish(kept.report.clone(), true, &mut orders) => end,
        () = reporter.run() => End::Kept,
    }
}
