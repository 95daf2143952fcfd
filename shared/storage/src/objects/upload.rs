//! The way of one file into a store. What is large goes in parts, some at a time, while the next is being made.

use std::{
    io::{self, Write},
    mem,
    task::Poll,
};

use futures::{StreamExt, poll, stream::FuturesUnordered};
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt, Result as StoreResult, UploadPart, path::Path,
};
use tokio::time::timeout;

use super::{bucket::wait, options::SHORT};
use crate::{Error, Result};

/// The size of a part. S3 takes 10,000 of them, of at least 5 MiB each but for the last.
pub(super) const PART: usize = 8 << 20;
/// Parts on their way at a time.
const AT_ONCE: usize = 4;

/// An object on its way. It is there whole or not at all; parts of one that is not are given up again.
pub(super) struct Upload<'s> {
    objects: &'s dyn ObjectStore,
    path: Path,
    /// Makes an error of what the store said.
    explain: &'s dyn Fn(object_store::Error) -> Error,
    /// What has not been sent.
    part: Vec<u8>,
    /// The parts that have, if there are some.
    parts: Option<Parts>,
    /// Why no more is sent.
    refused: Option<Error>,
}

struct Parts {
    upload: Box<dyn MultipartUpload>,
    on_the_way: FuturesUnordered<UploadPart>,
}

impl<'s> Upload<'s> {
    pub(super) fn new(
        objects: &'s dyn ObjectStore,
        path: Path,
        explain: &'s dyn Fn(object_store::Error) -> Error,
    ) -> Self {
        Self {
            objects,
            path,
            explain,
            part: Vec::new(),
            parts: None,
            refused: None,
        }
    }

    /// Sends what is left, if all was `written`, and ends the upload.
    ///
    /// # Errors
    /// What the store said, or why it was not written.
    pub(super) fn end(mut self, written: Result<()>) -> Result<()> {
        let ended = match self.refused.take() {
            Some(refused) => Err(refused),
            None => written.and_then(|()| self.send_last()),
        };
        if ended.is_err()
            && let Some(mut parts) = self.parts
        {
            // A part that came after it was given up would stay.
            parts.on_the_way.clear();
            // Whoever owns the lease removes what is left once more: a store that is away is not waited for twice.
            let _ = wait(async { Ok(timeout(SHORT, parts.upload.abort()).await) });
        }
        ended
    }

    fn send_last(&mut self) -> Result<()> {
        let (objects, path, explain) = (self.objects, &self.path, self.explain);
        let part = mem::take(&mut self.part).into();
        let parts = &mut self.parts;
        wait(async {
            let sent = match parts {
                None => objects.put(path, part).await.map(|_| ()),
                Some(parts) => {
                    parts.on_the_way.push(parts.upload.put_part(part));
                    parts.finish().await
                }
            };
            sent.map_err(explain)
        })
    }

    /// Sends a part, of which the next is being made.
    fn send(&mut self) -> Result<()> {
        let (objects, path, explain) = (self.objects, &self.path, self.explain);
        let part = mem::replace(&mut self.part, Vec::with_capacity(PART)).into();
        let parts = &mut self.parts;
        wait(async {
            let sent = async {
                let parts = match parts {
                    Some(parts) => parts,
                    None => parts.insert(Parts {
                        upload: objects.put_multipart(path).await?,
                        on_the_way: FuturesUnordered::new(),
                    }),
                };
                if parts.on_the_way.len() == AT_ONCE {
                    parts.on_the_way.next().await.transpose()?;
                }
                parts.on_the_way.push(parts.upload.put_part(part));
                // It is sent from when it is first asked for, and goes on its way while the next is made.
                match poll!(parts.on_the_way.next()) {
                    Poll::Ready(sent) => sent.transpose().map(|_| ()),
                    Poll::Pending => Ok(()),
                }
            };
            sent.await.map_err(explain)
        })
    }
}

impl Parts {
    async fn finish(&mut self) -> StoreResult<()> {
        while let Some(sent) = self.on_the_way.next().await {
            sent?;
        }
        self.upload.complete().await.map(|_| ())
    }
}

impl Write for Upload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.refused.is_none() && self.part.len() == PART {
            self.refused = self.send().err();
        }
        if self.refused.is_some() {
            return Err(io::Error::other("the store takes no more of it"));
        }
        let count = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
