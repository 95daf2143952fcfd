use ndarray::{Array2, ShapeBuilder, s};

use super::*;

#[test]
fn a_columns_mean_and_deviation_are_told_in_one_pass_whatever_its_first_value() {
    for (first, by) in [(0.0, 1.0), (1e9, 1.0), (-3.0, 1e-200), (5.0, 1e200)] {
        let wave = (0..1000).map(|i| (f64::from(i) * 0.7).sin() + 2.0);
        let column: Vec<f64> = std::iter::once(first).chain(wave).map(|x| x * by).collect();
        let n = column.len() as f64;
        let mean = column.iter().map(|x| x / n).sum::<f64>();
        let squares = column.iter().map(|x| ((x - mean) / by).powi(2) / n).sum::<f64>();
        let (shift, scale) = shift_and_scale(&column, true);
        assert!((shift / mean - 1.0).abs() < 1e-10, "{shift} {mean}");
        assert!(
            (scale / (squares.sqrt() * by) - 1.0).abs() < 1e-9,
            "{first} {by} {scale}"
        );
    }
}

#[test]
fn columns_of_some_rows_of_a_larger_table_stay_where_they_are() {
    let x = Array2::from_shape_fn((700, 3).f(), |(i, j)| ((i + 31 * j) as f64 * 0.7).sin());
    let ctx = FitContext {
        observer: &crate::Silent,
        threads: 1,
        fold: None,
        memory: None,
    };
    let all = Standardized::of(x.slice(s![..600, ..]), true, &ctx).unwrap();
    assert!(all.raw.is_some());
    for block in 0..all.blocks() {
        for (i, row) in all.range(block).enumerate() {
            assert_eq!(all.column(block, 2)[i], x[[row, 2]]);
        }
    }
    let by_row = x.as_standard_layout();
    assert!(Standardized::of(by_row.view(), true, &ctx).unwrap().raw.is_none());
}

#[test]
fn a_column_with_a_value_that_is_no_number_or_infinite_has_no_scale() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for at in [0, 5, 20] {
            let mut column = vec![1.0; 21];
            column[at] = value;
            assert!(shift_and_scale(&column, true).1.is_nan());
            assert!(shift_and_scale(&column, false).1.is_nan());
        }
    }
    assert!(shift_and_scale(&[1e308, 1.5e308, -1e308], true).1.is_finite());
}
