//! Folds against those of scikit-learn 1.9: as many rows, and as many of each class, in order and shuffled.

use super::*;
use crate::random;

fn held_out(folds: &[Fold]) -> Vec<usize> {
    folds.iter().map(|fold| fold.held_out.len()).collect()
}

#[test]
fn folds_are_as_large_as_those_of_kfold() {
    for (rows, folds, expected) in [
        (10, 3, vec![4, 3, 3]),
        (101, 5, vec![21, 20, 20, 20, 20]),
        (7, 7, vec![1; 7]),
        (23, 4, vec![6, 6, 6, 5]),
        (1000, 7, vec![143, 143, 143, 143, 143, 143, 142]),
    ] {
        let mut random = random::stream(3, &["folds"]);
        for made in [
            kfold(rows, folds, None).unwrap(),
            kfold(rows, folds, Some(&mut random)).unwrap(),
        ] {
            assert_eq!(held_out(&made), expected, "{rows} rows");
            assert!(
                made.iter()
                    .all(|fold| fold.training.len() + fold.held_out.len() == rows)
            );
        }
    }
}

/// The classes of so many rows by a rule.
fn classes(rows: usize, class: impl Fn(usize) -> usize) -> Vec<usize> {
    (0..rows).map(class).collect()
}

fn assert_stratified(name: &str, classes: &[usize], expected: &[&[&[usize]]]) {
    for expected in expected {
        let mut random = random::stream(3, &["folds"]);
        for made in [
            stratified_kfold(classes, expected.len(), None).unwrap(),
            stratified_kfold(classes, expected.len(), Some(&mut random)).unwrap(),
        ] {
            let count = |fold: &Fold, class| fold.held_out.iter().filter(|at| classes[**at] == class).count();
            for (fold, expected) in made.iter().zip(*expected) {
                let found: Vec<usize> = (0..expected.len()).map(|class| count(fold, class)).collect();
                assert_eq!(&found, expected, "{name}");
                assert_eq!(fold.training.len() + fold.held_out.len(), classes.len());
            }
        }
    }
}

#[test]
fn classes_are_dealt_out_as_stratified_kfold_deals_them() {
    assert_stratified(
        "a third",
        &classes(30, |at| usize::from(at.is_multiple_of(3))),
        &[
            &[&[10, 5], &[10, 5]],
            &[&[6, 4], &[7, 3], &[7, 3]],
            &[&[4, 2], &[4, 2], &[4, 2], &[4, 2], &[4, 2]],
        ],
    );
    assert_stratified(
        "a tenth",
        &classes(53, |at| usize::from(at.is_multiple_of(10))),
        &[
            &[&[24, 3], &[23, 3]],
            &[&[16, 2], &[16, 2], &[15, 2]],
            &[&[9, 2], &[10, 1], &[10, 1], &[9, 1], &[9, 1]],
        ],
    );
    assert_stratified(
        "four classes",
        &classes(97, |at| [3, 0, 2, 1, 2, 0, 2][at * 3 % 7]),
        &[
            &[&[14, 7, 21, 7], &[14, 7, 20, 7]],
            &[&[10, 5, 13, 5], &[9, 4, 14, 5], &[9, 5, 14, 4]],
            &[
                &[6, 3, 8, 3],
                &[6, 3, 8, 3],
                &[5, 3, 8, 3],
                &[5, 2, 9, 3],
                &[6, 3, 8, 2],
            ],
        ],
    );
    assert_stratified(
        "in order",
        &classes(44, |at| usize::from(at >= 9) + usize::from(at >= 30)),
        &[
            &[&[5, 10, 7], &[4, 11, 7]],
            &[&[3, 7, 5], &[3, 7, 5], &[3, 7, 4]],
            &[&[2, 4, 3], &[2, 4, 3], &[2, 4, 3], &[2, 4, 3], &[1, 5, 2]],
        ],
    );
    assert_stratified(
        "as many rows of a class as folds",
        &classes(41, |at| usize::from(at >= 36)),
        &[
            &[&[18, 3], &[18, 2]],
            &[&[12, 2], &[12, 2], &[12, 1]],
            &[&[8, 1], &[7, 1], &[7, 1], &[7, 1], &[7, 1]],
        ],
    );
}

#[test]
fn in_order_the_rows_are_those_of_stratified_kfold() {
    let rows = |ranges: &[std::ops::Range<usize>]| ranges.iter().cloned().flatten().collect::<Vec<usize>>();
    let made = stratified_kfold(&classes(41, |at| usize::from(at >= 36)), 3, None).unwrap();
    let held_out: Vec<&Vec<usize>> = made.iter().map(|fold| &fold.held_out).collect();
    assert_eq!(
        held_out,
        [
            &rows(&[0..12, 36..38]),
            &rows(&[12..24, 38..40]),
            &rows(&[24..36, 40..41])
        ]
    );
}

#[test]
fn shuffled_shares_and_runs_in_time_are_as_large_as_scikit_learns() {
    let sizes = |folds: Vec<Fold>| -> Vec<(usize, usize)> {
        let sizes = folds
            .iter()
            .map(|fold| (fold.training.len(), fold.held_out.len()));
        sizes.collect()
    };
    for (rows, expected) in [(10, (8, 2)), (101, (80, 21)), (23, (18, 5))] {
        let mut random = random::stream(3, &["folds"]);
        assert_eq!(sizes(shuffle_split(rows, 2, &mut random).unwrap()), [expected; 2]);
    }
    for (rows, expected) in [
        (10, vec![(4, 2), (6, 2), (8, 2)]),
        (101, vec![(21, 16), (37, 16), (53, 16), (69, 16), (85, 16)]),
        (23, vec![(7, 4), (11, 4), (15, 4), (19, 4)]),
    ] {
        let order: Vec<usize> = (0..rows).collect();
        assert_eq!(
            sizes(time_series_split(&order, expected.len()).unwrap()),
            expected
        );
    }
}
