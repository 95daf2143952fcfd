use std::io::Write;

use super::*;
use crate::{
    Silent,
    frame::{ColumnKind, texts},
    io::ColumnSchema,
};

fn source(content: &[u8]) -> Source {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Source::new("t.ndjson", file)
}

fn table(content: &str, columns: Columns<'_>) -> Result<Vec<String>> {
    let frame = read(&source(content.as_bytes()), columns, &Silent)?;
    let shown = frame.columns().iter().map(|column| {
        let cells = texts(&column.data).iter();
        let cells: Vec<String> = cells
            .map(|cell| cell.unwrap_or("-".into()).into_owned())
            .collect();
        format!("{} {} {}", column.name, column.kind().as_str(), cells.join("|"))
    });
    Ok(shown.collect())
}

fn refused(content: &[u8]) -> String {
    read(&source(content), Columns::Inferred, &Silent)
        .unwrap_err()
        .to_string()
}

#[test]
fn every_key_is_a_column_with_the_type_of_its_values() {
    let content = concat!(
        "{\"n\": 1, \"x\": 1.5, \"t\": \"a\\n\", \"b\": true}\n\n",
        "{\"x\": 2, \"n\": -3, \"t\": null, \"late\": \"z\"}\r\n",
        "{\"b\": false, \"n\": 4}",
    );
    assert_eq!(
        table(content, Columns::Inferred).unwrap(),
        [
            "n integer 1|-3|4",
            "x float 1.5|2|-",
            "t text a\n|-|-",
            "b boolean true|-|false",
            "late text -|z|-"
        ]
    );
}

#[test]
fn whole_numbers_too_large_for_doubles_are_text() {
    let content = "{\"id\": 9007199254740993, \"k\": 1}\n{\"id\": 2, \"k\": 2}\n{\"id\": null, \"k\": 3}";
    assert_eq!(
        table(content, Columns::Inferred).unwrap(),
        ["id text 9007199254740993|2|-", "k integer 1|2|3"]
    );
}

#[test]
fn what_is_wrong_is_named_with_line_and_key() {
    for (content, expected) in [
        (
            &b"{\"a\": 1}\n{\"a\": \"x\"}"[..],
            "t.ndjson line 2 column \"a\": \"x\" is not a number (UNEXPECTED_TYPE)",
        ),
        (
            b"{\"a\": 1}\n\n{\"a\": [1]}",
            "t.ndjson line 3 column \"a\": lists and objects",
        ),
        (
            b"{\"a\": 1, \"a\": 2}",
            "t.ndjson line 1 column \"a\": the key is there twice",
        ),
        (
            b"{\"a\": 1}\n{\"a\": }",
            "t.ndjson line 2 character 7: expected value (NDJSON_INVALID)",
        ),
        (
            b"[1]",
            "line 1 character 0: invalid type: sequence, expected an object",
        ),
        (b"{\"a\": 1} x", "trailing characters"),
        (
            b"{\"a\": \"\xff\"}",
            "line 1: the text is not UTF-8 (NDJSON_BAD_UTF8)",
        ),
        (b"{\"a\"", "NDJSON_INVALID"),
        (b"\n \n", "t.ndjson is empty (NDJSON_EMPTY)"),
    ] {
        let found = refused(content);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn a_known_schema_is_read_by_name() {
    let schema = [
        ("b", ColumnKind::Text),
        ("a", ColumnKind::Float),
        ("y", ColumnKind::Integer),
    ];
    let schema: Vec<ColumnSchema> = schema
        .iter()
        .map(|(name, kind)| ColumnSchema {
            name: (*name).into(),
            kind: *kind,
        })
        .collect();
    let known = Columns::Known(&schema, "y");
    let found = table("{\"a\": 1, \"b\": \"x\", \"more\": []}\n{\"b\": \"y\"}", known);
    assert_eq!(found.unwrap(), ["b text x|y", "a float 1|-"]);
    let error = table("{\"a\": 1}", known).unwrap_err().to_string();
    assert!(
        error.contains("COLUMN_NOT_FOUND") && error.contains("\"b\""),
        "{error}"
    );
    let error = table("{\"a\": true, \"b\": \"x\"}", known)
        .unwrap_err()
        .to_string();
    assert!(error.contains("true is not a number"), "{error}");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(text in "[{}\\[\\]\":,a1.\n \\\\u-]{0,60}") {
        let _ = read(&source(text.as_bytes()), Columns::Inferred, &Silent);
    }
}

#[test]
fn known_columns_are_read_chunk_by_chunk_and_what_is_missing_is_told_at_the_end() {
    let column = |name: &str, kind| ColumnSchema {
        name: name.into(),
        kind,
    };
    let schema = [
        column("n", ColumnKind::Integer),
        column("late", ColumnKind::Text),
        column("y", ColumnKind::Integer),
    ];
    let rows = 3 * CHUNK / 20;
    let line = |at: usize| format!("{{\"n\": {at}, \"other\": 1}}\n");
    let lines: String = (0..rows).map(line).collect();
    let read = |content: &str, observer: &dyn Observer| {
        let source = source(content.as_bytes());
        let mut next = pieces(&source, Columns::Known(&schema, "y"), observer)?;
        let (mut found, mut late, mut count) = (Vec::new(), 0, 0);
        while let Some(piece) = next()? {
            assert_eq!(piece.len(), 2, "the target is not there");
            found.extend(texts(&piece[0].1).iter().flatten().map(String::from));
            late += texts(&piece[1].1).iter().flatten().count();
            count += 1;
        }
        Ok((found, late, count))
    };
    let recorder = crate::testing::Recorder::default();
    let whole = format!("{lines}{{\"n\": {rows}, \"late\": \"x\"}}");
    let (found, late, count) = read(&whole, &recorder).unwrap();
    assert!(found.into_iter().eq((0..=rows).map(|at| at.to_string())));
    assert!(late == 1 && count > 2, "{late} {count}");
    assert_eq!(
        recorder.infos.into_inner().unwrap(),
        ["t.ndjson: passed over a column that is not needed: other"]
    );
    let error: Error = read(&lines, &Silent).unwrap_err();
    assert_eq!(error.failure().unwrap().code, "COLUMN_NOT_FOUND");
    assert_eq!(
        error.failure().unwrap().message,
        "t.ndjson has no column \"late\"; its columns are n, other"
    );
    let error = read("\n\n", &Silent).unwrap_err();
    assert_eq!(error.failure().unwrap().code, "NDJSON_EMPTY");
}
