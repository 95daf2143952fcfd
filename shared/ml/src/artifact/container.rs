//! The frame around binary files: a magic word and a version, so that a foreign or future file is told apart, then
//! the length and the zstd stream of the content, so that reading is bounded.

use std::io::{self, BufWriter, Read, Write};

use super::{PIECE, bad};
use crate::{Error, error::Result};

/// What a kind of file begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) magic: [u8; 8],
    pub(super) version: u32,
    /// The most bytes its content may have.
    pub(super) limit: u64,
}

const HEADER: usize = 8 + 4 + 8;
const LEVEL: i32 = 3;

/// Refuses a length of content that [`unpack`] would not take.
pub(super) fn require(name: &str, kind: Kind, length: u64) -> Result<()> {
    if length <= kind.limit {
        return Ok(());
    }
    Err(Error::unsupported(
        "ARTIFACT_TOO_LARGE",
        format!(
            "{name}: the model takes {length} bytes, and no more than {} can be read again; train a smaller one",
            kind.limit
        ),
    ))
}

/// Writes a file whose content, of this length, `content` writes.
pub(super) fn write(
    kind: Kind,
    length: u64,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(&kind.magic)?;
    out.write_all(&kind.version.to_le_bytes())?;
    out.write_all(&length.to_le_bytes())?;
    let mut packed = BufWriter::with_capacity(PIECE, zstd::Encoder::new(out, LEVEL)?);
    content(&mut packed)?;
    let packed = packed.into_inner().map_err(io::IntoInnerError::into_error)?;
    packed.finish().map(|_| ())
}

/// The file with this content. What [`unpack`] would not take is refused.
pub(super) fn pack(name: &str, kind: Kind, content: &[u8]) -> Result<Vec<u8>> {
    let length = content.len() as u64;
    require(name, kind, length)?;
    let mut file = Vec::new();
    write(kind, length, |out| out.write_all(content), &mut file)
        .map_err(|error| Error::unsupported("ENCODING", error.to_string()))?;
    Ok(file)
}

/// The content of a file.
pub(super) fn unpack(name: &str, kind: Kind, file: &[u8]) -> Result<Vec<u8>> {
    let Some((header, packed)) = file
        .split_at_checked(HEADER)
        .filter(|(header, _)| header.starts_with(&kind.magic))
    else {
        return Err(bad(
            name,
            "it does not begin as such a file: another program wrote it, or it is damaged",
        ));
    };
    let word = |from: usize, to: usize| {
        header[from..to]
            .iter()
            .rev()
            .fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
    };
    let (version, length) = (word(8, 12), word(12, HEADER));
    if version != u64::from(kind.version) {
        return Err(bad(
            name,
            format!(
                "its format is version {version}; version {} is understood",
                kind.version
            ),
        ));
    }
    if length > kind.limit {
        return Err(bad(
            name,
            format!(
                "it claims {length} bytes of content, more than {} allowed",
                kind.limit
            ),
        ));
    }
    let broken = |error: std::io::Error| bad(name, format!("its content cannot be unpacked: {error}"));
    let mut content = Vec::new();
    zstd::Decoder::new(packed)
        .map_err(broken)?
        .take(length + 1)
        .read_to_end(&mut content)
        .map_err(broken)?;
    if content.len() as u64 != length {
        return Err(bad(
            name,
            format!("its content is not the {length} bytes it claims"),
        ));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_unpacked_is_not_packed() {
        let kind = Kind {
            magic: *b"TYDTEST\0",
            version: 1,
            limit: 3,
        };
        let file = pack("a.tyd", kind, b"abc").unwrap();
        assert_eq!(unpack("a.tyd", kind, &file).unwrap(), b"abc");
        let error = pack("a.tyd", kind, b"abcd").unwrap_err();
        assert_eq!(error.failure().unwrap().code, "ARTIFACT_TOO_LARGE");
        assert!(
            error.to_string().contains("a.tyd: the model takes 4 bytes"),
            "{error}"
        );
    }
}
