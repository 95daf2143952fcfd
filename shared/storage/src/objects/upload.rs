//! The way of one file into a store. What is large goes in parts, some at a time, which are slices of what is in memory
//! already.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt, Result, path::Path};
use tokio::time::timeout;

use super::options::SHORT;

/// The size of a part. S3 takes 10,000 of them, of at least 5 MiB each but for the last.
pub(super) const PART: usize = 8 << 20;
/// Parts on their way at a time.
const AT_ONCE: usize = 4;

/// Writes an object. It is there whole or not at all; parts of one that is not are given up again.
///
/// # Errors
/// What the store said.
pub(super) async fn put(objects: &dyn ObjectStore, path: &Path, bytes: Bytes) -> Result<()> {
    if bytes.len() <= PART {
        objects.put(path, bytes.into()).await?;
        return Ok(());
    }
    let mut upload = objects.put_multipart(path).await?;
    // A part is sent when it is first waited for, and not before.
    let parts: Vec<_> = (0..bytes.len())
        .step_by(PART)
        .map(|from| upload.put_part(bytes.slice(from..bytes.len().min(from + PART)).into()))
        .collect();
    let sent = stream::iter(parts)
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await;
    let ended = match sent {
        Ok(()) => upload.complete().await.map(|_| ()),
        Err(error) => Err(error),
    };
    if ended.is_err() {
        // Whoever owns the lease removes what is left once more: a store that is away is not waited for twice.
        let _ = timeout(SHORT, upload.abort()).await;
    }
    ended
}
