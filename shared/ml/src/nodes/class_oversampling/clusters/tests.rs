use super::{super::tests::points, *};
use crate::{
    frame::{Frame, float_column, numbers, text_column},
    nodes::testing::{context, fails, train},
    testing::Recorder,
};

const KEY: &str = "class_oversampling";

#[test]
fn a_class_is_as_sparse_as_imbalanced_learn_says() {
    let (points, rows) = points();
    for (exponent, expected) in [
        (None, 0.219_533_083_157_452_54),
        (Some(2.0), 0.202_863_513_660_577_4),
    ] {
        let found = sparsity(&points, &rows, exponent, &context()).unwrap();
        assert!((found - expected).abs() < 1e-15, "{exponent:?}: {found}");
    }
}

#[test]
fn how_sparse_a_class_is_is_no_longer_asked_once_cancelled() {
    let (points, rows) = points();
    let recorder = Recorder {
        cancel_at: Some(1),
        ..Recorder::default()
    };
    let ctx = Context {
        observer: &recorder,
        ..context()
    };
    let stopped = sparsity(&points, &rows, None, &ctx);
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

#[test]
fn shares_are_as_the_weights_and_add_up() {
    assert_eq!(shares(&[1.0, 3.0], 10), [3, 7]);
    assert_eq!(shares(&[0.2, 0.2, 0.1], 101), [41, 40, 20]);
    assert_eq!(shares(&[0.0, 0.0, 0.0], 4), [2, 1, 1]);
    assert_eq!(shares(&[f64::INFINITY, 1.0], 4), [2, 2]);
    assert_eq!(shares(&[1e-300], 7), [7]);
}

/// Class b in two heaps far apart, one of them half as wide again, and class a in the middle between them.
fn heaps() -> Frame {
    let place = |at: usize| {
        let turn = at as f64 * 2.4;
        let (x, wide) = match at {
            0..10 => (-20.0, 1.0),
            10..20 => (20.0, 1.5),
            _ => (0.0, 2.0),
        };
        [x + wide * turn.cos(), wide * turn.sin()]
    };
    let column = |axis: usize| float_column((0..60).map(|at| Some(place(at)[axis])));
    let class = |at| if at < 20 { "b" } else { "a" };
    Frame::new(vec![
        ("x".into(), column(0)),
        ("y".into(), column(1)),
        ("target".into(), text_column((0..60).map(|at| Some(class(at))))),
    ])
    .unwrap()
}

#[test]
fn rows_stay_within_clusters_and_the_sparser_gets_more() {
    let config = r#"{"method": "kmeans_smote", "n_clusters": 3}"#;
    let out = train(KEY, config, heaps()).unwrap();
    assert_eq!(out.height(), 80);
    let x = numbers(&out.column("x").unwrap().data).unwrap();
    let made = &x.values()[60..];
    assert!(made.iter().all(|x| x.abs() > 15.0), "{made:?}");
    let wide = made.iter().filter(|x| **x > 0.0).count();
    // 1.5^2.79 to 1, for 0.16 · (log₁.₆ 10)^1.8 is 2.79.
    assert_eq!(wide, 15);
    let even = r#"{"method": "kmeans_smote", "n_clusters": 3, "density_exponent": 0}"#;
    let x = numbers(&train(KEY, even, heaps()).unwrap().column("x").unwrap().data).unwrap();
    assert_eq!(x.values()[60..].iter().filter(|x| **x > 0.0).count(), 10);
}

#[test]
fn a_class_that_is_at_home_nowhere_is_refused() {
    let config = |more: &str| format!(r#"{{"method": "kmeans_smote", "n_clusters": 1{more}}}"#);
    // 20 rows of 60 are a third of the one cluster.
    assert_eq!(fails(KEY, &config(""), heaps()), "NO_CLUSTER");
    let lower = config(r#", "cluster_balance_threshold": 0.3"#);
    assert_eq!(train(KEY, &lower, heaps()).unwrap().height(), 80);
    let higher = config(r#", "cluster_balance_threshold": 0.34"#);
    assert_eq!(fails(KEY, &higher, heaps()), "NO_CLUSTER");
    // Ten rows in each heap have nine neighbours.
    let near = r#"{"method": "kmeans_smote", "n_clusters": 3, "k_neighbors": 10}"#;
    assert_eq!(fails(KEY, near, heaps()), "NO_CLUSTER");
}
