use std::{
    io::{Read, Write},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, Float64Array, RecordBatch, StringArray},
    ipc::writer::{FileWriter, StreamWriter},
};
use flate2::{Compression, write::GzEncoder};

use super::*;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn read_packed(content: &[u8], format: DataFormat) -> Result<Frame> {
    read(source(content), format, &CsvOptions::default(), &Silent)
}

#[test]
fn packed_tables_are_read_as_if_they_were_not() {
    let csv = b"a,b\n1,x\n2,y\n";
    let json = b"{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2, \"b\": \"y\"}\n";
    for (content, format) in [(&csv[..], DataFormat::Csv), (json, DataFormat::Ndjson)] {
        for packed in [gzip(content), zstd::encode_all(content, 1).unwrap()] {
            let frame = read_packed(&packed, format).unwrap();
            assert_eq!(
                (shown(&frame, "a"), shown(&frame, "b")),
                (vec!["1".into(), "2".into()], vec!["x".into(), "y".into()])
            );
        }
    }
}

#[test]
fn a_packed_file_that_is_cut_or_unpacks_to_too_much_is_refused() {
    let rows = "1,x\n".repeat(50_000);
    for packed in [
        gzip(rows.as_bytes()),
        zstd::encode_all(rows.as_bytes(), 1).unwrap(),
    ] {
        let cut = &packed[..packed.len() / 2];
        assert_eq!(refused(read_packed(cut, DataFormat::Csv)).0, "PACKED_INVALID");
    }
    let bomb = zstd::encode_all(std::io::repeat(b'\n').take(128 << 20), 1).unwrap();
    assert_eq!(refused(read_packed(&bomb, DataFormat::Csv)).0, "PACKED_TOO_WELL");
}

#[test]
fn arrow_files_and_streams_are_read_and_damaged_ones_refused() {
    let a: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.5), None]));
    let b: ArrayRef = Arc::new(StringArray::from(vec!["x", "y"]));
    let batch = RecordBatch::try_from_iter([("a", a), ("b", b)]).unwrap();
    let (mut file, mut stream) = (Vec::new(), Vec::new());
    let mut writer = FileWriter::try_new(&mut file, &batch.schema()).unwrap();
    (0..2).for_each(|_| writer.write(&batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    let mut writer = StreamWriter::try_new(&mut stream, &batch.schema()).unwrap();
    (0..2).for_each(|_| writer.write(&batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    for bytes in [&file, &stream] {
        let frame = read_packed(bytes, DataFormat::Arrow).unwrap();
        assert_eq!(shown(&frame, "a"), ["1.5", "-", "1.5", "-"]);
        assert_eq!(shown(&frame, "b"), ["x", "y", "x", "y"]);
    }
    assert_eq!(
        refused(read_packed(&file[..file.len() - 9], DataFormat::Arrow)).0,
        "ARROW_INVALID"
    );
    assert_eq!(
        refused(read_packed(b"a,b\n1,2\n", DataFormat::Arrow)).0,
        "ARROW_INVALID"
    );
}

#[test]
fn a_table_beyond_the_memory_budget_fails_with_estimate_and_budget() {
    let rows = format!("a,b\n{}", "1.5,2.5\n".repeat(400_000));
    for (budget, fits) in [(64 << 20, true), (4 << 20, false)] {
        let mut source = source(rows.as_bytes());
        source.memory_budget = Some(budget);
        let read = read(source, DataFormat::Csv, &CsvOptions::default(), &Silent);
        assert_eq!(read.is_ok(), fits);
        if !fits {
            let (code, message) = refused(read);
            assert_eq!(code, "MEMORY_BUDGET");
            assert!(
                message.contains("about 13 MiB") && message.contains("may use 4 MiB"),
                "{message}"
            );
        }
    }
}
