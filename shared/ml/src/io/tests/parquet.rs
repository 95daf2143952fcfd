//! Parquet files with every type a frame takes, and some it does not.

use std::{io::Read, sync::Arc};

use ::parquet::arrow::ArrowWriter;
use arrow::{
    array::{
        ArrayRef, BooleanArray, DictionaryArray, Float32Array, Int8Array, LargeStringArray, StringArray,
        UInt32Array,
    },
    datatypes::Int32Type,
    record_batch::RecordBatch,
};

use super::*;

fn file(columns: Vec<(&str, ArrayRef)>) -> Source {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.rewind().unwrap();
    Source::new("t.parquet", file)
}

fn read_file(source: Source) -> Result<Frame> {
    read(source, DataFormat::Parquet, &CsvOptions::default(), &Silent)
}

#[test]
fn numbers_text_booleans_and_dictionaries_are_read() {
    let words: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("")].into_iter().collect();
    let frame = read_file(file(vec![
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), None, Some(3)]))),
        ("u32", Arc::new(UInt32Array::from(vec![1, 2, 3]))),
        ("f32", Arc::new(Float32Array::from(vec![0.5, f32::NAN, 2.0]))),
        ("b", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("large", Arc::new(LargeStringArray::from(vec!["a", "b", "c"]))),
        ("dictionary", Arc::new(words)),
    ]))
    .unwrap();
    for (name, kind, values) in [
        ("i8", ColumnKind::Integer, ["-1", "-", "3"]),
        ("u32", ColumnKind::Integer, ["1", "2", "3"]),
        ("f32", ColumnKind::Float, ["0.5", "-", "2"]),
        ("b", ColumnKind::Boolean, ["true", "false", "true"]),
        ("large", ColumnKind::Text, ["a", "b", "c"]),
        ("dictionary", ColumnKind::Text, ["x", "-", "-"]),
    ] {
        assert_eq!(frame.column(name).unwrap().kind(), kind, "{name}");
        assert_eq!(shown(&frame, name), values, "{name}");
    }
}

#[test]
fn a_known_schema_selects_and_checks_columns() {
    let table = || {
        file(vec![
            ("n", Arc::new(Int8Array::from(vec![1])) as ArrayRef),
            ("t", Arc::new(StringArray::from(vec!["x"]))),
        ])
    };
    let read = |name: &str, kind| {
        let schema = [ColumnSchema {
            name: name.into(),
            kind,
        }];
        read_as(
            table(),
            DataFormat::Parquet,
            &CsvOptions::default(),
            &schema,
            "y",
            &Silent,
        )
    };
    assert_eq!(shown(&read("t", ColumnKind::Text).unwrap(), "t"), ["x"]);
    assert_eq!(read("n", ColumnKind::Float).unwrap().width(), 1);
    assert_eq!(refused(read("t", ColumnKind::Float)).0, "UNEXPECTED_TYPE");
    assert_eq!(refused(read("zzz", ColumnKind::Float)).0, "COLUMN_NOT_FOUND");
    assert_eq!(read("y", ColumnKind::Float).unwrap().width(), 0);
}

#[test]
fn a_file_that_is_no_parquet_is_refused() {
    assert_eq!(refused(read_file(source(b"a,b\n1,2\n"))).0, "PARQUET_INVALID");
}

#[test]
fn a_damaged_file_is_refused_or_read_but_never_a_panic() {
    let text: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("bc")]));
    let number: ArrayRef = Arc::new(UInt32Array::from(vec![Some(1), Some(2), None]));
    let mut bytes = Vec::new();
    file(vec![("t", text), ("n", number)])
        .file
        .read_to_end(&mut bytes)
        .unwrap();
    let mut refusals = 0;
    for at in 0..bytes.len() {
        for wrong in [0, 0x7f, 0xff, bytes[at] ^ 1] {
            let mut damaged = bytes.clone();
            damaged[at] = wrong;
            refusals += usize::from(read_file(source(&damaged)).is_err());
        }
        assert!(read_file(source(&bytes[..at])).is_err(), "cut at {at}");
    }
    assert!(refusals > 0);
}
