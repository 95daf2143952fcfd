//! The spans of a run, all scaled down from the protocol's by about fifteen.

use std::time::Duration;

/// How long a lease lasts without a beat, as the stack configures it.
pub(crate) const TTL: Duration = Duration::from_secs(2);
/// How long after the last fault everything must have ended.
pub(crate) const DRAIN: Duration = Duration::from_secs(45);
/// How long a call may take before a client gives it up and tries again.
pub(crate) const CALL: Duration = Duration::from_secs(5);
/// How long a watched stream may be silent: five bookmarks of the stack's, which may each be late on a busy machine.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);
/// How long an orphan may live.
pub(crate) const ORPHAN: Duration = Duration::from_secs(5);
/// How long a process may take to end when it is told to.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(10);
