//! The roster: which attempts are here, how orders reach them, and how those ended that were not finished.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::id::LeaseId;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::beats::Order;

/// The attempts of a trainer.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    orders: Mutex<HashMap<LeaseId, mpsc::UnboundedSender<Order>>>,
    count: watch::Sender<usize>,
    busy: AtomicUsize,
    left: Mutex<Left>,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The job-service knows its end, or has given the job to somebody else.
    Finished,
    /// Its lease was given back.
    Released,
    /// Its report waits on the disk.
    Kept,
    /// Nobody knows: its lease will run out.
    Lost,
}

/// What a trainer had begun and did not finish before it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Attempts whose leases were given back.
    pub released: usize,
    /// Reports that wait on the disk for the next start.
    pub kept: usize,
    /// Attempts whose leases will run out.
    pub lost: usize,
}

/// A slot that is busy.
#[derive(Debug)]
pub(super) struct Busy<'a> {
    count: &'a AtomicUsize,
    _slot: OwnedSemaphorePermit,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Roster {
    /// Puts an attempt on the roster.
    pub(super) fn enter(&self, lease: LeaseId, orders: mpsc::UnboundedSender<Order>) {
        lock(&self.orders).insert(lease, orders);
        self.count.send_modify(|count| *count += 1);
    }

    /// Strikes an attempt off it.
    pub(super) fn strike(&self, lease: LeaseId, end: End) {
        lock(&self.orders).remove(&lease);
        let mut left = lock(&self.left);
        match end {
            End::Finished => {}
            End::Released => left.released += 1,
            End::Kept => left.kept += 1,
            End::Lost => left.lost += 1,
        }
        drop(left);
        self.count.send_modify(|count| *count -= 1);
    }

    /// Gives an order; false when there is no such attempt.
    pub(super) fn order(&self, lease: LeaseId, order: Order) -> bool {
        lock(&self.orders)
            .get(&lease)
            .is_some_and(|orders| orders.send(order).is_ok())
    }

    /// Counts a slot as busy until what is returned is dropped.
    pub(super) fn occupy(&self, slot: OwnedSemaphorePermit) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy {
            count: &self.busy,
            _slot: slot,
        }
    }

    /// How many slots are busy.
    pub(super) fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// Waits until no attempt is left.
    pub(crate) async fn empty(&self) {
        // The sender lives as long as this does.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    /// What was not finished; attempts that are still here will run out.
    pub(crate) fn left(&self) -> Left {
        let mut left = *lock(&self.left);
        left.lost += *self.count.borrow();
        left
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
