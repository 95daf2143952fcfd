//! Plain tables: columns apart by two blanks, no frames, so that they can be read, cut and searched.

use comfy_table::{CellAlignment, Table, TableStyle};

/// A table with these columns and rows, as text without a last line feed.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    aligned(&head, rows.into_iter().map(Vec::from), |_| CellAlignment::Left)
}

/// The same, with as many columns as it takes; those from `numbers_from` on are aligned to the right.
pub(crate) fn numbers(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    numbers_from: usize,
) -> String {
    aligned(head, rows, |column| {
        if column < numbers_from {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        }
    })
}

/// Names and values in two columns, without a heading.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = plain();
    for (name, value) in pairs {
        table.add_row(vec![name.to_owned(), value]);
    }
    finish(table, |_| CellAlignment::Left)
}

fn aligned(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    alignment: impl Fn(usize) -> CellAlignment,
) -> String {
    let mut table = plain();
    table.set_header(head.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row);
    }
    finish(table, alignment)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table
}

fn finish(mut table: Table, alignment: impl Fn(usize) -> CellAlignment) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(alignment(index));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_plain_and_numbers_stand_to_the_right() {
        let rows = [
            vec!["ridge".to_owned(), "0.5".to_owned()],
            vec!["x".to_owned(), "12.5".to_owned()],
        ];
        assert_eq!(
            numbers(&["model", "r2"], rows, 1),
            "MODEL    R2\nridge   0.5\nx      12.5"
        );
        assert_eq!(
            pairs([("a", "1".to_owned()), ("long", "2".to_owned())]),
            "a     1\nlong  2"
        );
        assert_eq!(table(["a", "b"], []), "A  B");
    }
}
