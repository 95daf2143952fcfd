//! What is read of the types that Parquet and Arrow files have beyond a frame's own.

use std::{
    io::{Seek, Write},
    sync::Arc,
};

use ::parquet::{
    arrow::ArrowWriter,
    data_type::{Int96, Int96Type},
    file::writer::SerializedFileWriter,
    schema::parser::parse_message_type,
};
use arrow::{
    array::{
        ArrayRef, BinaryArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array, DictionaryArray,
        DurationMillisecondArray, Float32Array, Int64Array, LargeStringArray, ListArray, RecordBatch,
        StringViewArray, StructArray, Time32SecondArray, Time64MicrosecondArray, TimestampMicrosecondArray,
        TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    },
    compute::cast,
    datatypes::{DataType, Field, Int32Type, Int64Type, i256},
    ipc::{
        CompressionType,
        writer::{FileWriter, IpcWriteOptions},
    },
};

use super::*;
use crate::testing::Recorder;

fn parquet(batch: &RecordBatch) -> (Source, DataFormat) {
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    (Source::new("t.parquet", file), DataFormat::Parquet)
}

fn arrow_file(batch: &RecordBatch) -> (Source, DataFormat) {
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = FileWriter::try_new(&mut file, &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    (Source::new("t.arrow", file), DataFormat::Arrow)
}

fn both(columns: Vec<(&str, ArrayRef)>) -> [(Source, DataFormat); 2] {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)));
    let batch = batch.unwrap();
    [parquet(&batch), arrow_file(&batch)]
}

fn infer(source: Source, format: DataFormat, observer: &dyn Observer) -> Result<Frame> {
    read(source, format, &CsvOptions::default(), observer)
}

const DAY: i64 = 18_292;
const SECOND: i64 = DAY * 86_400 + 14 * 3600 + 5 * 60 + 9;

/// A column of one value and a missing one, and what is read of it.
type Read = (&'static str, ArrayRef, ColumnKind, &'static str);

fn columns() -> Vec<Read> {
    [moments(), others()].concat()
}

fn moments() -> Vec<Read> {
    use ColumnKind::Text;
    let milliseconds = TimestampMillisecondArray::from(vec![Some(SECOND * 1000 + 250), None]);
    vec![
        (
            "day",
            Arc::new(Date32Array::from(vec![Some(DAY as i32), None])),
            Text,
            "2020-01-31",
        ),
        (
            "day64",
            Arc::new(Date64Array::from(vec![Some(DAY * 86_400_000), None])),
            Text,
            "2020-01-31",
        ),
        (
            "old",
            Arc::new(Date32Array::from(vec![Some(-719_162), None])),
            Text,
            "0001-01-01",
        ),
        (
            "s",
            Arc::new(TimestampSecondArray::from(vec![Some(SECOND), None])),
            Text,
            "2020-01-31T14:05:09",
        ),
        ("ms", Arc::new(milliseconds), Text, "2020-01-31T14:05:09.250"),
        (
            "us",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(SECOND * 1_000_000),
                None,
            ])),
            Text,
            "2020-01-31T14:05:09",
        ),
        (
            "ns",
            Arc::new(TimestampNanosecondArray::from(vec![
                Some(DAY * 86_400_000_000_000),
                None,
            ])),
            Text,
            "2020-01-31",
        ),
        (
            "zoned",
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(SECOND * 1_000_000), None]).with_timezone("+02:00"),
            ),
            Text,
            "2020-01-31T14:05:09Z",
        ),
        (
            "time",
            Arc::new(Time32SecondArray::from(vec![Some(3600 + 61), None])),
            Text,
            "01:01:01",
        ),
        (
            "time64",
            Arc::new(Time64MicrosecondArray::from(vec![Some(1_500_000), None])),
            Text,
            "00:00:01.500",
        ),
    ]
}

fn others() -> Vec<Read> {
    use ColumnKind::{Float, Integer, Text};
    let words: DictionaryArray<Int32Type> = vec![Some("x"), None].into_iter().collect();
    let half = cast(&Float32Array::from(vec![Some(0.5), None]), &DataType::Float16).unwrap();
    let decimal = Decimal128Array::from(vec![Some(-12_345), None]);
    let wide = Decimal256Array::from(vec![Some(i256::from_i128(1)), None]);
    let large = u64::MAX;
    vec![
        (
            "span",
            Arc::new(DurationMillisecondArray::from(vec![Some(129_600_000), None])),
            Float,
            "1.5",
        ),
        (
            "price",
            Arc::new(decimal.with_precision_and_scale(10, 2).unwrap()),
            Float,
            "-123.45",
        ),
        (
            "wide",
            Arc::new(wide.with_precision_and_scale(50, 1).unwrap()),
            Float,
            "0.1",
        ),
        ("word", Arc::new(words), Text, "x"),
        (
            "large",
            Arc::new(LargeStringArray::from(vec![Some("a"), None])),
            Text,
            "a",
        ),
        (
            "view",
            Arc::new(StringViewArray::from(vec![Some("b"), None])),
            Text,
            "b",
        ),
        ("half", half, Float, "0.5"),
        (
            "count",
            Arc::new(UInt64Array::from(vec![Some(7), None])),
            Integer,
            "7",
        ),
        (
            "hash",
            Arc::new(UInt64Array::from(vec![Some(large), None])),
            Text,
            "18446744073709551615",
        ),
    ]
}

