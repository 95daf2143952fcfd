use super::*;
use crate::random::stream;

#[test]
fn every_class_gives_its_share_to_validation() {
    let codes: Vec<u32> = (0..1000).map(|i| u32::from(i % 10 == 0)).collect();
    let (training, validation) = split(
        (0..1000).collect(),
        Loss::TwoClasses(&codes),
        0.1,
        &mut stream(1, &[]),
    );
    assert_eq!((training.len(), validation.len()), (900, 100));
    let second = validation.iter().filter(|row| codes[**row as usize] == 1).count();
    assert!((9..=11).contains(&second), "{second}");
    assert!(training.is_sorted() && validation.is_sorted());
}

#[test]
fn small_tables_keep_a_row_on_both_sides() {
    let y = [0.0; 3];
    let (training, validation) = split(vec![0, 1, 2], Loss::Squared(&y), 0.1, &mut stream(1, &[]));
    assert_eq!((training.len(), validation.len()), (2, 1));
}

#[test]
fn patience_ends_after_so_many_losses_that_are_not_better() {
    let stops = |losses: &[f64]| {
        Stops {
            patience: 2,
            tol: 0.1,
            losses: losses.to_vec(),
        }
        .exhausted()
    };
    assert!(!stops(&[1.0, 1.0]));
    assert!(stops(&[1.0, 0.95, 0.91]));
    assert!(!stops(&[1.0, 0.95, 0.85]));
}
