//! How much memory a Parquet file's columns will take, told by its footer before any value is read.

use std::{collections::HashMap, fs::File, sync::Arc};

use parquet::{
    column::page::{Page, PageReader as _},
    file::{
        metadata::{ColumnChunkMetaData, ParquetMetaData},
        serialized_reader::SerializedPageReader,
    },
};

use crate::io::batches::{Form, Wanted};

/// The bytes of the columns in a frame. Texts count as the footer says; where it does not, as their pages do, which
/// is too little for texts that a dictionary repeats.
pub(super) fn from_footer(footer: &ParquetMetaData, wanted: &Wanted) -> u64 {
    columns(footer, wanted, |chunk| {
        stated(chunk).unwrap_or_else(|| pages(chunk))
    })
}

/// The same, with texts that a dictionary repeats as long as those in the dictionary are on average.
pub(super) fn with_dictionaries(file: &Arc<File>, footer: &ParquetMetaData, wanted: &Wanted) -> u64 {
    columns(footer, wanted, |chunk| {
        stated(chunk).unwrap_or_else(|| pages(chunk).max(repeated(file, chunk).unwrap_or_default()))
    })
}

fn columns(footer: &ParquetMetaData, wanted: &Wanted, texts: impl Fn(&ColumnChunkMetaData) -> u64) -> u64 {
    let schema = footer.file_metadata().schema_descr();
    let leaves = (0..schema.num_columns()).map(|leaf| (schema.get_column_root_idx(leaf), leaf));
    let leaves: HashMap<usize, usize> = leaves.collect();
    let mut bytes = 0_u64;
    for column in &wanted.0 {
        // What can be read has one leaf.
        let Some(&leaf) = leaves.get(&column.place()) else {
            continue;
        };
        for group in footer.row_groups() {
            let chunk = group.column(leaf);
            let text = if column.form == Form::Text {
                texts(chunk)
            } else {
                0
            };
            let rows = count(chunk.num_values());
            bytes = bytes.saturating_add(column.form.bytes(&column.found, rows, text));
        }
    }
    bytes
}

fn stated(chunk: &ColumnChunkMetaData) -> Option<u64> {
    chunk.unencoded_byte_array_data_bytes().map(count)
}

fn pages(chunk: &ColumnChunkMetaData) -> u64 {
    count(chunk.uncompressed_size())
}

/// As many texts as there are values, each of the mean length of those in the dictionary.
fn repeated(file: &Arc<File>, chunk: &ColumnChunkMetaData) -> Option<u64> {
    /// Before every text of a dictionary stands its length.
    const LENGTH: u64 = 4;
    chunk.dictionary_page_offset()?;
    let rows = usize::try_from(chunk.num_values()).ok()?;
    let mut reader = SerializedPageReader::new(Arc::clone(file), chunk, rows, None).ok()?;
    let Page::DictionaryPage { buf, num_values, .. } = reader.get_next_page().ok()?? else {
        return None;
    };
    let texts = u64::from(num_values).max(1);
    let bytes = (buf.len() as u64).saturating_sub(LENGTH * texts);
    Some(count(chunk.num_values()).saturating_mul(bytes) / texts)
}

/// A count as files have it, in a type with a sign.
fn count(stated: i64) -> u64 {
    u64::try_from(stated).unwrap_or_default()
}
