//! XLSX: the cells there are tell how large the table is, not the range that the worksheet declares.

use std::io::{Cursor, Write};

use domain::spec::DataFormat;
use zip::write::SimpleFileOptions;

use crate::{ALONE, MIB, is_weighed_ahead, read};

/// A workbook whose worksheet has this XML and shares these texts.
fn book(sheet: &str, shared: &[String]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let texts: String = shared
        .iter()
        .map(|text| format!("<si><t>{text}</t></si>"))
        .collect();
    let parts = [
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.into(),
        ),
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!(r#"<sst xmlns="{MAIN}">{texts}</sst>"#),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/>{sheet}</worksheet>"#),
        ),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Rows of a number and of the shared text of that number, modulo how many there are.
fn rows(count: usize, shared: usize) -> String {
    let row = |i: usize| {
        let at = i + 2;
        let text = i % shared;
        format!(r#"<row r="{at}"><c r="A{at}"><v>{i}.5</v></c><c r="B{at}" t="s"><v>{text}</v></c></row>"#)
    };
    let names = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c><c r="B1" t="inlineStr"><is><t>t</t></is></c></row>"#;
    format!(
        "<sheetData>{names}{}</sheetData>",
        (0..count).map(row).collect::<String>()
    )
}

#[test]
fn a_worksheet_is_weighed_by_its_cells() {
    let shared: Vec<String> = (0..40).map(|i| format!("{i:02}").repeat(60)).collect();
    is_weighed_ahead(&book(&rows(40_000, 40), &shared), DataFormat::Xlsx, MIB);
}

#[test]
fn a_worksheet_that_declares_every_cell_and_has_few_is_small() {
    let _alone = ALONE.lock().unwrap();
    let (frame, _) = read(&book(&rows(5, 1), &["a".into()]), DataFormat::Xlsx, MIB);
    assert_eq!(frame.unwrap().height(), 5);
}

#[test]
fn texts_that_cells_share_are_weighed_before_they_are_unpacked() {
    let shared: Vec<String> = (0..40_000).map(|i| format!("{i:07}").repeat(30)).collect();
    let workbook = book(&rows(5, 1), &shared);
    let _alone = ALONE.lock().unwrap();
    let (refused, peak) = read(&workbook, DataFormat::Xlsx, 8 * MIB);
    assert!(refused.unwrap_err().to_string().contains("MEMORY_BUDGET"));
    assert!(peak < MIB, "{peak}");
    read(&workbook, DataFormat::Xlsx, 16 * MIB).0.unwrap();
}
