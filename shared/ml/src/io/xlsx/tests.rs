use std::io::Write;

use zip::write::SimpleFileOptions;

use super::*;
use crate::{Silent, frame::texts};

/// A workbook of one worksheet with these rows in its XML.
fn book(rows: &str) -> Source {
    book_of(rows, "")
}

/// The same, with more worksheets of the same rows.
fn book_of(rows: &str, more: &str) -> Source {
    let workbook = format!(
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/>{more}</sheets></workbook>"#
    );
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    let parts = [
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        ("xl/workbook.xml", workbook.as_str()),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ];
    let file = tempfile::tempfile().unwrap();
    let mut archive = zip::ZipWriter::new(file.try_clone().unwrap());
    for (name, content) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    Source::new("t.xlsx", file)
}

/// A row of texts (`'x`), truths (`true`), errors (`#N/A`) and numbers; empty ones are left out.
fn row(number: usize, cells: &[&str]) -> String {
    let cells = cells.iter().zip('A'..).filter(|(cell, _)| !cell.is_empty());
    let cells = cells.map(|(cell, column)| {
        let at = format!("{column}{number}");
        match cell.strip_prefix('\'') {
            Some(text) => format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#),
            None if *cell == "true" => format!(r#"<c r="{at}" t="b"><v>1</v></c>"#),
            None if cell.starts_with('#') => format!(r#"<c r="{at}" t="e"><v>{cell}</v></c>"#),
            None => format!(r#"<c r="{at}"><v>{cell}</v></c>"#),
        }
    });
    format!(r#"<row r="{number}">{}</row>"#, cells.collect::<String>())
}

fn table(rows: &str) -> Result<Vec<String>> {
    let frame = read(&book(rows), &CsvOptions::default(), Columns::Inferred, &Silent)?;
    let shown = frame.columns().iter().map(|column| {
        let cells = texts(&column.data).iter();
        let cells: Vec<String> = cells
            .map(|cell| cell.unwrap_or("-".into()).into_owned())
            .collect();
        format!("{} {} {}", column.name, column.kind().as_str(), cells.join("|"))
    });
    Ok(shown.collect())
}

#[test]
fn the_worksheet_that_is_read_is_named_and_so_are_those_that_are_not() {
    let rows = row(1, &["'a"]) + &row(2, &["1"]);
    let told = |more: &str| {
        let recorder = crate::testing::Recorder::default();
        let options = CsvOptions::default();
        read(&book_of(&rows, more), &options, Columns::Inferred, &recorder).unwrap();
        let (infos, warnings) = (recorder.infos, recorder.warnings);
        (infos.into_inner().unwrap(), warnings.into_inner().unwrap())
    };
    let (infos, warnings) = told("");
    assert_eq!(infos, ["t.xlsx: the worksheet \"S\" is read"]);
    assert!(warnings.is_empty(), "{warnings:?}");
    let (_, warnings) = told(r#"<sheet name="2021" sheetId="2" r:id="rId1"/>"#);
    assert!(
        warnings[0].starts_with("t.xlsx has 2 worksheets, and only the first, \"S\", is read, but not 2021;"),
        "{warnings:?}"
    );
}

#[test]
fn columns_have_the_types_of_their_cells_and_rows_without_values_are_none() {
    let rows = [
        row(2, &["'n", "'x", "'mixed", "'b"]),
        row(3, &["1", "1.5", "7", "true"]),
        row(4, &["#N/A", "", "'NA", ""]),
        row(6, &["3", "2", "'a", ""]),
    ];
    assert_eq!(
        table(&rows.concat()).unwrap(),
        [
            "n integer 1|3",
            "x float 1.5|2",
            "mixed text 7|a",
            "b boolean true|-"
        ]
    );
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (rows, expected) in [
        (String::new(), "XLSX_EMPTY"),
        (
            row(1, &["'a", "", "'c"]),
            "row 1 column 2: the column has no name",
        ),
        (
            row(1, &["'a", "'a"]),
            "row 1 column 2: \"a\" is the name of column 1 already",
        ),
        (
            [row(1, &["'a"]), row(2, &["1", "2"])].concat(),
            "row 2 column 2: the cell lies beyond",
        ),
    ] {
        let error = table(&rows).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"a,b\n").unwrap();
    let csv = Source::new("t.xlsx", file);
    let error = read(&csv, &CsvOptions::default(), Columns::Inferred, &Silent).unwrap_err();
    assert!(error.to_string().contains("XLSX_INVALID"), "{error}");
}

#[test]
fn a_workbook_that_unpacks_to_far_more_than_its_size_is_refused() {
    let error = table(&" ".repeat(70 << 20)).unwrap_err().to_string();
    assert!(error.contains("PACKED_TOO_WELL"), "{error}");
}

#[test]
fn a_worksheet_is_given_out_in_parts() {
    let rows: String = (3..=9).map(|at| row(at, &[&at.to_string(), "'x"])).collect();
    let source = book(&(row(2, &["'n", "'more"]) + &rows));
    let schema = [crate::io::ColumnSchema {
        name: "n".into(),
        kind: crate::frame::ColumnKind::Integer,
    }];
    let options = CsvOptions::default();
    for size in [1, 3, 100] {
        let format = domain::spec::DataFormat::Xlsx;
        let parts = crate::io::read_parts(&source, format, &options, (&schema, "y"), size, &Silent).unwrap();
        let (mut cells, mut numbers) = (Vec::new(), Vec::new());
        for part in parts.map(Result::unwrap) {
            assert!(part.height() <= size);
            numbers.extend_from_slice(part.rows());
            cells.extend(
                texts(&part.column("n").unwrap().data)
                    .iter()
                    .flatten()
                    .map(String::from),
            );
        }
        assert_eq!(numbers, (0..7).collect::<Vec<u64>>());
        assert_eq!(cells, ["3", "4", "5", "6", "7", "8", "9"]);
    }
}
