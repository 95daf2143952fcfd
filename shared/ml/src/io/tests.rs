use std::io::{Seek, Write};

use domain::spec::{CsvOptions, DataFormat};

use super::*;
use crate::{
    Silent,
    frame::{ColumnKind, texts},
};

mod packed;
mod parquet;
mod types;

fn source(content: &[u8]) -> Source {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    Source::new("t.csv", file)
}

fn read_csv(content: &str) -> Result<Frame> {
    read(
        source(content.as_bytes()),
        DataFormat::Csv,
        &CsvOptions::default(),
        &Silent,
    )
}

fn read_csv_as(content: &str, schema: &[(&str, ColumnKind)]) -> Result<Frame> {
    let schema: Vec<ColumnSchema> = schema
        .iter()
        .map(|(name, kind)| ColumnSchema {
            name: (*name).into(),
            kind: *kind,
        })
        .collect();
    let options = CsvOptions::default();
    read_as(
        source(content.as_bytes()),
        DataFormat::Csv,
        &options,
        &schema,
        "y",
        &Silent,
    )
}

fn shown(frame: &Frame, name: &str) -> Vec<String> {
    let data = &frame.column(name).unwrap().data;
    texts(data)
        .iter()
        .map(|text| text.unwrap_or("-".into()).into_owned())
        .collect()
}

fn refused(result: Result<Frame>) -> (String, String) {
    let error = result.unwrap_err();
    let failure = error.failure().unwrap();
    (failure.code.clone(), failure.message.clone())
}

#[test]
fn types_are_inferred_over_the_whole_column() {
    for (cells, kind, values) in [
        (["1", "2", "-3"], ColumnKind::Integer, ["1", "2", "-3"]),
        (["1", " 2.5", "1e2"], ColumnKind::Float, ["1", "2.5", "100"]),
        (
            ["true", "FALSE", "NA"],
            ColumnKind::Boolean,
            ["true", "false", "-"],
        ),
        (["1", "2", "x"], ColumnKind::Text, ["1", "2", "x"]),
        (["true", "1", "2"], ColumnKind::Text, ["true", "1", "2"]),
        (["1.50", "2.0", "n/k"], ColumnKind::Text, ["1.50", "2.0", "n/k"]),
        (["90210", "02134", "1"], ColumnKind::Text, ["90210", "02134", "1"]),
        (
            ["1", "9007199254740993", "2"],
            ColumnKind::Text,
            ["1", "9007199254740993", "2"],
        ),
        (
            ["0.5", "9007199254740993", "2"],
            ColumnKind::Float,
            ["0.5", "9007199254740992", "2"],
        ),
        (["?", "nan", "3"], ColumnKind::Integer, ["-", "-", "3"]),
        (["NA", "null", "None"], ColumnKind::Float, ["-", "-", "-"]),
        (["inf", "1", "2"], ColumnKind::Text, ["inf", "1", "2"]),
        (["1e999", "1", "2"], ColumnKind::Text, ["1e999", "1", "2"]),
    ] {
        let frame = read_csv(&format!("k,x\n0,{}\n1,{}\n2,{}\n", cells[0], cells[1], cells[2])).unwrap();
        assert_eq!(frame.column("x").unwrap().kind(), kind, "{cells:?}");
        assert_eq!(shown(&frame, "x"), values, "{cells:?}");
    }
}

