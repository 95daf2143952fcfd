//! `GetArtifact`: a file as a stream, read only as fast as its client does.

use std::{
    io::{self, Read},
    pin::Pin,
    time::Duration,
};

use futures::{Stream, StreamExt};
use messages::v1::{GetArtifactResponse, get_artifact_response::Part};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tonic::Status;

use super::{
    feed::{self, Cut, Feed},
    status,
};
use crate::{app::Download, error::Error};

/// Bytes of one message.
const CHUNK: usize = 256 << 10;

/// What is read of a file.
type Content = Box<dyn Read + Send>;

/// What a client is sent.
pub(super) type Parts = Pin<Box<dyn Stream<Item = Result<GetArtifactResponse, Status>> + Send>>;

/// The header, then the content. It ends unfinished when the server closes, so that the client asks another replica,
/// when the client reads nothing for too long, and when it has lasted for about this lifetime.
pub(super) fn parts(download: Download, feed: Feed, lifetime: Duration) -> Parts {
    let (closing, stall) = (feed.closing.clone(), feed.stall);
    let parts = feed.stream(1, move |to| async move {
        tokio::select! {
            end = send_all(download, to, stall) => end,
            () = closing.cancelled() => Some(status::shutting_down()),
            () = sleep(feed::about(lifetime)) => Some(status::long_download()),
        }
    });
    let answer = |part| GetArtifactResponse { part: Some(part) };
    let end = |cut| match cut {
        Cut::Told(status) => status,
        Cut::Unread => status::stalled_download(),
    };
    Box::pin(parts.map(move |part| part.map(answer).map_err(end)))
}

async fn send_all(download: Download, to: mpsc::Sender<Part>, stall: Duration) -> Option<Status> {
    let (mut part, mut content) = (Part::Header(download.entry), download.content);
    loop {
        match timeout(stall, to.send(part)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => return Some(status::stalled_download()),
        }
        let read = tokio::task::spawn_blocking(move || next(content)).await;
        let chunk = match read {
            Ok(Ok((chunk, rest))) => {
                content = rest;
                chunk
            }
            Ok(Err(error)) => return Some(unreadable(error)),
            Err(error) => return Some(status::unexpected(&error)),
        };
        if chunk.is_empty() {
            return None;
        }
        part = Part::Chunk(chunk);
    }
}

/// The next bytes; none at the end.
fn next(content: Content) -> io::Result<(Vec<u8>, Content)> {
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut part = content.take(CHUNK as u64);
    part.read_to_end(&mut chunk)?;
    Ok((chunk, part.into_inner()))
}

/// A store that fails half-way may do better the next time; a disk does not.
fn unreadable(error: io::Error) -> Status {
    match error.downcast::<storage::Error>() {
        Ok(error) => status::status(Error::ArtifactRoot(error), None),
        Err(error) => status::unexpected(&error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use messages::v1::ArtifactFile;
    use service_kit::Shutdown;
    use tokio_util::sync::CancellationToken;
    use tonic::{Code, Request};

    use super::*;
    use crate::grpc::{
        permits::{Permit, Permits},
        principal::principal,
    };

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(600);

    /// A file of four chunks.
    fn download() -> Download {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; 4 * CHUNK]).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        Download {
            entry: ArtifactFile::default(),
            content: Box::new(file),
        }
    }

    fn feed(permit: Permit, stall: Duration) -> Feed {
        Feed {
            permit,
            shutdown: Shutdown::new(Duration::ZERO),
            closing: CancellationToken::new(),
            stall,
        }
    }

    #[tokio::test]
    async fn a_download_lasts_no_longer_than_a_stream_may() {
        let permit = Permits::new(1, 1).acquire(principal(&Request::new(()))).unwrap();
        let mut sent = parts(download(), feed(permit, LONG), SHORT);
        assert!(sent.next().await.unwrap().is_ok());
        tokio::time::sleep(2 * SHORT).await;
        let rest: Vec<_> = sent.map(|part| part.map_err(|end| end.code())).collect().await;
        assert_eq!(rest.last().unwrap(), &Err(Code::Unavailable));
        assert!(rest.len() < 4);
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_told_so_and_counts_no_more() {
        let permits = Permits::new(1, 1);
        let acquire = || permits.acquire(principal(&Request::new(())));
        let mut sent = parts(download(), feed(acquire().unwrap(), SHORT), LONG);
        assert!(sent.next().await.unwrap().is_ok());
        assert!(acquire().is_err());
        while acquire().is_err() {
            tokio::task::yield_now().await;
        }
        let rest: Vec<_> = sent.map(|part| part.map_err(|end| end.code())).collect().await;
        assert_eq!(rest.last().unwrap(), &Err(Code::Unavailable));
        assert!(rest.len() < 4);
    }
}
