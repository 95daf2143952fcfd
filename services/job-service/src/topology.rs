//! Keeps the streams and consumers there, as they should be. NATS may lose everything it has at any time, and
//! nobody else would make them again.

use std::time::Duration;

use bus::{Bus, Topology};
use service_kit::Shutdown;

use crate::trouble::Trouble;

/// Makes what is missing, again and again, on every new connection and whenever somebody misses it, until the end.
pub(crate) async fn run(bus: Bus, topology: Topology, every: Duration, shutdown: Shutdown) {
    let mut link = bus.link();
    let mut trouble = Trouble::new("topology");
    let mut known = Vec::new();
    while !shutdown.is_triggered() {
        let wait = match bus.ensure(&topology).await {
            Ok(drifts) => {
                trouble.over();
                if drifts != known {
                    for drift in &drifts {
                        tracing::error!(%drift, "the NATS server holds a setting differently");
                    }
                    known = drifts;
                }
                every
            }
            Err(error) => trouble.met(&error).min(every),
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = bus.found_missing() => {}
            _ = link.changed() => trouble.hope(),
            () = shutdown.triggered() => {}
        }
    }
}
