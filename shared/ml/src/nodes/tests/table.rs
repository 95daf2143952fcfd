//! The table of the contract: something for every node to do, and the columns that the examples of docs/NODES.md name.

use super::*;
use crate::frame::{boolean_column, float_column, integer_column, numbers, text_column};

/// The target's column.
pub(super) const TARGET: &str = "churned";

const ROWS: usize = 48;

/// A row, and the one after it, that say the same.
const TWINS: usize = 8;

/// A row that misses most of its features.
const SPARSE: usize = 20;

/// A number in [0, 1) that looks like chance and is always the same.
fn chance(row: usize, column: usize) -> f64 {
    let mixed = (row as u64 * 31 + column as u64 + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as f64 / (1_u64 << 24) as f64
}

fn word<'w>(words: &[&'w str], row: usize, column: usize) -> &'w str {
    words[(chance(row, column) * words.len() as f64) as usize]
}

fn missing(row: usize, column: usize) -> bool {
    row == SPARSE || (row % 8 < 7 && row != TWINS && chance(row, column + 100) < 0.1)
}

type Cell<T> = fn(usize) -> T;

/// A table with texts of many kinds, numbers of many kinds, gaps, dates, twins, a row and a column that are nearly
/// empty, a column that is always the same, and a target `churned` of two classes.
pub(super) fn table() -> Frame {
    let texts: &[(&str, Cell<String>)] = &[
        ("city", |at| {
            word(&["Lyon", " Graz ", "BERN", "lyon"], at, 1).into()
        }),
        ("grade", |at| word(&["a", "b", "c"], at, 2).into()),
        ("postcode", |at| {
            format!("{}", 1000 + (chance(at, 3) * 9.0) as u32)
        }),
        ("country", |at| {
            word(&["Germany", "USA", "fr", "Österreich"], at, 4).into()
        }),
        ("note", |at| {
            word(&["paid  on 1/3/2020", "call 0664 12", "ok, (see file)!"], at, 5).into()
        }),
        ("code", |at| {
            format!("{}-{}", word(&["A", "b", "Ç"], at, 6), at % 5)
        }),
        ("newsletter", |at| word(&["yes", "N", "on", "0"], at, 7).into()),
        ("signed_up", |at| {
            let (month, day) = (1 + at % 12, 13 + at % 15);
            word(&["2021-MM-DD", "MM/DD/2021", "2021-MM-DD 17:30"], at, 8)
                .replace("MM", &format!("{month:02}"))
                .replace("DD", &day.to_string())
        }),
        ("price", |at| format!("{:.2}", chance(at, 9) * 90.0)),
    ];
    let floats: &[(&str, Cell<f64>)] = &[
        ("age", |at| match at {
            1 => -4.0,
            2 => 400.0,
            5 => 0.0,
            _ => (20.0 + 60.0 * chance(at, 11)).floor(),
        }),
        ("income", |at| (3.0 + 4.0 * chance(at, 12)).exp()),
        ("fax", |at| chance(at, 13)),
    ];
    // Features without gaps, near each other where the class is the same.
    let whole: &[(&str, Cell<f64>)] = &[
        ("length", |at| {
            chance(at, 14) + if at % 3 == 0 { 0.5 } else { 0.0 }
        }),
        ("width", |at| chance(at, 15) + 0.1),
    ];
    let twin = |at: usize| if at == TWINS + 1 { TWINS } else { at };
    let cells = || (0..ROWS).map(twin);
    let mut columns: Vec<(String, arrow::array::ArrayRef)> = Vec::new();
    for (column, (name, cell)) in texts.iter().enumerate() {
        let values = cells().map(|at| (!missing(at, column)).then(|| cell(at)));
        columns.push(((*name).into(), text_column(values)));
    }
    for (column, (name, cell)) in floats.iter().enumerate() {
        let gap = |at: usize| missing(at, 50 + column) || (*name == "fax" && !at.is_multiple_of(3));
        columns.push((
            (*name).into(),
            float_column(cells().map(|at| (!gap(at)).then(|| cell(at)))),
        ));
    }
    for (name, cell) in whole {
        columns.push(((*name).into(), float_column(cells().map(|at| Some(cell(at))))));
    }
    let mut integers = |name: &str, cell: Cell<i64>| {
        columns.push((name.into(), integer_column(cells().map(|at| Some(cell(at))))));
    };
    integers("customer_id", |at| at as i64);
    integers("rooms", |at| 1 + (chance(at, 16) * 5.0) as i64);
    integers("baths", |at| 1 + (chance(at, 17) * 3.0) as i64);
    integers("visits", |at| (chance(at, 19) * 30.0) as i64);
    integers("complaints", |at| (chance(at, 20) * 4.0) as i64);
    integers("version", |_| 3);
    let member = cells().map(|at| (at % 4 > 0 && !missing(at, 60)).then(|| chance(at, 18) < 0.5));
    columns.push(("member".into(), boolean_column(member)));
    let adult = cells().map(|at| Some(chance(at, 21) < 0.7));
    columns.push(("adult".into(), boolean_column(adult)));
    let churned = cells().map(|at| Some(if at % 3 == 0 { "yes" } else { "no" }));
    columns.push((TARGET.into(), text_column(churned)));
    let mut table = Frame::new(columns).unwrap();
    table.assign((0..ROWS).map(split_of).collect()).unwrap();
    table
}

