//! What figures are called, and how they are written.

use super::*;
use crate::report::figures;

#[test]
fn an_error_in_percent_is_shown_so_and_on_top_only_where_it_tells() {
    let page = |targets: [f64; 4]| {
        let rows = targets.iter().cycle().take(80).enumerate();
        let rows = rows.map(|(row, y)| format!("{},{y}\n", row % 7));
        let table: String = std::iter::once("x,y\n".to_owned()).chain(rows).collect();
        let graph = chain(&[
            ("load", "dataset", "{}"),
            (
                "train",
                "train_model",
                r#"{"target_column": "y", "problem_type": "regression"}"#,
            ),
        ]);
        report_on(&spec(graph, "ridge_regression", "{}"), &table, 1, &Silent)
    };
    let headline = "</b><span>mean absolute percentage error";
    let row = "mean absolute percentage error</th><td class=\"n\">";
    let figure_of = |page: &str| {
        let (_, rest) = page.split_once(row).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let near = page([9.0, 10.0, 11.0, 12.0]);
    assert!(near.contains(&format!(" %{headline}")));
    assert!(figure_of(&near).ends_with(" %"), "{}", figure_of(&near));
    let zeros = page([0.0, 10.0, 11.0, 12.0]);
    assert!(!zeros.contains(headline));
    assert_eq!(figure_of(&zeros), "> 999 %");
}

#[test]
fn every_figure_is_called_as_people_call_it_the_most_telling_first() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let rows = (0..60).map(|row| format!("{},{}\n", row % 7, ["a", "b", "c"][row % 3]));
    let table: String = std::iter::once("x,y\n".to_owned()).chain(rows).collect();
    let three_classes = report_on(&spec(graph, "gaussian_nb", "{}"), &table, 1, &Silent);
    for (page, told) in [
        (report("logistic_regression"), "area under the ROC curve<"),
        (three_classes, "F1, weighted by class<"),
        (report("ridge_regression"), "root mean squared error<"),
    ] {
        let keys = page.split("<th title=\"").skip(1);
        let places: Vec<usize> = keys
            .map(|key| figures::place(key.split('"').next().unwrap()))
            .collect();
        assert!(places.len() > 6 && places.is_sorted(), "{places:?}");
        let unnamed = figures::place("a figure of a later version");
        assert!(places.iter().all(|place| *place < unnamed), "{places:?}");
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn numbers_are_written_for_people() {
    let shown = [
        0.0,
        0.94213,
        0.031239,
        12.3456,
        1234.5,
        12_345.6,
        9_999_999.0,
        4.0123e9,
        -3.2,
        1e-7,
        2.5e20,
    ]
    .map(figure);
    let expected = [
        "0",
        "0.9421",
        "0.0312",
        "12.35",
        "1234",
        "12,346",
        "9,999,999",
        "4.012e9",
        "−3.200",
        "1.000e−7",
        "2.500e20",
    ];
    assert_eq!(shown, expected);
    assert_eq!(
        [0.0, 999.0, 1_000.0, -1_234_567.0].map(count),
        ["0", "999", "1,000", "−1,234,567"]
    );
    assert_eq!(
        [0.0, 0.0001, 0.05, 0.994, 0.9949, 0.996, 0.9993, 1.0].map(percent),
        [
            "0 %", "< 0.1 %", "5.0 %", "99 %", "99 %", "99.6 %", "> 99.9 %", "100 %"
        ]
    );
    assert_eq!(
        [0.99994, 0.99996, -0.99996, 0.9999996, -0.9999996, 1.0, 1.00004].map(figure),
        [
            "0.9999",
            "0.99996",
            "−0.99996",
            "> 0.9999",
            "< −0.9999",
            "1.000",
            "1.000"
        ]
    );
    assert_eq!(
        (clip("añb", 2), clip("a<b", 9)),
        ("añ…".to_owned(), "a&lt;b".to_owned())
    );
}
