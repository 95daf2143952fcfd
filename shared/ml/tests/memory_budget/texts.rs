//! CSV and NDJSON, packed or not: their first block tells how large the table is.

use std::io::Write;

use domain::spec::DataFormat;
use flate2::{Compression, write::GzEncoder};

use crate::{ALONE, MIB, is_weighed_ahead, read};

/// Numbers of the same length in every row, so that the first block is like the others.
const ROWS: std::ops::Range<usize> = 100_000..700_000;

fn csv() -> Vec<u8> {
    let row = |i: usize| format!("{i},{}.25,text number {}\n", 100 + i % 797, 10 + i % 89);
    let rows: String = ROWS.map(row).collect();
    format!("i,x,t\n{rows}").into_bytes()
}

fn ndjson() -> Vec<u8> {
    let row = |i: usize| {
        format!(
            "{{\"i\": {i}, \"x\": {}.25, \"t\": \"text number {}\"}}\n",
            100 + i % 797,
            10 + i % 89
        )
    };
    ROWS.map(row).collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn csv_is_weighed_by_its_first_block() {
    is_weighed_ahead(&csv(), DataFormat::Csv, 6 * MIB);
}

#[test]
fn ndjson_is_weighed_by_its_first_block() {
    is_weighed_ahead(&ndjson(), DataFormat::Ndjson, 6 * MIB);
}

#[test]
fn packed_files_are_weighed_by_what_they_unpack_to() {
    for (bytes, format) in [(csv(), DataFormat::Csv), (ndjson(), DataFormat::Ndjson)] {
        is_weighed_ahead(&gzip(&bytes), format, 7 * MIB);
        is_weighed_ahead(&zstd::encode_all(bytes.as_slice(), 3).unwrap(), format, 7 * MIB);
    }
}

#[test]
fn keys_that_most_lines_lack_count_for_every_line() {
    let first: Vec<String> = (0..2000).map(|key| format!("\"k{key}\": 1")).collect();
    let lines = format!("{{{}}}\n{}", first.join(","), "{\"k0\": 2}\n".repeat(20_000));
    let _alone = ALONE.lock().unwrap();
    let (refused, peak) = read(lines.as_bytes(), DataFormat::Ndjson, 66 * MIB);
    assert!(refused.unwrap_err().to_string().contains("MEMORY_BUDGET"));
    assert!(peak < 8 * MIB, "{peak}");
}
