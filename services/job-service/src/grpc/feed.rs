//! A stream that a task feeds. Its permit is the task's: a client that takes nothing, or leaves what it was sent
//! unread, cannot keep it, however long its connection lives.

use std::{future, time::Duration};

use futures::{Stream, StreamExt, stream};
use service_kit::Shutdown;
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::permits::Permit;

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

impl Feed {
    /// What `feeding` sends, and the status it ends with, if any: also when the client is so far behind that nothing
    /// more can be queued. `room` items may wait to be read.
    pub(super) fn stream<T, W, F>(
        self,
        room: usize,
        feeding: W,
    ) -> impl Stream<Item = Result<T, Status>> + Send + use<T, W, F>
    where
        T: Send + 'static,
        W: FnOnce(mpsc::Sender<T>) -> F + 'static,
        F: Future<Output = Option<Status>> + Send + 'static,
    {
        let (to, items) = mpsc::channel(room);
        let (tell_end, end) = oneshot::channel();
        let left = CancellationToken::new();
        let leaving = left.clone().drop_guard();
        let feeding = feeding(to);
        let (permit, closing, stall) = (self.permit, self.closing, self.stall);
        self.shutdown.spawn(async move {
            // The client may be gone; then nobody wants to know.
            let _ = tell_end.send(feeding.await);
            // The rest is read now, or by nobody.
            tokio::select! {
                () = left.cancelled() => {}
                () = closing.cancelled() => {}
                () = sleep(stall) => {}
            }
            drop(permit);
        });
        let end = stream::once(end).filter_map(|end| future::ready(end.ok().flatten().map(Err)));
        ReceiverStream::new(items).map(Ok).chain(end).map(move |item| {
            let _leaving = &leaving;
            item
        })
    }
}

#[cfg(test)]
mod tests {
    use tonic::Request;

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
        let unread: Vec<_> = unread.map(Result::unwrap).collect().await;
        assert_eq!(unread, [0, 1, 2]);
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
            .map(|item| item.map_err(|end| end.code()))
            .collect()
            .await;
        assert_eq!(items, [Ok(1), Err(tonic::Code::Unavailable)]);
    }
}
