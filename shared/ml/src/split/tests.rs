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

proptest! {
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
