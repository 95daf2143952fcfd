//! How much memory the columns of an Arrow file or stream will take, told by its messages before any body is read.

use std::{collections::HashMap, ops::Range};

use arrow::{
    datatypes::{DataType, UnionMode},
    ipc::{self, MetadataVersion},
};

use super::messages::{Message, Messages};
use crate::io::batches::{Form, Wanted, WantedColumn};

/// How many bytes of views are looked at at once, a multiple of a view's.
const VIEWS: usize = 64 << 10;

/// What a table takes.
#[derive(Debug, Default)]
pub(super) struct Size {
    /// The bytes of the columns in a frame.
    pub(super) columns: u64,
    /// The bytes of the bodies that are held while it is read.
    pub(super) raw: u64,
}

/// How many texts the dictionaries of an id hold, and of how many bytes.
type Dictionaries = HashMap<i64, (u64, u64)>;

/// The size of these columns.
pub(super) fn of(messages: &Messages<'_>, wanted: &Wanted) -> Size {
    let mut size = Size::default();
    let mut dictionaries = Dictionaries::new();
    let mut columns = vec![None; messages.schema.fields().len()];
    for column in &wanted.0 {
        columns[column.place()] = Some(column);
    }
    // Values of a frame's own type that are not packed stay where they are, in the body of their batch.
    let stays = wanted
        .0
        .iter()
        .any(|column| column.found == column.form.array_type());
    messages.each(|message| {
        let Some(said) = message.read() else {
            return;
        };
        let body = u64::try_from(said.bodyLength()).unwrap_or_default();
        if let Some(dictionary) = said.header_as_dictionary_batch()
            && let Some(batch) = dictionary.data()
        {
            let (texts, bytes) = dictionaries.entry(dictionary.id()).or_default();
            let part = Part::new(messages, message, batch);
            *texts = texts.saturating_add(rows(batch));
            *bytes = bytes.saturating_add(part.text(0..usize::MAX));
        } else if let Some(batch) = said.header_as_record_batch() {
            size.raw = if stays && batch.compression().is_none() {
                size.raw.saturating_add(body)
            } else {
                size.raw.max(body)
            };
            let part = Part::new(messages, message, batch);
            let bytes = part.columns(said.version(), &columns, &dictionaries);
            size.columns = size.columns.saturating_add(bytes);
        }
    });
    size
}

/// What is wrong with a buffer that says it unpacks to more than its bytes can hold. The reader would ask the system for as
/// much as it says: whoever has damaged one byte of a file must not end the process.
pub(super) fn impossible(messages: &Messages<'_>) -> Option<String> {
    let mut found = None;
    messages.each(|message| {
        let Some(said) = message.read().filter(|_| found.is_none()) else {
            return;
        };
        let dictionary = said
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data());
        if let Some(batch) = dictionary.or(said.header_as_record_batch()) {
            found = Part::new(messages, message, batch).impossible();
        }
    });
    found
}

/// A batch of which the buffers are looked at.
struct Part<'a> {
    messages: &'a Messages<'a>,
    body: u64,
    batch: ipc::RecordBatch<'a>,
}

impl<'a> Part<'a> {
    fn new(messages: &'a Messages<'a>, message: &Message, batch: ipc::RecordBatch<'a>) -> Self {
        Self {
            messages,
            body: message.body,
            batch,
        }
    }

    fn impossible(&self) -> Option<String> {
        // A byte of LZ4 stands for 255 at most, and a block of Zstandard, of up to 128 KiB, takes three or more.
        let times = match self.batch.compression()?.codec() {
            ipc::CompressionType::LZ4_FRAME => 255,
            _ => (128 << 10) / 3,
        };
        self.batch.buffers()?.iter().find_map(|buffer| {
            let packed = u64::try_from(buffer.length()).unwrap_or_default();
            let unpacked = self.unpacked(buffer);
            let message = || format!("a buffer of {packed} bytes says that it unpacks to {unpacked}");
            (unpacked > packed.saturating_mul(times)).then(message)
        })
    }

