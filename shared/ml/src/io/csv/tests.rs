use std::io::Write;

use arrow::array::Array;

use super::*;
use crate::{Silent, frame::texts};

fn source(content: &[u8]) -> Source {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Source::new("t.csv", file)
}

/// Everything that can be seen of a table, or of why there is none.
fn seen(content: &[u8], columns: Columns<'_>, block_bytes: usize, threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let source = source(content);
    let options = CsvOptions::default();
    match pool.install(|| read_blocks(&source, &options, columns, &Silent, block_bytes)) {
        Err(error) => error.to_string(),
        Ok(frame) => frame
            .columns()
            .iter()
            .map(|column| {
                let cells: Vec<_> = texts(&column.data).iter().collect();
                format!("{} {} {:?}\n", column.name, column.data.data_type(), cells)
            })
            .collect(),
    }
}

#[test]
fn types_found_late_are_the_types_found_at_once() {
    for content in [
        "a,b\n1,x\n2,y\n3,1\n,\nn/k,2\n4,z\n",
        "a,b\n,1\n,2\nx,9007199254740993\n5,3\n",
        "a,b\ntrue,1\nfalse,2.5\n1,3\n0,4\n",
        "a,b\n\"1\n\",2\n\"x\r\ny\",3\n\"\"\"\",4\n",
        "a\n\n\n1\n\n02\n",
        "a,b\n1.50,true\n2,\n,false\nx,\n",
    ] {
        let whole = seen(content.as_bytes(), Columns::Inferred, 1 << 20, 1);
        for (block_bytes, threads) in [(1, 1), (1, 3), (3, 2), (7, 2), (16, 2)] {
            let found = seen(content.as_bytes(), Columns::Inferred, block_bytes, threads);
            assert_eq!(found, whole, "{content:?} in blocks of {block_bytes}");
        }
    }
}

#[test]
fn the_first_mistake_of_a_file_is_told_wherever_its_blocks_end() {
    for (content, place) in [
        (&b"a,b\n1,2\n3,4\nx,\xff\n5\n"[..], "t.csv line 4 column 2 (b)"),
        (
            b"a,b\n1,2\n3\n4,\xff\n",
            "t.csv line 3 column 2: the line has 1 field",
        ),
        (b"a,b\n1,\xff,3\n", "t.csv line 2 column 3: the line has 3 fields"),
        (
            b"a,b\n\"1\n\n\",2\n3,4\n5,\"\n6,7",
            "t.csv line 6 column 2: the quote",
        ),
    ] {
        for (block_bytes, threads) in [(1, 1), (1, 2), (5, 2), (1 << 20, 1)] {
            let found = seen(content, Columns::Inferred, block_bytes, threads);
            assert!(
                found.contains(place),
                "{place}: {found} in blocks of {block_bytes}"
            );
        }
    }
}

/// Warnings of a table whose column `a` has these odd cells, by their row, among 2,000 others.
fn warnings(others: &str, odd: &[(usize, &str)]) -> Vec<String> {
    let mut text = String::from("a,b\n");
    for row in 0..2000 {
        let found = odd.iter().find(|(at, _)| *at == row);
        text += &format!("{},word\n", found.map_or(others, |(_, cell)| cell));
    }
    let recorder = crate::testing::Recorder::default();
    let options = CsvOptions::default();
    read_blocks(
        &source(text.as_bytes()),
        &options,
        Columns::Inferred,
        &recorder,
        1000,
    )
    .unwrap();
    recorder.warnings.into_inner().unwrap()
}

#[test]
fn a_column_that_is_text_because_of_very_few_cells_is_told_of_with_the_first() {
    for (others, words) in [("1.5", "numbers"), ("true", "true or false")] {
        assert_eq!(
            warnings(others, &[(7, "n/k"), (1999, "-")]),
            [format!(
                "t.csv: column \"a\" is text, as 2 of its 2000 values are not {words}; the first is \"n/k\" in row 7 \
                 (from 0); if such cells are missing values, name them in null_values"
            )]
        );
        assert!(warnings(others, &[]).is_empty());
    }
    let many: Vec<(usize, &str)> = (0..21).map(|row| (row, "x")).collect();
    assert_eq!(warnings("1", &many[..20]).len(), 1);
    assert!(warnings("1", &many).is_empty());
    // Codes are no numbers.
    assert!(warnings("007", &[(3, "x")]).is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn a_table_is_the_same_however_it_is_cut(
        text in "(a,b\n|a,b\r\n)([01x.\"\u{e9}]{0,3},(1|2.5|true|x|\"\"\"|\"\n\"|NA|09)?\r?\n){0,12}",
        block_bytes in 1_usize..40,
        threads in 1_usize..4,
    ) {
        let whole = seen(text.as_bytes(), Columns::Inferred, 1 << 20, 1);
        let cut = seen(text.as_bytes(), Columns::Inferred, block_bytes, threads);
        proptest::prop_assert_eq!(cut, whole, "{:?}", text);
    }
}

/// Everything that can be seen of the pieces of a table of known columns, or of why they end.
fn seen_in_pieces(content: &[u8], columns: Columns<'_>, block_bytes: usize) -> String {
    let (source, options) = (source(content), CsvOptions::default());
    let mut cells = std::collections::BTreeMap::<String, Vec<Option<String>>>::new();
    let mut read = || {
        let mut next = pieces(&source, &options, columns, block_bytes, &Silent)?;
        while let Some(piece) = next()? {
            for (name, data) in piece {
                let shown = texts(&data).iter().map(|cell| cell.map(String::from));
                cells.entry(name).or_default().extend(shown);
            }
        }
        Ok(())
    };
    read().map_or_else(|error: Error| error.to_string(), |()| format!("{cells:?}"))
}

#[test]
fn known_columns_read_piece_by_piece_are_the_same_wherever_the_pieces_end() {
    let column = |name: &str, kind| crate::io::ColumnSchema {
        name: name.into(),
        kind,
    };
    let schema = [
        column("n", ColumnKind::Integer),
        column("t", ColumnKind::Text),
        column("b", ColumnKind::Boolean),
    ];
    let columns = Columns::Known(&schema, "");
    for (content, expected) in [
        (
            "b,n,t\r\ntrue,1,x\n,2.5,\"a\nb\"\nfalse,,NA\n\nTRUE,007,9\n",
            r#"{"b": [Some("true"), None, Some("false"), Some("true")], "n": [Some("1"), Some("2.5"), None, Some("7")], "t": [Some("x"), Some("a\nb"), None, Some("9")]}"#,
        ),
        ("n,t,b\n", r#"{}"#),
        (
            "n,t,b\n1,\"x\ny\",true\n2,x,true\nx,y,true\n",
            "UNEXPECTED_TYPE t.csv line 5 column 1 (n): \"x\" is not a number",
        ),
        (
            "n,t,b\n1,x,true\n2,x\n",
            "CSV_RAGGED_LINE t.csv line 3 column 3: the line has 2 fields, the header 3",
        ),
        ("n,t\n1,x\n", "COLUMN_NOT_FOUND t.csv has no column \"b\""),
    ] {
        for block_bytes in [1, 7, 1 << 20] {
            let found = seen_in_pieces(content.as_bytes(), columns, block_bytes);
            let code = expected.split(' ').next().unwrap_or_default();
            assert!(
                found == expected
                    || expected
                        .strip_prefix(code)
                        .is_some_and(|told| found.contains(told.trim())),
                "{content:?} in blocks of {block_bytes}: {found}"
            );
        }
    }
}
