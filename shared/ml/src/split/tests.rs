use proptest::prelude::*;

use super::*;
use crate::random;

fn count(splits: &[Split], wanted: Split) -> usize {
    splits.iter().filter(|split| **split == wanted).count()
}

fn code(result: Result<Vec<Split>>) -> String {
    result.unwrap_err().failure().unwrap().code.clone()
}

const SHARES: Shares = Shares {
    test: 0.2,
    validation: 0.1,
};

#[test]
fn rows_keep_their_order_without_randomness() {
    let splits = plain(10, SHARES, None).unwrap();
    assert_eq!(splits[..7], [Split::Train; 7]);
    assert_eq!(splits[7..], [Split::Validation, Split::Test, Split::Test]);
}

#[test]
fn the_same_seed_gives_the_same_split_and_another_seed_another() {
    let split = |seed| plain(100, SHARES, Some(&mut random::stream(seed, &["split"]))).unwrap();
    assert_eq!(split(1), split(1));
    assert_ne!(split(1), split(2));
}

#[test]
fn a_split_that_leaves_nothing_to_train_on_is_refused() {
    let half = Shares {
        test: 0.5,
        validation: 0.5,
    };
    assert_eq!(code(plain(10, half, None)), "SPLIT_IMPOSSIBLE");
    assert_eq!(code(plain(1, SHARES, None)), "SPLIT_IMPOSSIBLE");
    assert_eq!(code(plain(0, SHARES, None)), "SPLIT_IMPOSSIBLE");
}

#[test]
fn strata_that_cannot_be_kept_are_refused() {
    let mut random = random::stream(0, &[]);
    assert_eq!(
        code(stratified(&[0, 0, 0, 1], SHARES, Some(&mut random))),
        "SPLIT_IMPOSSIBLE"
    );
    assert_eq!(
        code(stratified(&[0, 0, 1, 1], SHARES, Some(&mut random))),
        "SPLIT_IMPOSSIBLE"
    );
    assert_eq!(code(stratified(&[0; 10], SHARES, None)), "SPLIT_IMPOSSIBLE");
}

fn held_out(folds: Vec<Fold>) -> Vec<Vec<usize>> {
    folds.into_iter().map(|fold| fold.held_out).collect()
}

#[test]
fn folds_without_a_shuffle_are_scikit_learns() {
    assert_eq!(
        held_out(kfold(7, 3, None).unwrap()),
        [vec![0, 1, 2], vec![3, 4], vec![5, 6]]
    );
    // Of six rows of the first class two go to each fold, of four of the other two, one and one.
    assert_eq!(
        held_out(stratified_kfold(&[1, 1, 0, 0, 1, 1, 0, 1, 0, 1], 3, None).unwrap()),
        [vec![0, 1, 2, 3], vec![4, 5, 6], vec![7, 8, 9]]
    );
    // TimeSeriesSplit(3).split of 10 rows.
    let order: Vec<usize> = (0..10).collect();
    let folds = time_series_split(&order, 3).unwrap();
    assert_eq!(folds[0].training, [0, 1, 2, 3]);
    assert_eq!(folds[2].training, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(held_out(folds), [vec![4, 5], vec![6, 7], vec![8, 9]]);
}

#[test]
fn folds_in_time_follow_the_order_given() {
    let folds = time_series_split(&[3, 0, 2, 1], 3).unwrap();
    assert_eq!(folds[1].training, [0, 3]);
    assert_eq!(held_out(folds), [[0], [2], [1]]);
}

#[test]
fn folds_that_cannot_be_made_are_refused() {
    let code = |folds: Result<Vec<Fold>>| folds.unwrap_err().failure().unwrap().code.clone();
    let mut random = random::stream(0, &[]);
    for folds in [
        kfold(2, 3, None),
        stratified_kfold(&[0, 0, 1, 1], 3, None),
        stratified_kfold(&[], 2, None),
        shuffle_split(1, 2, &mut random),
        time_series_split(&[0, 1], 2),
    ] {
        assert_eq!(code(folds), "SPLIT_IMPOSSIBLE");
    }
}

proptest! {
    #[test]
    fn a_fold_holds_back_some_rows_and_fits_on_others(rows in 12_usize..80, folds in 2_usize..6, seed: u64) {
        let classes: Vec<usize> = (0..rows).map(|row| row % 2 * 3).collect();
        let order: Vec<usize> = (0..rows).rev().collect();
        let mut random = random::stream(seed, &[]);
        let shuffled = [
            kfold(rows, folds, Some(&mut random)).unwrap(),
            stratified_kfold(&classes, folds, Some(&mut random)).unwrap(),
        ];
        for made in &shuffled {
            let mut all: Vec<usize> = made.iter().flat_map(|fold| fold.held_out.clone()).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..rows).collect::<Vec<_>>());
        }
        for fold in &shuffled[1] {
            let threes = fold.held_out.iter().filter(|row| classes[**row] == 3).count() as i64;
            prop_assert!((2 * threes - fold.held_out.len() as i64).abs() <= 2);
        }
        let others = [
            shuffle_split(rows, folds, &mut random).unwrap(),
            time_series_split(&order, folds).unwrap(),
        ];
        for fold in shuffled.iter().chain(&others).flatten() {
            prop_assert!(!fold.training.is_empty() && !fold.held_out.is_empty());
            prop_assert!(fold.training.is_sorted() && fold.held_out.is_sorted());
            prop_assert!(fold.training.iter().all(|row| !fold.held_out.contains(row)));
        }
    }

    #[test]
    fn sizes_are_as_asked_and_every_row_is_in_one_split(rows in 20_usize..300, seed: u64) {
        let splits = plain(rows, SHARES, Some(&mut random::stream(seed, &[]))).unwrap();
        prop_assert_eq!(count(&splits, Split::Test), (0.2 * rows as f64).ceil() as usize);
        prop_assert_eq!(count(&splits, Split::Validation), (0.1 * rows as f64).ceil() as usize);
        prop_assert!(count(&splits, Split::Train) > 0);
    }

    #[test]
    fn every_class_keeps_its_share_in_every_split(counts in prop::collection::vec(20_usize..80, 2..5), seed: u64) {
        let classes: Vec<usize> = counts.iter().enumerate().flat_map(|(c, n)| std::iter::repeat_n(c, *n)).collect();
        let splits = stratified(&classes, SHARES, Some(&mut random::stream(seed, &[]))).unwrap();
        prop_assert_eq!(count(&splits, Split::Test), (0.2 * classes.len() as f64).ceil() as usize);
        for (class, total) in counts.iter().enumerate() {
            let of = |wanted| {
                classes.iter().zip(&splits).filter(|(c, s)| **c == class && **s == wanted).count() as f64
            };
            prop_assert!((of(Split::Test) - 0.2 * *total as f64).abs() <= 2.0);
            prop_assert!((of(Split::Validation) - 0.1 * *total as f64).abs() <= 2.0);
        }
    }
}
