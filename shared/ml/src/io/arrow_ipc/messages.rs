//! The messages of an Arrow file or stream without their bodies: what a batch holds is told before it is read.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

use arrow::{
    datatypes::SchemaRef,
    error::ArrowError,
    ipc::{self, convert::try_fb_to_schema, reader::read_footer_length},
};

/// What a file begins with, and a stream does not.
const MAGIC: &[u8] = b"ARROW1";

/// What a message begins with, save those of old writers.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// A footer's length and the magic behind it.
const TRAILER: usize = 10;

/// The schema of a file or stream, and the way to its messages.
pub(super) struct Messages<'a> {
    file: &'a File,
    pub(super) schema: SchemaRef,
    start: Start,
}

enum Start {
    /// Where the footer of a file says that the messages are, dictionaries first.
    Footer(Vec<u64>),
    /// The first message of a stream, the schema, is at its beginning.
    Stream,
}

/// A message and the place of its body.
pub(super) struct Message {
    bytes: Vec<u8>,
    pub(super) body: u64,
}

impl Message {
    /// What it says; none if it is damaged.
    pub(super) fn read(&self) -> Option<ipc::Message<'_>> {
        ipc::root_as_message(&self.bytes).ok()
    }

    /// Where the next one of a stream begins.
    fn end(&self) -> Option<u64> {
        let body = u64::try_from(self.read()?.bodyLength()).ok()?;
        self.body.checked_add(body)
    }
}

impl<'a> Messages<'a> {
    /// Reads the footer of a file or the first message of a stream.
    ///
    /// # Errors
    /// If it is damaged, or there is none.
    pub(super) fn of(file: &'a File) -> Result<Self, ArrowError> {
        if bytes_at(file, 0, MAGIC.len())? == MAGIC {
            return Self::of_footer(file);
        }
        let wrong = || ArrowError::ParseError("the file does not begin with a schema".into());
        let first = message_at(file, 0)?.ok_or_else(wrong)?;
        let schema = first.read().and_then(|message| message.header_as_schema());
        let schema = Arc::new(try_fb_to_schema(schema.ok_or_else(wrong)?)?);
        Ok(Self {
            file,
            schema,
            start: Start::Stream,
        })
    }

    fn of_footer(file: &'a File) -> Result<Self, ArrowError> {
        let wrong = || ArrowError::ParseError("the footer is damaged".into());
        let size = file.metadata()?.len();
        let trailer = size.checked_sub(TRAILER as u64).ok_or_else(wrong)?;
        let bytes = bytes_at(file, trailer, TRAILER)?;
        let length = read_footer_length(bytes.try_into().map_err(|_| wrong())?)?;
        let footer = trailer.checked_sub(length as u64).ok_or_else(wrong)?;
        let bytes = bytes_at(file, footer, length)?;
        let footer =
            ipc::root_as_footer(&bytes).map_err(|error| ArrowError::ParseError(error.to_string()))?;
        let schema = Arc::new(try_fb_to_schema(footer.schema().ok_or_else(wrong)?)?);
        let blocks = [footer.dictionaries(), footer.recordBatches()];
        let places = blocks.into_iter().flatten().flatten();
        let places = places.filter_map(|block| u64::try_from(block.offset()).ok());
        Ok(Self {
            file,
            schema,
            start: Start::Footer(places.collect()),
        })
    }

    /// Whether it is a file, with a footer.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.start, Start::Footer(_))
    }

    /// Gives every message in turn to `take`, up to the first that cannot be read.
    pub(super) fn each(&self, mut take: impl FnMut(&Message)) {
        match &self.start {
            Start::Footer(places) => {
                for place in places {
                    let Ok(Some(message)) = message_at(self.file, *place) else {
                        return;
                    };
                    take(&message);
                }
            }
            Start::Stream => {
                let mut next = Some(0);
                while let Some(place) = next {
                    let Ok(Some(message)) = message_at(self.file, place) else {
                        return;
                    };
                    take(&message);
                    next = message.end();
                }
            }
        }
    }

    /// The bytes there are at a place, up to so many.
    pub(super) fn bytes_at(&self, place: u64, most: usize) -> io::Result<Vec<u8>> {
        bytes_at(self.file, place, most)
    }
}

/// The message at a place; none at the end of a stream.
fn message_at(file: &File, place: u64) -> io::Result<Option<Message>> {
    let start = bytes_at(file, place, 8)?;
    let (length, begins) = match start.as_slice() {
        [a, b, c, d, rest @ ..] if [*a, *b, *c, *d] == CONTINUATION => (rest, 8),
        [a, b, c, d, ..] => (&[*a, *b, *c, *d][..], 4),
        _ => return Ok(None),
    };
    let length = length.try_into().map_or(0, i32::from_le_bytes);
    let length = match usize::try_from(length) {
        Ok(length) if length > 0 => length,
        Ok(_) | Err(_) => return Ok(None),
    };
    let bytes = bytes_at(file, place + begins, length)?;
    let body = place + begins + length as u64;
    Ok((bytes.len() == length).then_some(Message { bytes, body }))
}

fn bytes_at(mut file: &File, place: u64, most: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(place))?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
