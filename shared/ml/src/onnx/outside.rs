//! Constants beside a model's file, in one of their own, as ONNX allows where a file of protocol buffers would be too
//! large: external data. They are written from where they are, so that they take no memory before.

use std::{
    fmt,
    io::{self, Read, Write},
    rc::Rc,
};

use super::proto::StringStringEntryProto;
use crate::{artifact::ONNX_DATA_FILE, counted::Counted};

/// Every constant begins at a multiple of this, so that a runtime can map it into its memory: `onnx.proto` asks for
/// 4,096 bytes, and for 64 KiB on Windows.
const ALIGNED: u64 = 1 << 16;

/// What writes a constant's numbers, little-endian.
pub(super) type Content = Rc<dyn Fn(&mut dyn Write) -> io::Result<()>>;

/// The second file of a model.
#[derive(Clone, Default)]
pub(crate) struct Outside {
    constants: Vec<Constant>,
    /// Where the last of them ends.
    end: u64,
}

#[derive(Clone)]
struct Constant {
    begin: u64,
    content: Content,
}

impl Outside {
    /// Adds a constant of so many bytes; what the model's file says of where it lies.
    pub(super) fn add(&mut self, bytes: u64, content: Content) -> Vec<StringStringEntryProto> {
        let begin = self.end.next_multiple_of(ALIGNED);
        self.end = begin + bytes;
        self.constants.push(Constant { begin, content });
        let entry = |key: &str, value: String| StringStringEntryProto {
            key: key.to_owned(),
            value,
        };
        vec![
            entry("location", ONNX_DATA_FILE.to_owned()),
            entry("offset", begin.to_string()),
            entry("length", bytes.to_string()),
        ]
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.constants.is_empty()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What `out` says.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Counted::new(out);
        for Constant { begin, content } in &self.constants {
            let gap = begin.checked_sub(out.bytes);
            let gap = gap.ok_or_else(|| io::Error::other("a constant is longer than it was to be"))?;
            io::copy(&mut io::repeat(0).take(gap), &mut out)?;
            content(&mut out)?;
        }
        if out.bytes == self.end {
            Ok(())
        } else {
            Err(io::Error::other("a constant is not as long as it was to be"))
        }
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin: Vec<u64> = self.constants.iter().map(|constant| constant.begin).collect();
        f.debug_struct("Outside")
            .field("begin", &begin)
            .field("end", &self.end)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: &'static [u8]) -> Content {
        Rc::new(|out| out.write_all(bytes))
    }

    #[test]
    fn constants_lie_where_the_model_is_told() {
        let mut outside = Outside::default();
        assert!(outside.is_empty());
        outside.add(3, content(b"abc"));
        let place = outside.add(2, content(b"de"));
        let told: Vec<_> = place.iter().map(|entry| entry.value.as_str()).collect();
        assert_eq!(told, [ONNX_DATA_FILE, "65536", "2"]);
        let mut file = Vec::new();
        outside.write(&mut file).unwrap();
        assert_eq!((&file[..4], file.len()), (&b"abc\0"[..], 65538));
        assert_eq!(file[65536..], *b"de");
    }

    #[test]
    fn a_constant_of_another_length_than_told_is_an_error() {
        for bytes in [1, 3] {
            let mut outside = Outside::default();
            outside.add(bytes, content(b"ab"));
            assert!(outside.write(&mut Vec::new()).is_err());
        }
    }
}
