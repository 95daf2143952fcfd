//! How many streams there may be, in all and for one caller. A permit is held by the stream itself: what limits
//! calls at the transport lets go of them once their first byte is sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{config, grpc::principal::Principal};

/// The streams there are. Clones count together.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    held: Arc<Mutex<Held>>,
    in_all: usize,
    each: usize,
}

#[derive(Debug, Default)]
struct Held {
    in_all: usize,
    each: HashMap<Principal, usize>,
}

/// The right to one stream, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    held: Arc<Mutex<Held>>,
    principal: Principal,
}

impl Permits {
    /// As many as are configured.
    pub(super) fn new(settings: &config::Watch) -> Self {
        Self {
            held: Arc::default(),
            in_all: settings.max_streams,
            each: settings.max_streams_per_principal,
        }
    }

    /// One more stream for a caller.
    ///
    /// # Errors
    /// What there are too many of.
    pub(super) fn acquire(&self, principal: Principal) -> Result<Permit, &'static str> {
        let mut held = lock(&self.held);
        if held.in_all >= self.in_all {
            return Err("as many jobs are being watched as this server allows");
        }
        let each = held.each.entry(principal).or_default();
        if *each >= self.each {
            return Err("this caller is watching as many jobs as it may");
        }
        *each += 1;
        held.in_all += 1;
        Ok(Permit {
            held: Arc::clone(&self.held),
            principal,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        held.in_all -= 1;
        if let Some(each) = held.each.get_mut(&self.principal) {
            *each -= 1;
            if *each == 0 {
                held.each.remove(&self.principal);
            }
        }
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    // A panic elsewhere cannot leave the counts half-changed.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tonic::{Request, transport::server::TcpConnectInfo};

    use super::*;
    use crate::grpc::principal::principal;

    fn caller(address: &str) -> Principal {
        let mut request = Request::new(());
        request.extensions_mut().insert(TcpConnectInfo {
            local_addr: None,
            remote_addr: Some(address.parse().unwrap()),
        });
        principal(&request)
    }

    #[test]
    fn streams_are_counted_in_all_and_by_the_address_they_come_from() {
        let permits = Permits {
            held: Arc::default(),
            in_all: 3,
            each: 2,
        };
        let first = permits.acquire(caller("10.0.0.1:1000")).unwrap();
        let _second = permits.acquire(caller("[::ffff:10.0.0.1]:2000")).unwrap();
        assert!(permits.acquire(caller("10.0.0.1:3000")).is_err());
        let third = permits.acquire(caller("10.0.0.2:1000")).unwrap();
        assert!(permits.acquire(caller("10.0.0.3:1000")).is_err());
        drop(third);
        assert!(permits.acquire(caller("10.0.0.1:3000")).is_err());
        drop(first);
        permits.acquire(caller("10.0.0.1:3000")).unwrap();
        assert_eq!(lock(&permits.held).each.len(), 1);
    }
}
