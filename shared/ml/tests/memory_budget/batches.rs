//! Parquet and Arrow: what the file says of itself tells how large the table is.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Date32Array, DictionaryArray, Float32Array, Int64Array,
        RecordBatch, StringArray, StringViewArray,
    },
    compute::cast,
    datatypes::{DataType, Int32Type},
    ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter},
};
use domain::{
    job::{FailureKind, Retried},
    spec::DataFormat,
};
use parquet::{
    arrow::{ArrowWriter, arrow_reader::ArrowReaderMetadata},
    basic::Encoding,
    file::{
        metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData},
        properties::WriterProperties,
    },
};

use crate::{ALONE, MIB, is_weighed_ahead, read};

const ROWS: usize = 200_000;

fn text(i: usize) -> String {
    format!("text number {:06} of this table", i % 100_003)
}

/// One column of each kind.
fn table() -> RecordBatch {
    let texts: Vec<String> = (0..ROWS).map(text).collect();
    let columns: [(&str, ArrayRef); 6] = [
        ("i", Arc::new(Int64Array::from_iter_values(0..ROWS as i64))),
        (
            "x",
            Arc::new(Float32Array::from_iter_values((0..ROWS).map(|i| i as f32 / 8.0))),
        ),
        (
            "b",
            Arc::new((0..ROWS).map(|i| Some(i % 3 == 0)).collect::<BooleanArray>()),
        ),
        ("day", Arc::new(Date32Array::from_iter_values(0..ROWS as i32))),
        ("t", Arc::new(StringArray::from_iter_values(&texts))),
        ("v", Arc::new(StringViewArray::from_iter_values(&texts))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// A column of few texts, each of which is there very often.
fn repeated() -> RecordBatch {
    let texts: Vec<String> = (0..50).map(|i| format!("{i:02}").repeat(200)).collect();
    let words: DictionaryArray<Int32Type> = (0..50_000).map(|i| Some(texts[i % 50].as_str())).collect();
    RecordBatch::try_from_iter([("t", Arc::new(words) as ArrayRef)]).unwrap()
}

fn parquet(batch: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// The file with a footer that does not say how long texts are, as that of older writers.
fn without_text_sizes(file: &[u8]) -> Vec<u8> {
    let mut on_disk = tempfile::tempfile().unwrap();
    on_disk.write_all(file).unwrap();
    let footer = ArrowReaderMetadata::load(&on_disk, Default::default()).unwrap();
    let plain = |chunk: &ColumnChunkMetaData| {
        let builder = chunk.clone().into_builder();
        builder.set_unencoded_byte_array_data_bytes(None).build().unwrap()
    };
    let group = |group: &RowGroupMetaData| {
        let columns = group.columns().iter().map(plain).collect();
        group
            .clone()
            .into_builder()
            .set_column_metadata(columns)
            .build()
            .unwrap()
    };
    let groups = footer.metadata().row_groups().iter().map(group).collect();
    let changed = ParquetMetaData::new(footer.metadata().file_metadata().clone(), groups);
    let length = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap());
    let mut bytes = file[..file.len() - 8 - length as usize].to_vec();
    let mut footer = Vec::new();
    ParquetMetaDataWriter::new(&mut footer, &changed)
        .finish()
        .unwrap();
    bytes.append(&mut footer);
    bytes
}

/// The table in parts that share no memory.
fn parts(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    const PART: usize = 10_000;
    (0..batch.num_rows()).step_by(PART).map(|at| {
        let part = batch.slice(at, PART.min(batch.num_rows() - at));
        let columns = part
            .columns()
            .iter()
            .map(|column| match column.as_string_view_opt() {
                Some(views) => Arc::new(views.gc()) as ArrayRef,
                None => Arc::clone(column),
            });
        RecordBatch::try_new(part.schema(), columns.collect()).unwrap()
    })
}

fn arrow_file(batch: &RecordBatch, options: IpcWriteOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batch.schema(), options).unwrap();
    parts(batch).for_each(|part| writer.write(&part).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn arrow_stream(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    parts(batch).for_each(|part| writer.write(&part).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes.into_inner()
}

#[test]
fn parquet_is_weighed_by_its_footer() {
    let properties = || {
        WriterProperties::builder()
            .set_max_row_group_row_count(Some(30_000))
            .build()
    };
    is_weighed_ahead(&parquet(&table(), properties()), DataFormat::Parquet, MIB);
    is_weighed_ahead(
        &without_text_sizes(&parquet(&table(), properties())),
        DataFormat::Parquet,
        MIB,
    );
}

#[test]
fn texts_that_a_parquet_dictionary_repeats_count_as_often_as_they_are_there() {
    let words = parquet(&repeated(), WriterProperties::default());
    assert!(words.len() < MIB);
    is_weighed_ahead(&words, DataFormat::Parquet, MIB);
    is_weighed_ahead(&without_text_sizes(&words), DataFormat::Parquet, MIB);
}

#[test]
fn a_parquet_file_that_says_too_little_is_refused_while_it_is_read() {
    let texts: Vec<String> = (0..50_000).map(|i| format!("{}{i}", "x".repeat(1000))).collect();
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    let batch = RecordBatch::try_from_iter([("t", texts)]).unwrap();
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::DELTA_BYTE_ARRAY)
        .build();
    let bytes = without_text_sizes(&parquet(&batch, properties));
    drop(batch);
    assert!(bytes.len() < 2 * MIB);
    let _alone = ALONE.lock().unwrap();
    let (refused, _) = read(&bytes, DataFormat::Parquet, 50 * MIB);
    assert!(refused.unwrap_err().to_string().contains("MEMORY_BUDGET"));
    read(&bytes, DataFormat::Parquet, 120 * MIB).0.unwrap();
}

#[test]
fn arrow_files_and_streams_are_weighed_by_their_messages() {
    is_weighed_ahead(
        &arrow_file(&table(), IpcWriteOptions::default()),
        DataFormat::Arrow,
        MIB,
    );
    is_weighed_ahead(&arrow_stream(&table()), DataFormat::Arrow, MIB);
}

#[test]
fn views_of_short_and_of_shared_texts_are_weighed_by_their_lengths() {
    for text in ["eleven byte", "rather longer than twelve bytes"] {
        let views: StringViewArray = (0..ROWS).map(|_| Some(text)).collect();
        let batch = RecordBatch::try_from_iter([("v", Arc::new(views) as ArrayRef)]).unwrap();
        is_weighed_ahead(&arrow_stream(&batch), DataFormat::Arrow, MIB / 2);
    }
}

#[cfg(feature = "all-formats")]
#[test]
fn packed_arrow_files_are_weighed_by_what_they_unpack_to() {
    for packed in [
        arrow::ipc::CompressionType::LZ4_FRAME,
        arrow::ipc::CompressionType::ZSTD,
    ] {
        let options = IpcWriteOptions::default()
            .try_with_compression(Some(packed))
            .unwrap();
        is_weighed_ahead(&arrow_file(&table(), options), DataFormat::Arrow, MIB);
    }
}

#[test]
fn texts_that_an_arrow_dictionary_repeats_count_as_often_as_they_are_there() {
    let words = repeated();
    is_weighed_ahead(
        &arrow_file(&words, IpcWriteOptions::default()),
        DataFormat::Arrow,
        MIB,
    );
    is_weighed_ahead(&arrow_stream(&words), DataFormat::Arrow, MIB);
}

#[test]
fn columns_of_other_types_do_not_shift_what_is_weighed() {
    let table = table();
    let text = table.column(4).to_data().get_slice_memory_size().unwrap();
    let words = cast(table.column(4), &DataType::LargeUtf8).unwrap();
    let nested: ArrayRef = {
        let numbers = Int64Array::from_iter_values(0..ROWS as i64);
        let fields = vec![(
            Arc::new(arrow::datatypes::Field::new("n", DataType::Int64, false)),
            Arc::new(numbers) as ArrayRef,
        )];
        Arc::new(arrow::array::StructArray::from(fields))
    };
    let schema = [ml::io::ColumnSchema {
        name: "t".into(),
        kind: ml::frame::ColumnKind::Text,
    }];
    let batch = RecordBatch::try_from_iter([("nested", nested), ("t", words)]).unwrap();
    for (budget, fits) in [(2 * text + MIB, true), (2 * text - MIB, false)] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&arrow_file(&batch, IpcWriteOptions::default()))
            .unwrap();
        let mut source = ml::io::Source::new("t", file);
        source.memory_budget = Some(budget as u64);
        let options = domain::spec::CsvOptions::default();
        let read = ml::io::read_as(source, DataFormat::Arrow, &options, &schema, "y", &ml::Silent);
        assert_eq!(read.is_ok(), fits, "{read:?}");
    }
}

#[test]
fn a_damaged_file_is_weighed_as_far_as_it_goes() {
    let table = table().slice(0, 20);
    let options = || {
        let packed = cfg!(feature = "all-formats").then_some(arrow::ipc::CompressionType::LZ4_FRAME);
        IpcWriteOptions::default().try_with_compression(packed).unwrap()
    };
    let files = [
        (arrow_file(&table, IpcWriteOptions::default()), DataFormat::Arrow),
        (arrow_file(&table, options()), DataFormat::Arrow),
        (arrow_stream(&repeated().slice(0, 20)), DataFormat::Arrow),
        (
            without_text_sizes(&parquet(&table, WriterProperties::default())),
            DataFormat::Parquet,
        ),
    ];
    let _alone = ALONE.lock().unwrap();
    for (bytes, format) in files {
        read(&bytes, format, 64 * MIB).0.unwrap();
        for at in (0..bytes.len()).step_by(3) {
            for wrong in [0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = wrong;
                if let Err(error) = read(&damaged, format, 64 * MIB).0 {
                    // What claims to be large is tried once where there may be more room, and what is broken is not.
                    let kind = error.failure().unwrap().kind;
                    assert!(
                        kind == FailureKind::OutOfMemory || kind.retried() == Retried::Never,
                        "{error}"
                    );
                }
            }
        }
    }
}
