//! The janitor: removes what was kept long enough. Every replica has one, and what two of them do at once comes
//! out as if one had done it.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use service_kit::Shutdown;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    app::{App, Tidied},
    trouble::Trouble,
};

/// Tidies up every so often, until the end.
pub(crate) async fn run(app: Arc<App>, every: Duration, shutdown: Shutdown) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut trouble = Trouble::new("janitor");
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.triggered() => return,
        }
        // Between two jobs it can be left at any moment: the next round goes on.
        let tidied = tokio::select! {
            tidied = app.tidy() => tidied,
            () = shutdown.triggered() => return,
        };
        let met = match tidied {
            Ok(mut tidied) => {
                tell(&tidied);
                tidied.failed.take()
            }
            Err(error) => Some(error),
        };
        match met {
            Some(error) => _ = trouble.met(&error as &(dyn StdError + 'static)),
            None => trouble.over(),
        }
    }
}

fn tell(tidied: &Tidied) {
    let Tidied {
        expired,
        purged,
        swept,
        pruned,
        forgotten,
        failed: _,
    } = tidied;
    if expired + purged + pruned > 0 || *forgotten > 0 {
        tracing::info!(
            jobs.expired = expired,
            jobs.purged = purged,
            jobs.swept = swept,
            jobs.pruned = pruned,
            requests.forgotten = forgotten,
            "tidied up"
        );
    }
}