fn split_of(row: usize) -> Split {
    match row % 8 {
        3 => Split::Test,
        7 => Split::Validation,
        _ => Split::Train,
    }
}

/// The numbers without a gap and the target, for nodes that measure distances.
pub(super) fn numbers_only() -> Frame {
    let mut table = table();
    for name in names(&table) {
        if !["length", "width", "rooms", "baths", TARGET].contains(&name.as_str()) {
            table.remove(&name);
        }
    }
    table
}

/// The table with 0 and 1 for the classes of the target.
pub(super) fn with_numeric_target(mut table: Frame) -> Frame {
    let data = &table.column(TARGET).unwrap().data;
    let classes: Vec<i64> = texts(data)
        .iter()
        .map(|class| i64::from(class.unwrap() == "yes"))
        .collect();
    table
        .set(TARGET, integer_column(classes.into_iter().map(Some)))
        .unwrap();
    table
}

pub(super) fn names(table: &Frame) -> Vec<String> {
    table
        .columns()
        .iter()
        .map(|column| column.name.to_string())
        .collect()
}

/// The table with every cell `change` names replaced: by a text, a number or a boolean, whatever the column holds.
fn replaced(
    clean: &Frame,
    names: &[String],
    change: impl Fn(usize) -> bool,
    (text, number, truth): (Option<&str>, Option<i64>, Option<bool>),
) -> Frame {
    let mut table = clean.clone();
    for name in names {
        let column = clean.column(name).unwrap();
        let rows = 0..clean.height();
        let data = match column.kind() {
            ColumnKind::Text => {
                let values = rows.zip(texts(&column.data).iter());
                let text = || text.map(Into::into);
                text_column(values.map(|(at, value)| if change(at) { text() } else { value }))
            }
            ColumnKind::Boolean => {
                let values = rows.zip(column.data.as_boolean().iter());
                boolean_column(values.map(|(at, value)| if change(at) { truth } else { value }))
            }
            ColumnKind::Integer => {
                let values = numbers(&column.data).unwrap();
                let values = rows.zip(values.iter().map(|value| value.map(|value| value as i64)));
                integer_column(values.map(|(at, value)| if change(at) { number } else { value }))
            }
            ColumnKind::Float => {
                let values = numbers(&column.data).unwrap();
                let values = rows.zip(values.iter());
                let number = number.map(|number| number as f64);
                float_column(values.map(|(at, value)| if change(at) { number } else { value }))
            }
        };
        table.set(name, data).unwrap();
    }
    table
}

/// The table with other values outside of its training rows, in every column.
pub(super) fn poisoned(clean: &Frame) -> Frame {
    let splits = clean.splits().unwrap().to_vec();
    let outside = |at: usize| splits[at] != Split::Train;
    replaced(clean, &names(clean), outside, (Some("poison"), Some(500), None))
}

fn features(table: &Frame) -> Vec<String> {
    let mut names = names(table);
    names.retain(|name| name != TARGET);
    names
}

/// The table without a value in any feature.
pub(super) fn without_values(clean: &Frame) -> Frame {
    replaced(clean, &features(clean), |_| true, (None, None, None))
}

/// The table with texts that occur nowhere else and nothing else, but for the target.
pub(super) fn unseen(clean: &Frame) -> Frame {
    replaced(
        clean,
        &features(clean),
        |_| true,
        (Some("never seen"), None, None),
    )
}
