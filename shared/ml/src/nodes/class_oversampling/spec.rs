//! The parameters.

use domain::catalog::{self, ParamKind, ParamSpec};

use super::super::resampling::sampling_strategy;

const METHODS: [&str; 7] = [
    "random",
    "smote",
    "adasyn",
    "borderline_smote",
    "smote_tomek",
    "kmeans_smote",
    "svm_smote",
];

pub(super) fn parameters() -> Vec<ParamSpec> {
    let mut all = vec![
        catalog::choice(
            "method",
            "random",
            &METHODS,
            "How rows are made: copies of rows (random), points between a row and a neighbour of its class (smote), the more of them the more neighbours of other classes a row has (adasyn), only from rows at the border (borderline_smote), smote and then taking out pairs of rows that are closest to each other but of different classes (smote_tomek), smote within clusters in which the class is at home, the more the sparser it is there (kmeans_smote), or from the support vectors of the class, between its rows where other classes press in and beyond them where they do not (svm_smote). All but random need numbers without gaps; kmeans_smote and svm_smote need them on like scales. Each row of the class is compared with all others, so that the time grows with the square of their number; a search of more than 2·10¹³ values is refused.",
        ),
        sampling_strategy(
            &["auto", "minority", "not minority", "not majority", "all"],
            "The classes that are brought to the size of the largest (auto: all others), or, for two classes, the rows of the smaller as a share of those of the larger, or how many rows each class is to have. More rows than the memory for training has room for are refused, and more than 1000 for each training row where that is not limited.",
        ),
        catalog::integer(
            "k_neighbors",
            5,
            1,
            1000,
            "Among how many neighbours of its class the partner of a row is chosen; of its class and cluster with kmeans_smote, where fewer suit.",
        )
        .used_if("method", METHODS[1..].iter().copied()),
        catalog::integer(
            "m_neighbors",
            10,
            1,
            1000,
            "How many neighbours of any class borderline_smote and svm_smote look at to find where other classes are.",
        )
        .used_if("method", ["borderline_smote", "svm_smote"]),
    ];
    all.extend(of_some_methods());
    all.push(catalog::integer(
        "random_state",
        42,
        0,
        i64::from(u32::MAX),
        "The seed of the rows that are added.",
    ));
    all
}

fn of_some_methods() -> [ParamSpec; 4] {
    [
        catalog::number(
            "out_step",
            0.5,
            0.0,
            1.0,
            "How far beyond a support vector svm_smote goes at most, as a share of the way to its neighbour.",
        )
        .used_if("method", ["svm_smote"]),
        catalog::integer(
            "n_clusters",
            8,
            1,
            1000,
            "How many clusters kmeans_smote looks for in the training rows.",
        )
        .used_if("method", ["kmeans_smote"]),
        auto_or(
            "cluster_balance_threshold",
            1.0,
            "The share of a cluster's rows that a class needs for kmeans_smote to add rows there; auto is half of its share of all rows to add, so one half where a single class is added to.",
        )
        .used_if("method", ["kmeans_smote"]),
        auto_or(
            "density_exponent",
            100.0,
            "How much more kmeans_smote adds where rows lie farther apart: the power of their mean distance; auto follows from the number of rows.",
        )
        .used_if("method", ["kmeans_smote"]),
    ]
}

/// A number from 0 to `max`, or the word auto, which it is by default.
fn auto_or(name: &str, max: f64, doc: &str) -> ParamSpec {
    let kinds = vec![
        ParamKind::Choice(vec!["auto".into()]),
        ParamKind::Number {
            min: 0.0,
            max,
            above_min: false,
            below_max: false,
        },
    ];
    ParamSpec::new(name, ParamKind::OneOf(kinds), "auto", doc)
}
