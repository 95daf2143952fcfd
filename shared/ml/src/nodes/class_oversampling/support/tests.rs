use super::{super::tests::points, *};
use crate::{nodes::testing::context, random};

/// The rows of the classes, and the support vectors of each.
fn supports(classes: &[std::ops::Range<usize>]) -> Vec<Vec<usize>> {
    let rows: Vec<Vec<usize>> = classes.iter().map(|rows| rows.clone().collect()).collect();
    let (points, _) = points();
    let support = |class| support(&rows, class, &points, &context()).unwrap();
    (0..rows.len()).map(support).collect()
}

#[test]
fn support_vectors_are_those_of_scikit_learn() {
    assert_eq!(
        supports(&[0..14, 14..22]),
        [
            vec![0, 1, 2, 3, 6, 7, 8, 10, 11, 12, 13],
            (14..22).collect::<Vec<_>>()
        ]
    );
    // Row 4 hardly counts: scikit-learn has it with a `tol` of 1e-5 and less.
    let first = vec![0, 1, 3, 4, 6, 7, 8, 10, 11, 12, 13];
    assert_eq!(
        supports(&[0..14, 14..18, 18..22]),
        [first, (14..18).collect(), (18..22).collect()]
    );
}

#[test]
fn rows_go_inward_and_outward_from_where_imbalanced_learn_does() {
    let (points, rows) = points();
    let minority = Minority {
        label: "b",
        rows: &rows,
        more: 500,
        neighbors: 3,
    };
    let outward = Outward { around: 5, step: 0.5 };
    let mut random = random::stream(1, &[]);
    let made = minority
        .around_support(&rows, &outward, &points, &mut random, &context())
        .unwrap();
    assert_eq!(made.len(), 500);
    let starts = |inward: bool| {
        let of = made.iter().filter(|one| (one.step > 0.0) == inward);
        let mut of: Vec<usize> = of.map(|one| one.from - 14).collect();
        of.sort_unstable();
        of.dedup();
        of
    };
    assert_eq!(
        (starts(true), starts(false)),
        (vec![4, 5, 6, 7], vec![0, 1, 2, 3])
    );
    assert!(made.iter().all(|one| one.step > -0.5 && one.step < 1.0));
    let outward = made.iter().filter(|one| one.step <= 0.0).count();
    assert!((100..400).contains(&outward), "{outward}");
}

#[test]
fn support_vectors_of_one_kind_make_all_rows() {
    let (points, rows) = points();
    let minority = Minority {
        label: "b",
        rows: &rows,
        more: 20,
        neighbors: 3,
    };
    let outward = Outward {
        around: 5,
        step: 0.25,
    };
    let made = |support: &[usize]| {
        let mut random = random::stream(1, &[]);
        let made = minority.around_support(support, &outward, &points, &mut random, &context());
        made.unwrap()
    };
    let (inward, beyond) = (made(&rows[4..]), made(&rows[..4]));
    assert_eq!((inward.len(), beyond.len()), (20, 20));
    assert!(inward.iter().all(|one| (0.0..1.0).contains(&one.step)));
    assert!(beyond.iter().all(|one| one.step <= 0.0 && one.step > -0.25));
}

#[test]
fn a_class_among_others_alone_has_no_border() {
    let (points, rows) = points();
    let minority = Minority {
        label: "b",
        rows: &rows[2..4],
        more: 3,
        neighbors: 1,
    };
    let outward = Outward { around: 1, step: 0.5 };
    // The neighbour of each is not of these two.
    let strangers = minority.strangers(&rows[2..4], 1, &points, &context()).unwrap();
    assert_eq!(strangers, [1, 1]);
    let mut random = random::stream(1, &[]);
    let failed = minority.around_support(&rows[2..4], &outward, &points, &mut random, &context());
    assert_eq!(failed.unwrap_err().failure().unwrap().code, "NO_BORDER");
}

#[test]
fn the_share_of_inward_rows_is_about_a_half() {
    let mut random = random::stream(3, &["beta"]);
    let drawn: Vec<f64> = (0..4000).map(|_| balanced(&mut random)).collect();
    let mean = drawn.iter().sum::<f64>() / 4000.0;
    let variance = drawn.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 4000.0;
    // Beta(10, 10) has the variance 1/84; the bounds are four standard errors.
    assert!((mean - 0.5).abs() < 0.007, "{mean}");
    assert!((variance - 1.0 / 84.0).abs() < 0.001, "{variance}");
}