    /// The bytes of the wanted columns, which are by their places.
    fn columns(
        &self,
        version: MetadataVersion,
        columns: &[Option<&WantedColumn>],
        dictionaries: &Dictionaries,
    ) -> u64 {
        let rows = rows(self.batch);
        let mut variadic = self.batch.variadicBufferCounts().into_iter().flatten();
        let (mut bytes, mut first) = (0_u64, 0);
        for (field, column) in self.messages.schema.fields().iter().zip(columns) {
            let next = buffers_of(field.data_type(), version, &mut variadic).saturating_add(first);
            if let Some(column) = column {
                let text = match (column.form, field.data_type()) {
                    (Form::Text, DataType::Dictionary(..)) => {
                        #[expect(deprecated, reason = "by it the reader finds the dictionary, too")]
                        let id = field.dict_id();
                        let held = id.and_then(|id| dictionaries.get(&id));
                        held.map_or(0, |(texts, bytes)| rows.saturating_mul(*bytes) / (*texts).max(1))
                    }
                    (Form::Text, DataType::Utf8View) => {
                        let viewed = self.viewed(first.saturating_add(1));
                        viewed.unwrap_or_else(|| self.text(first..next))
                    }
                    (Form::Text, _) => self.text(first..next),
                    _ => 0,
                };
                bytes = bytes.saturating_add(column.form.bytes(&column.found, rows, text));
            }
            first = next;
        }
        bytes
    }

    /// The bytes of a column of views, each of which begins with the length of its text; none if they are packed.
    fn viewed(&self, views: usize) -> Option<u64> {
        const VIEW: usize = 16;
        if self.batch.compression().is_some() {
            return None;
        }
        let buffers = self.batch.buffers().filter(|all| views < all.len())?;
        let mut place = self.place(buffers.get(views))?;
        let mut left = self.unpacked(buffers.get(views));
        let mut sum = 0_u64;
        while left >= VIEW as u64 {
            let most = usize::try_from(left).unwrap_or(VIEWS).min(VIEWS);
            let bytes = self.messages.bytes_at(place, most).ok()?;
            let lengths = bytes
                .chunks_exact(VIEW)
                .filter_map(|view| view.first_chunk().copied());
            sum += lengths
                .map(|length| u64::from(u32::from_le_bytes(length)))
                .sum::<u64>();
            if bytes.len() < most {
                break;
            }
            place += most as u64;
            left -= most as u64;
        }
        Some(sum)
    }

    /// The bytes of the text in the buffers of a column: those after the first two, of what is valid and where the
    /// texts begin.
    fn text(&self, buffers: Range<usize>) -> u64 {
        let Some(all) = self.batch.buffers() else {
            return 0;
        };
        let text = (buffers.start..buffers.end.min(all.len()))
            .skip(2)
            .map(|at| all.get(at));
        text.fold(0, |sum: u64, buffer| sum.saturating_add(self.unpacked(buffer)))
    }

    /// Where a buffer lies in the file.
    fn place(&self, buffer: &ipc::Buffer) -> Option<u64> {
        self.body.checked_add(u64::try_from(buffer.offset()).ok()?)
    }

    /// How long a buffer is once it is unpacked, as stands before it.
    fn unpacked(&self, buffer: &ipc::Buffer) -> u64 {
        let packed = u64::try_from(buffer.length()).unwrap_or_default();
        if self.batch.compression().is_none() || packed == 0 {
            return packed;
        }
        let stated = || {
            let place = self.place(buffer)?;
            let bytes = self.messages.bytes_at(place, size_of::<i64>()).ok()?;
            // -1 where packing would have gained nothing.
            u64::try_from(i64::from_le_bytes(bytes.try_into().ok()?)).ok()
        };
        stated().unwrap_or(packed)
    }
}

fn rows(batch: ipc::RecordBatch<'_>) -> u64 {
    u64::try_from(batch.length()).unwrap_or_default()
}

/// How many buffers a column of this type has in a batch; a column of views takes its number from `variadic`.
fn buffers_of(found: &DataType, version: MetadataVersion, variadic: &mut impl Iterator<Item = i64>) -> usize {
    let mut of = |found: &DataType| buffers_of(found, version, variadic);
    match found {
        DataType::Null => 0,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => 3,
        DataType::Utf8View | DataType::BinaryView => {
            let more = variadic.next().and_then(|count| u32::try_from(count).ok());
            2 + more.unwrap_or_default() as usize
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => 2 + of(item.data_type()),
        DataType::ListView(item) | DataType::LargeListView(item) => 3 + of(item.data_type()),
        DataType::FixedSizeList(item, _) => 1 + of(item.data_type()),
        DataType::Struct(fields) => 1 + fields.iter().map(|field| of(field.data_type())).sum::<usize>(),
        DataType::RunEndEncoded(ends, values) => of(ends.data_type()) + of(values.data_type()),
        DataType::Union(fields, mode) => {
            let validity = usize::from(version < MetadataVersion::V5);
            let offsets = usize::from(*mode == UnionMode::Dense);
            let parts = fields.iter().map(|(_, field)| of(field.data_type()));
            validity + 1 + offsets + parts.sum::<usize>()
        }
        _ => 2,
    }
}
