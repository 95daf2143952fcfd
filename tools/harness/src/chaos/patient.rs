//! A client as a good one behaves: it sends a call again, with the same request id and to whichever replica comes next,
//! for as long as nobody has answered it.

use std::{
    error::Error as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::time::{sleep, timeout};
use tonic::{Code, Status};

use super::timing::CALL;
use crate::Client;

/// How often a call is sent before its client gives it up.
const TRIES: u32 = 100;

/// Clients of every replica.
#[derive(Debug)]
pub(crate) struct Patient {
    replicas: Vec<Client>,
    next: AtomicUsize,
}

/// An answer, and how often the call was sent for it.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// The answer.
    pub(crate) message: T,
    /// How often the call was sent.
    pub(crate) tries: u32,
}

impl Patient {
    /// A client of the replicas at these addresses.
    ///
    /// # Errors
    ///
    /// When one of them is none.
    pub(crate) fn new(urls: &[String]) -> anyhow::Result<Self> {
        let replicas = urls.iter().map(|url| Client::new(url));
        Ok(Self {
            replicas: replicas.collect::<anyhow::Result<_>>()?,
            next: AtomicUsize::new(0),
        })
    }

    /// The replica whose turn it is.
    pub(crate) fn replica(&self) -> Client {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.replicas[turn % self.replicas.len()].clone()
    }

    /// Calls until there is an answer that another try would not change.
    ///
    /// # Errors
    ///
    /// That answer, if it is not OK; what was said last, when a hundred tries had none.
    pub(crate) async fn call<T, F>(&self, call: impl Fn(Client) -> F) -> Result<Answer<T>, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let status = match timeout(CALL, call(self.replica())).await {
                Ok(Ok(message)) => return Ok(Answer { message, tries }),
                Ok(Err(status)) if tries == TRIES || !is_transient(&status) => return Err(status),
                Ok(Err(status)) => status,
                Err(_) => Status::deadline_exceeded("no answer in time"),
            };
            if tries == TRIES {
                return Err(status);
            }
            sleep(pause(tries)).await;
        }
    }
}

/// How long to wait after a try that was not answered.
#[must_use]
pub(crate) fn pause(tries: u32) -> Duration {
    Duration::from_millis(20 << tries.min(5))
}

/// Whether it only says that there was no answer. What has a cause was not sent by a server but made here, of a
/// connection that broke.
#[must_use]
pub(crate) fn is_transient(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) || status.source().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_answer_and_silence_is_none() {
        assert!(is_transient(&Status::unavailable("later")));
        assert!(is_transient(&Status::resource_exhausted("too many")));
        assert!(!is_transient(&Status::internal("a bug")));
        assert!(!is_transient(&Status::unknown("a bug")));
        assert!(!is_transient(&Status::not_found("none")));
    }

    #[tokio::test]
    async fn a_call_is_sent_again_until_it_is_answered_and_a_refusal_is_final() {
        let patient = Patient::new(&["http://127.0.0.1:1".to_owned()]).unwrap();
        let sent = AtomicUsize::new(0);
        let third = patient.call(|_| async {
            match sent.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Err(Status::unavailable("later")),
                _ => Ok("done"),
            }
        });
        let answer = third.await.unwrap();
        assert_eq!((answer.message, answer.tries), ("done", 3));
        let refused: Result<Answer<()>, _> = patient
            .call(|_| async { Err(Status::invalid_argument("no")) })
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    }
}
