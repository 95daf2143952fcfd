//! Every node says in ONNX what it does, or is listed here.

use std::collections::BTreeSet;

use arrow::array::UInt32Array;

use super::*;
use crate::onnx::testing::said;

/// Cases that cannot be said in ONNX: the node, and where its config is from.
static EXCEPTIONS: &[(&str, &str)] = &[
    ("cast_column_types", "target_dtype=date*"),
    ("cast_column_types", "column_overrides.*=date*"),
    ("cast_column_types", "day_first=*"),
    ("date_features", "*"),
    ("feature_math", "operations[].operation_type=datetime_extract"),
    ("feature_math", "operations[].datetime_features*"),
    ("feature_math", "operations[].day_first=*"),
    ("hash_encoding", "*"),
    ("imputation_methods", "strategies[].method=knn"),
    ("normalize_text_case", "*"),
    ("regex_replace_fix", "*"),
    ("remove_special_characters", "*"),
    ("replace_aliases_typos", "*"),
    ("standardize_date_formats", "*"),
    ("trim_whitespace", "*"),
];

#[test]
fn every_node_says_in_onnx_what_becomes_of_columns_or_is_listed() {
    let mut met: BTreeSet<&(&str, &str)> = BTreeSet::new();
    for case in every_case() {
        let listed = |(key, from): &&(&str, &str)| *key == case.spec.key && is_from(&case.from, from);
        let listed = EXCEPTIONS.iter().find(listed);
        met.extend(listed);
        let fitted = case.fitted();
        let mut table = case.table().take(&UInt32Array::from(Vec::<u32>::new())).unwrap();
        table.remove(TARGET);
        let ctx = predicting();
        let leaving = fitted.apply(table.clone(), &ctx).unwrap();
        match said(&*fitted, table.clone(), &ctx) {
            Ok(names) => {
                assert!(listed.is_none(), "{case} is listed, and can be said");
                let touched = leaving.touched().into_iter();
                let stays = |name: &&str| leaving.column(name).is_some() && !names.contains(*name);
                let unsaid: Vec<&str> = touched.filter(stays).collect();
                assert!(unsaid.is_empty(), "{case} changes {unsaid:?}");
                let gone: Vec<&String> = names
                    .iter()
                    .filter(|name| leaving.column(name).is_none())
                    .collect();
                assert!(gone.is_empty(), "{case} says {gone:?}, which it does not make");
            }
            Err(reason) => {
                assert!(listed.is_some(), "{case}: {reason}");
                assert!(reason.to_string().len() > 15, "{case}: {reason}");
            }
        }
    }
    assert_eq!(
        met.len(),
        EXCEPTIONS.len(),
        "each line of the list is of some case"
    );
}
