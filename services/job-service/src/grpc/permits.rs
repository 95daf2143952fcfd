//! How many streams there may be, in all and for one caller. A permit is held by the stream itself: what limits
//! calls at the transport lets go of them once their first byte is sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::principal::Principal;

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

/// Of whose streams there are as many as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// All callers'.
    OfAll,
    /// This caller's.
    OfOne,
}

/// The right to one stream, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    held: Arc<Mutex<Held>>,
    principal: Principal,
}

impl Permits {
    /// So many in all, and for each caller.
    pub(super) fn new(in_all: usize, each: usize) -> Self {
        Self {
            held: Arc::default(),
            in_all,
            each,
        }
    }

    /// One more stream for a caller.
    ///
    /// # Errors
    /// Whose streams there are too many of.
    pub(super) fn acquire(&self, principal: Principal) -> Result<Permit, Excess> {
        let mut held = lock(&self.held);
        if held.in_all >= self.in_all {
            return Err(Excess::OfAll);
        }
        let each = held.each.entry(principal).or_default();
        if *each >= self.each {
            return Err(Excess::OfOne);
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

    use super::super::principal::principal;
    use super::*;

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
        let permits = Permits::new(3, 2);
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
