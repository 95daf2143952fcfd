//! The end of what a child process has written to its outputs, for the report about its death. Bounded,
//! because nobody bounds what a library prints.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::io::{AsyncRead, AsyncReadExt};

/// How much is kept.
const CAPACITY: usize = 64 * 1024;

/// The last 64 KiB of some outputs, together. Clones are the same ring.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogRing(Arc<Mutex<VecDeque<u8>>>);

impl LogRing {
    /// Keeps what an output says until it ends.
    pub(crate) async fn follow(self, mut output: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(count @ 1..) = output.read(&mut buffer).await {
            self.push(&buffer[..count]);
        }
    }

    fn push(&self, bytes: &[u8]) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.extend(bytes);
        let surplus = ring.len().saturating_sub(CAPACITY);
        ring.drain(..surplus);
    }

    /// The last `limit` bytes, as text and from the beginning of a line where something was cut off.
    pub(crate) fn tail(&self, limit: usize) -> String {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let start = ring.len().saturating_sub(limit);
        let bytes: Vec<u8> = ring.iter().skip(start).copied().collect();
        let cut = start > 0 || ring.len() == CAPACITY;
        let line = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .filter(|_| cut)
            .map_or(0, |end| end + 1);
        let mut text = String::from_utf8_lossy(&bytes[line..]).into_owned();
        // Bytes that are no UTF-8 grow threefold.
        while text.len() > limit {
            let half = text.floor_char_boundary(text.len() - limit).max(1);
            text.drain(..text.ceil_char_boundary(half));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_ring_keeps_the_end_and_stays_bounded() {
        let ring = LogRing::default();
        let text: String = (0..100_000).map(|line| format!("line {line}\n")).collect();
        ring.clone().follow(text.as_bytes()).await;
        assert_eq!(ring.0.lock().unwrap().len(), CAPACITY);
        let tail = ring.tail(100);
        assert!(
            tail.starts_with("line ") && tail.ends_with("line 99999\n") && tail.len() <= 100,
            "{tail}"
        );
    }

    #[tokio::test]
    async fn a_short_output_is_kept_whole_whatever_its_bytes() {
        let ring = LogRing::default();
        ring.clone().follow("panicked".as_bytes()).await;
        assert_eq!(ring.tail(100), "panicked");
        ring.push(&[0xff; 1000]);
        assert!(ring.tail(100).len() <= 100);
    }
}