#[test]
fn line_ends_byte_order_mark_quotes_and_blank_lines_are_understood() {
    let frame = read_csv("\u{feff}\"a\",b\r\n\r\n\"x\ny\",\"1\"\r\n\"q\"\"q\",2\r\n\"z,\",3").unwrap();
    assert_eq!(shown(&frame, "a"), ["x\ny", "q\"q", "z,"]);
    assert_eq!(shown(&frame, "b"), ["1", "2", "3"]);
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_column() {
    for (content, code, place) in [
        ("a,b\n1,2\n3\n", "CSV_RAGGED_LINE", "t.csv line 3 column 2"),
        (
            "a,b\n\"1\n1\",2\n3,4,5\n",
            "CSV_RAGGED_LINE",
            "t.csv line 4 column 3",
        ),
        ("a,b\r\n1,2\r\n3\r\n", "CSV_RAGGED_LINE", "t.csv line 3 column 2"),
        ("a,a\n1,2\n", "CSV_DUPLICATE_HEADER", "t.csv line 1 column 2"),
        ("a,\n1,2\n", "CSV_EMPTY_HEADER", "t.csv line 1 column 2"),
        ("a,b\n1,2\n1,\"x\n", "CSV_UNCLOSED_QUOTE", "t.csv line 3 column 2"),
        ("a,b\n1,\"", "CSV_UNCLOSED_QUOTE", "t.csv line 2 column 2"),
        ("", "CSV_EMPTY", "t.csv"),
        ("\n\n", "CSV_EMPTY", "t.csv"),
    ] {
        let (found, message) = refused(read_csv(content));
        assert_eq!(found, code, "{content:?}");
        assert!(message.contains(place), "{content:?}: {message}");
    }
}

#[test]
fn bad_utf8_is_named_with_its_place() {
    let bytes = b"a,b\n1,x\n2,\xff\n";
    let (code, message) = refused(read(
        source(bytes),
        DataFormat::Csv,
        &CsvOptions::default(),
        &Silent,
    ));
    assert_eq!(code, "CSV_BAD_UTF8");
    assert!(message.contains("line 3 column 2 (b)"), "{message}");
}

#[test]
fn a_table_without_header_gets_numbered_columns_and_other_options_hold() {
    let options = CsvOptions {
        delimiter: b';',
        has_header: false,
        quote: b'\'',
        null_values: vec!["-".into()],
    };
    let content = source(b"1;'a;b'\n-;NA\n");
    let frame = read(content, DataFormat::Csv, &options, &Silent).unwrap();
    assert_eq!(shown(&frame, "column_1"), ["1", "-"]);
    assert_eq!(shown(&frame, "column_2"), ["a;b", "NA"]);
}

#[test]
fn a_table_of_a_header_alone_has_no_rows() {
    let frame = read_csv("a,b\n").unwrap();
    assert_eq!((frame.height(), frame.width()), (0, 2));
}

#[test]
fn a_known_schema_is_read_by_name_and_not_by_inference() {
    let schema = [
        ("b", ColumnKind::Text),
        ("a", ColumnKind::Integer),
        ("y", ColumnKind::Float),
    ];
    let frame = read_csv_as("extra,a,b\nx,1.5,007\ny,2,8\n", &schema).unwrap();
    assert_eq!(
        frame
            .columns()
            .iter()
            .map(|column| &*column.name)
            .collect::<Vec<_>>(),
        ["b", "a"]
    );
    assert_eq!(shown(&frame, "b"), ["007", "8"]);
    assert_eq!(shown(&frame, "a"), ["1.5", "2"]);
}

#[test]
fn what_disagrees_with_the_schema_is_named_with_its_place() {
    let number = [("a", ColumnKind::Float)];
    let (code, message) = refused(read_csv_as("b,a\n1,2\n1,x\n", &number));
    assert_eq!(code, "UNEXPECTED_TYPE");
    assert!(
        message.contains("t.csv line 3 column 2 (a): \"x\" is not a number"),
        "{message}"
    );
    let (code, message) = refused(read_csv_as("b\n1\n", &number));
    assert_eq!(code, "COLUMN_NOT_FOUND");
    assert!(
        message.ends_with("has no column \"a\"; its columns are b"),
        "{message}"
    );
    let wanted = ["age", "city", "height"].map(|name| (name, ColumnKind::Text));
    let (_, message) = refused(read_csv_as("Age,city,heigth,b\n1,x,2,3\n", &wanted));
    assert!(
        message.ends_with(
            "has no columns \"age\" (is it \"Age\"?), \"height\" (is it \"heigth\"?); its columns are Age, city, heigth, b"
        ),
        "{message}"
    );
    assert_eq!(
        refused(read_csv_as("a\n1\n", &[("a", ColumnKind::Boolean)])).0,
        "UNEXPECTED_TYPE"
    );
}

#[test]
fn a_file_of_many_chunks_is_read_whole() {
    let mut content = String::from("i,t\n");
    for i in 0..60_000 {
        content += &format!("{i},\"row {i}\"\n");
    }
    let frame = read_csv(&content).unwrap();
    assert_eq!(frame.height(), 60_000);
    assert_eq!(shown(&frame, "t")[59_999], "row 59999");
    assert_eq!(shown(&frame, "i")[59_999], "59999");
}

proptest::proptest! {
    #[test]
    fn quoted_text_survives(cells in proptest::collection::vec("[a-z\"\n\r, ;é]{1,12}[a-z]", 1..20)) {
        let mut content = String::from("k,t\n");
        for (i, cell) in cells.iter().enumerate() {
            content += &format!("{i},\"{}\"\n", cell.replace('"', "\"\""));
        }
        let frame = read_csv_as(&content, &[("t", ColumnKind::Text)]).unwrap();
        let found = shown(&frame, "t");
        let expected: Vec<String> = cells
            .iter()
            .map(|cell| if cell.trim() == "nan" || cell.trim() == "null" { "-".into() } else { cell.clone() })
            .collect();
        proptest::prop_assert_eq!(found, expected);
    }

    #[test]
    fn numbers_survive(values in proptest::collection::vec(proptest::num::f64::NORMAL, 1..50)) {
        let content: String = std::iter::once("x\n".to_owned()).chain(values.iter().map(|v| format!("{v:?}\n"))).collect();
        let frame = read_csv_as(&content, &[("x", ColumnKind::Float)]).unwrap();
        let found = crate::frame::numbers(&frame.column("x").unwrap().data).unwrap();
        proptest::prop_assert_eq!(found.values().to_vec(), values);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = read(source(&bytes), DataFormat::Csv, &CsvOptions::default(), &Silent);
        let _ = read(source(&bytes), DataFormat::Parquet, &CsvOptions::default(), &Silent);
    }
}
