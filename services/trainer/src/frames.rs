//! Frames on the socketpair between supervisor and child: a length in four bytes, little-endian, then a
//! protobuf message. Length-prefixed, so that each side notices a frame cut short by the other's death.

use std::io::{self, Read, Write};

use messages::bus::v1::{Frame, frame::Body};
use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::error::{Error, Result};

/// A spec is at most 512 KiB and a child says much less at once; a longer frame is not one of ours.
const MAX_BYTES: usize = 4 << 20;

/// The bytes of a frame.
fn encode(body: Body) -> Vec<u8> {
    let frame = Frame { body: Some(body) };
    let length = frame.encoded_len();
    let mut bytes = Vec::with_capacity(4 + length);
    bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&frame.encode_to_vec());
    bytes
}

fn length(header: [u8; 4]) -> Result<usize> {
    let length = u32::from_le_bytes(header) as usize;
    if length <= MAX_BYTES {
        return Ok(length);
    }
    let source = io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes"));
    Err(Error::Frame {
        action: "read",
        source,
    })
}

fn decode(bytes: &[u8]) -> Result<Option<Body>> {
    let frame = Frame::decode(bytes).map_err(|error| Error::Frame {
        action: "decode",
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })?;
    Ok(frame.body)
}

fn failed(action: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Frame { action, source }
}

/// Writes a frame, blocking.
///
/// # Errors
/// [`Error::Frame`] when the other side is gone.
pub(crate) fn write(mut to: impl Write, body: Body) -> Result<()> {
    to.write_all(&encode(body)).map_err(failed("write"))
}

/// Reads a frame, blocking; none at the end. A frame of a kind this version does not know is skipped.
///
/// # Errors
/// [`Error::Frame`] when the stream ends within a frame, or holds something else.
pub(crate) fn read(mut from: impl Read) -> Result<Option<Body>> {
    loop {
        let mut header = [0; 4];
        match from.read(&mut header[..1]) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed("read")(error)),
        }
        from.read_exact(&mut header[1..]).map_err(failed("read"))?;
        let mut bytes = vec![0; length(header)?];
        from.read_exact(&mut bytes).map_err(failed("read"))?;
        if let Some(body) = decode(&bytes)? {
            return Ok(Some(body));
        }
    }
}

/// As [`write()`], on an async runtime.
///
/// # Errors
/// As [`write()`].
pub(crate) async fn send(to: &mut (impl AsyncWrite + Unpin), body: Body) -> Result<()> {
    to.write_all(&encode(body)).await.map_err(failed("write"))
}

/// As [`read()`], on an async runtime. Not cancel-safe: dropped half-way it has lost bytes.
///
/// # Errors
/// As [`read()`].
pub(crate) async fn receive(from: &mut (impl AsyncRead + Unpin)) -> Result<Option<Body>> {
    loop {
        let mut header = [0; 4];
        if from.read(&mut header[..1]).await.map_err(failed("read"))? == 0 {
            return Ok(None);
        }
        from.read_exact(&mut header[1..]).await.map_err(failed("read"))?;
        let mut bytes = vec![0; length(header)?];
        from.read_exact(&mut bytes).await.map_err(failed("read"))?;
        if let Some(body) = decode(&bytes)? {
            return Ok(Some(body));
        }
    }
}

#[cfg(test)]
mod tests {
    use messages::{bus::v1::AttemptCancel, v1::LogLine};

    use super::*;

    fn line() -> Body {
        Body::Log(LogLine {
            level: 1,
            message: "hello".into(),
            node_id: "n".into(),
        })
    }

    #[tokio::test]
    async fn both_kinds_of_readers_read_what_both_kinds_of_writers_write() {
        let mut bytes = Vec::new();
        write(&mut bytes, line()).unwrap();
        send(&mut bytes, Body::Cancel(AttemptCancel {})).await.unwrap();
        let mut blocking = bytes.as_slice();
        assert_eq!(read(&mut blocking).unwrap(), Some(line()));
        assert_eq!(read(&mut blocking).unwrap(), Some(Body::Cancel(AttemptCancel {})));
        assert_eq!(read(&mut blocking).unwrap(), None);
        let mut other = bytes.as_slice();
        assert_eq!(receive(&mut other).await.unwrap(), Some(line()));
        assert_eq!(
            receive(&mut other).await.unwrap(),
            Some(Body::Cancel(AttemptCancel {}))
        );
        assert_eq!(receive(&mut other).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_frame_cut_short_or_made_up_is_an_error() {
        let whole = encode(line());
        for end in 1..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
            assert!(receive(&mut &whole[..end]).await.is_err(), "{end}");
        }
        assert!(read([0xff; 100].as_slice()).is_err());
        assert!(read([4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff].as_slice()).is_err());
        assert_eq!(
            read([0, 0, 0, 0].as_slice()).unwrap(),
            None,
            "a frame of no kind is skipped"
        );
    }
}
