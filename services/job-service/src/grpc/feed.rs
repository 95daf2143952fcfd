//! A stream that a task feeds. Its permit is the task's: a client that takes nothing, or leaves what it was sent
//! unread, cannot keep it, however long its connection lives.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures::{Stream, stream};
use service_kit::Shutdown;
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{permits::Permit, status};
use crate::store::random;

/// A lifetime give or take a tenth: not all streams that were opened together shall end together.
pub(super) fn about(lifetime: Duration) -> Duration {
    lifetime.mul_f64(0.9 + 0.2 * random())
}

/// What a stream is fed under.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) permit: Permit,
    pub(super) shutdown: Shutdown,
    /// Ends all streams.
    pub(super) closing: CancellationToken,
    /// How long the client may leave what it is sent unread.
    pub(super) stall: Duration,
}

/// How a stream ends that does not end well.
#[derive(Debug)]
pub(super) enum Cut {
    /// With what its task tells.
    Told(Status),
    /// What was queued was left unread for too long, and is gone.
    Unread,
}

type Queue<T> = Arc<Mutex<Option<mpsc::Receiver<T>>>>;

impl Feed {
    /// What `feeding` sends, and the status it ends with, if any: also when the client is so far behind that nothing
    /// more can be queued. `room` items may wait to be read, until the permit is given back.
    pub(super) fn stream<T, W, F>(
        self,
        room: usize,
        feeding: W,
    ) -> impl Stream<Item = Result<T, Cut>> + Send + use<T, W, F>
    where
        T: Send + 'static,
        W: FnOnce(mpsc::Sender<T>) -> F + 'static,
        F: Future<Output = Option<Status>> + Send + 'static,
    {
        let (to, items) = mpsc::channel(room);
        let (tell_end, end) = oneshot::channel();
        let left = CancellationToken::new();
        let leaving = left.clone().drop_guard();
        let queue: Queue<T> = Arc::new(Mutex::new(Some(items)));
        // The queue is the stream's: that it is gone tells whoever feeds it that the client is.
        let unread = Arc::downgrade(&queue);
        let feeding = feeding(to);
        let (permit, closing, stall) = (self.permit, self.closing, self.stall);
        self.shutdown.spawn(async move {
            // The client may be gone; then nobody wants to know.
            let _ = tell_end.send(feeding.await);
            // The rest is read now, or by nobody.
            tokio::select! {
                () = left.cancelled() => {}
                () = closing.cancelled() => {}
                () = sleep(stall) => {
                    if let Some(queue) = unread.upgrade() {
                        lock(&queue).take_if(|items| !items.is_empty());
                    }
                }
            }
            drop(permit);
        });
        stream::unfold(Some((queue, end, leaving)), |open| async {
            let (queue, end, leaving) = open?;
            match next(&queue).await {
                Ok(Some(item)) => Some((Ok(item), Some((queue, end, leaving)))),
                // A task that tells nothing has died.
                Ok(None) => end
                    .await
                    .unwrap_or_else(|died| Some(status::unexpected(&died)))
                    .map(|status| (Err(Cut::Told(status)), None)),
                Err(cut) => Some((Err(cut), None)),
            }
        })
    }
}

/// The next item; none at the end.
async fn next<T>(queue: &Queue<T>) -> Result<Option<T>, Cut> {
    poll_fn(|context| match lock(queue).as_mut() {
        Some(items) => items.poll_recv(context).map(Ok),
        None => Poll::Ready(Err(Cut::Unread)),
    })
    .await
}

fn lock<T>(queue: &Queue<T>) -> MutexGuard<'_, Option<mpsc::Receiver<T>>> {
    // A panic elsewhere cannot leave it half-changed.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use tonic::{Code, Request};

    use super::*;
    use crate::grpc::{permits::Permits, principal::principal};

    const STALL: Duration = Duration::from_millis(50);

    fn stage() -> (Permits, impl Fn() -> Feed) {
        let permits = Permits::new(1, 1);
        let all = permits.clone();
        let shutdown = Shutdown::new(Duration::ZERO);
        let feed = move || Feed {
            permit: all.acquire(principal(&Request::new(()))).unwrap(),
            shutdown: shutdown.clone(),
            closing: CancellationToken::new(),
            stall: STALL,
        };
        (permits, feed)
    }

    async fn freed(permits: &Permits) {
        while permits.acquire(principal(&Request::new(()))).is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_stream_that_is_dropped_or_left_unread_counts_no_more() {
        let (permits, feed) = stage();
        let count = |to: mpsc::Sender<i32>| async move {
            for i in 0..3 {
                to.send(i).await.ok()?;
            }
            None
        };
        let mut all = Box::pin(feed().stream(1, count));
        assert_eq!(all.next().await.unwrap().unwrap(), 0);
        assert!(permits.acquire(principal(&Request::new(()))).is_err());
        drop(all);
        freed(&permits).await;

        let unread = Box::pin(feed().stream(8, count));
        let begin = tokio::time::Instant::now();
        freed(&permits).await;
        assert!(begin.elapsed() >= STALL);
        let unread: Vec<_> = unread.collect().await;
        assert!(matches!(unread[..], [Err(Cut::Unread)]), "{unread:?}");
    }

    #[tokio::test]
    async fn a_stream_of_which_all_was_read_ends_well_however_late() {
        let (permits, feed) = stage();
        let one = |to: mpsc::Sender<i32>| async move {
            to.send(1).await.ok()?;
            None
        };
        let mut read = Box::pin(feed().stream(1, one));
        assert!(matches!(read.next().await, Some(Ok(1))));
        freed(&permits).await;
        assert!(read.next().await.is_none());
    }

    fn code(cut: &Cut) -> Option<Code> {
        match cut {
            Cut::Told(status) => Some(status.code()),
            Cut::Unread => None,
        }
    }

    #[tokio::test]
    async fn a_stream_whose_task_dies_does_not_end_well() {
        async fn die(to: mpsc::Sender<i32>) -> Option<Status> {
            to.send(1).await.ok()?;
            panic!("on purpose")
        }
        let (permits, feed) = stage();
        let items: Vec<_> = feed()
            .stream(1, die)
            .map(|item| item.map_err(|cut| code(&cut)))
            .collect()
            .await;
        assert_eq!(items, [Ok(1), Err(Some(Code::Internal))]);
        freed(&permits).await;
    }

    #[tokio::test]
    async fn a_stream_ends_with_what_its_task_ends_with() {
        let (_, feed) = stage();
        let fail = |to: mpsc::Sender<i32>| async move {
            to.send(1).await.ok()?;
            Some(Status::unavailable("later"))
        };
        let items: Vec<_> = feed()
            .stream(1, fail)
            .map(|item| item.map_err(|cut| code(&cut)))
            .collect()
            .await;
        assert_eq!(items, [Ok(1), Err(Some(Code::Unavailable))]);
    }
}