#[test]
fn dates_are_text_decimals_are_floats_and_large_whole_numbers_are_text() {
    for (source, format) in both(
        columns()
            .into_iter()
            .map(|(name, data, ..)| (name, data))
            .collect(),
    ) {
        let frame = infer(source, format, &Silent).unwrap();
        for (name, _, kind, value) in columns() {
            assert_eq!(frame.column(name).unwrap().kind(), kind, "{format:?} {name}");
            assert_eq!(shown(&frame, name), [value, "-"], "{format:?} {name}");
        }
    }
}

#[test]
fn a_table_to_predict_is_read_as_the_one_learned_from() {
    let table = || {
        both(
            columns()
                .into_iter()
                .map(|(name, data, ..)| (name, data))
                .collect(),
        )
    };
    for ((learned, format), (predicted, _)) in table().into_iter().zip(table()) {
        let learned = infer(learned, format, &Silent).unwrap();
        let schema = schema_of(&learned);
        let options = CsvOptions::default();
        let frame = read_as(predicted, format, &options, &schema, "y", &Silent).unwrap();
        assert_eq!(schema_of(&frame), schema);
        for column in learned.columns() {
            assert_eq!(
                shown(&frame, &column.name),
                shown(&learned, &column.name),
                "{}",
                column.name
            );
        }
    }
    // Of codes that were text, a table may have small ones only.
    let small: ArrayRef = Arc::new(UInt64Array::from(vec![7]));
    for (source, format) in both(vec![("hash", small)]) {
        let schema = [ColumnSchema {
            name: "hash".into(),
            kind: ColumnKind::Text,
        }];
        let frame = read_as(source, format, &CsvOptions::default(), &schema, "y", &Silent).unwrap();
        assert_eq!(shown(&frame, "hash"), ["7"]);
    }
}

#[test]
fn it_is_told_which_columns_are_read_as_another_type() {
    for (source, format) in both(
        columns()
            .into_iter()
            .map(|(name, data, ..)| (name, data))
            .collect(),
    ) {
        let told = Recorder::default();
        infer(source, format, &told).unwrap();
        let told = told.infos.into_inner().unwrap();
        for expected in [
            "day (Date32) as text",
            "price (Decimal128(10, 2)) as float",
            "as float, in days",
        ] {
            assert!(told[0].contains(expected), "{told:?}");
        }
        assert!(
            !told[0].contains("count") && !told[0].contains("word"),
            "{told:?}"
        );
    }
}

#[test]
fn what_no_column_can_hold_is_refused_with_column_and_type() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1)])]);
    let number: ArrayRef = Arc::new(UInt64Array::from(vec![1]));
    let fields = vec![(Arc::new(Field::new("n", DataType::UInt64, true)), number)];
    for (name, data, shown) in [
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"x"[..]])) as ArrayRef,
            "Binary",
        ),
        ("many", Arc::new(list), "List"),
        ("record", Arc::new(StructArray::from(fields)), "Struct"),
    ] {
        for (source, format) in both(vec![(name, data.clone())]) {
            let (code, message) = refused(infer(source, format, &Silent));
            assert_eq!(code, "UNSUPPORTED_TYPE");
            assert!(
                message.contains(&format!("{name:?}")) && message.contains(shown),
                "{message}"
            );
        }
    }
}

#[test]
fn a_moment_beyond_all_years_is_refused_with_its_column() {
    let never: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX]));
    let (source, format) = arrow_file(&RecordBatch::try_from_iter([("never", never)]).unwrap());
    let (code, message) = refused(infer(source, format, &Silent));
    assert_eq!(code, "UNEXPECTED_TYPE");
    assert!(message.contains("\"never\""), "{message}");
}

#[test]
fn moments_of_96_bits_are_read_far_from_now_too() {
    let schema = Arc::new(parse_message_type("message t { required int96 at; }").unwrap());
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = SerializedFileWriter::new(&mut file, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    // Nanoseconds of the day, and its number among the Julian ones.
    let moments = [(0_u64, 2_440_588_u32), (3_600_000_000_000, 5_373_484)].map(|(nanoseconds, day)| {
        let mut moment = Int96::new();
        moment.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, day);
        moment
    });
    column
        .typed::<Int96Type>()
        .write_batch(&moments, None, None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    file.flush().unwrap();
    file.rewind().unwrap();
    let frame = infer(Source::new("t.parquet", file), DataFormat::Parquet, &Silent).unwrap();
    assert_eq!(shown(&frame, "at"), ["1970-01-01", "9999-12-31T01:00:00"]);
}

#[test]
fn a_buffer_that_says_it_is_larger_than_it_can_be_is_refused() {
    const ROWS: usize = 5000;
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let column: ArrayRef = Arc::new((0..ROWS as i64).map(Some).collect::<Int64Array>());
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let options = IpcWriteOptions::default()
            .try_with_compression(Some(codec))
            .unwrap();
        let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        let mut bytes = writer.into_inner().unwrap();
        let source = |bytes: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            file.rewind().unwrap();
            Source::new("t.arrow", file)
        };
        assert!(infer(source(&bytes), DataFormat::Arrow, &Silent).is_ok());
        let stated = (8 * ROWS as i64).to_le_bytes();
        let at = bytes.windows(8).position(|window| window == stated).unwrap();
        bytes[at..at + 8].copy_from_slice(&(1_i64 << 44).to_le_bytes());
        let refused = infer(source(&bytes), DataFormat::Arrow, &Silent).unwrap_err();
        let failure = refused.failure().unwrap();
        assert_eq!(failure.code, "ARROW_INVALID", "{codec:?}");
        assert!(
            failure.message.contains("unpacks to 17592186044416"),
            "{}",
            failure.message
        );
    }
}
