//! `GetArtifact`: a file as a stream, read only as fast as its client does.

use std::{fs::File, io::Read, pin::Pin};

use futures::{Stream, StreamExt, stream};
use messages::v1::{GetArtifactResponse, get_artifact_response::Part};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{permits::Permit, status};
use crate::app::Download;

/// Bytes of one message.
const CHUNK: usize = 256 << 10;

/// What a client is sent.
pub(super) type Parts = Pin<Box<dyn Stream<Item = Result<GetArtifactResponse, Status>> + Send>>;

/// The header, then the content, as long as which `permit` is held. At `closing` it ends unfinished: the client asks
/// another replica.
pub(super) fn parts(download: Download, permit: Permit, closing: CancellationToken) -> Parts {
    let header = Part::Header(download.entry);
    let content = stream::try_unfold(download.file, move |file| {
        let closing = closing.clone();
        async move {
            if closing.is_cancelled() {
                return Err(status::shutting_down());
            }
            match tokio::task::spawn_blocking(move || next(file)).await {
                Ok(Ok((chunk, file))) => Ok((!chunk.is_empty()).then_some((Part::Chunk(chunk), file))),
                Ok(Err(error)) => Err(status::unexpected(&error)),
                Err(error) => Err(status::unexpected(&error)),
            }
        }
    });
    let answer = |part| GetArtifactResponse { part: Some(part) };
    let parts = stream::once(async { Ok(header) }).chain(content);
    Box::pin(parts.map(move |part| {
        let _held = &permit;
        part.map(answer)
    }))
}

/// The next bytes; none at the end.
fn next(file: File) -> std::io::Result<(Vec<u8>, File)> {
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut part = file.take(CHUNK as u64);
    part.read_to_end(&mut chunk)?;
    Ok((chunk, part.into_inner()))
}

#[cfg(test)]
mod tests {
    use messages::v1::ArtifactFile;
    use tonic::Request;

    use super::*;
    use crate::grpc::{
        permits::{Excess, Permits},
        principal::principal,
    };

    #[tokio::test]
    async fn a_file_counts_until_nobody_is_sent_it_any_more() {
        let permits = Permits::new(2, 1);
        let acquire = || permits.acquire(principal(&Request::new(())));
        let download = Download {
            entry: ArtifactFile::default(),
            file: tempfile::tempfile().unwrap(),
        };
        let mut sent = parts(download, acquire().unwrap(), CancellationToken::new());
        assert_eq!(acquire().unwrap_err(), Excess::OfOne);
        assert!(sent.next().await.unwrap().is_ok());
        assert!(acquire().is_err());
        drop(sent);
        assert!(acquire().is_ok());
    }
}
