//! Each node with configs that do different things to columns.

/// Who decides what becomes of columns.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum By {
    /// The config alone, so that all of it is told.
    Config,
    /// The table has its say, so that not all of it is.
    Table,
}
pub(super) use By::{Config, Table};

/// Each node with configs; of each, who decides.
#[rustfmt::skip]
pub(super) const CASES: &[(&str, &[(By, &str)])] = &[
    ("binning_discretization", &[
        (Table, r#"{}"#),
        (Config, r#"{"columns": ["n", "m", "n"], "output_suffix": "_bin"}"#),
        (Config, r#"{"columns": ["m"], "strategy": "equal_frequency", "drop_original": true}"#),
        (Config, r#"{"columns": ["m"], "drop_original": true, "output_suffix": ""}"#),
        (Config, r#"{"columns": ["n"], "strategy": "kbins"}"#),
        (Table, r#"{"columns": ["n"], "strategy": "kbins", "kbins_encode": "onehot", "missing_strategy": "label", "drop_original": true}"#),
        (Config, r#"{"strategy": "custom", "custom_bins": {"m": [0, 5, 99], "n": [0, 9]}}"#),
        (Config, r#"{"strategy": "custom", "custom_bins": {"m": [0, 5, 99]}, "drop_original": true}"#),
        (Config, r#"{"strategy": "custom", "columns": ["m"], "custom_bins": {"m": [0, 5, 99], "n": [0, 9]}, "drop_original": true}"#),
    ]),
    ("cast_column_types", &[
        (Config, r#"{"columns": ["n"], "target_dtype": "string"}"#),
        (Config, r#"{"column_overrides": {"n": "category", "b": "float64"}}"#),
        (Config, r#"{}"#),
    ]),
    ("class_oversampling", &[(Config, r#"{}"#)]),
    ("class_undersampling", &[(Config, r#"{}"#)]),
    ("dataset", &[(Config, r#"{}"#)]),
    ("date_features", &[
        (Table, r#"{}"#),
        (Config, r#"{"columns": ["t"]}"#),
        (Config, r#"{"columns": ["t"], "parts": ["year", "is_weekend", "year"], "drop_original": false}"#),
    ]),
    ("drop_columns", &[(Config, r#"{"columns": ["a", "n", "a"]}"#)]),
    ("drop_missing_columns", &[
        (Table, r#"{}"#),
        (Table, r#"{"columns": ["n", "e"], "missing_threshold": 0}"#),
    ]),
    ("drop_missing_rows", &[(Config, r#"{}"#), (Config, r#"{"drop_if_any_missing": false}"#)]),
    ("dummy_encoding", &[
        (Table, r#"{"columns": ["a"]}"#),
        (Table, r#"{"include_missing": true, "prefix_separator": "=", "drop_original": false}"#),
    ]),
    ("feature_math", &[
        (Config, r#"{"operations": [{"input_columns": ["n", "m"]}, {"input_columns": ["n", "m"], "output_column": "sum"}]}"#),
        (Config, r#"{"operations": [{"method": "divide", "input_columns": ["n", "m", "m"]}, {"input_columns": ["m"], "constants": [2]}]}"#),
        (Config, r#"{"operations": [{"operation_type": "ratio", "input_columns": ["n"], "secondary_columns": ["m", "n"]}]}"#),
        (Config, r#"{"operations": [{"operation_type": "stat", "input_columns": ["n", "m"]}, {"operation_type": "stat", "method": "std", "input_columns": ["n", "m"]}]}"#),
        (Config, r#"{"operations": [{"operation_type": "similarity", "input_columns": ["a"], "secondary_columns": ["c"]},
            {"operation_type": "similarity", "method": "token_set_ratio", "input_columns": ["a"], "secondary_columns": ["c"]}]}"#),
        (Config, r#"{"operations": [{"operation_type": "datetime_extract", "input_columns": ["t"]},
            {"operation_type": "datetime_extract", "input_columns": ["t"], "output_column": "when", "datetime_features": ["hour", "week"]}]}"#),
        (Config, r#"{"operations": [{"input_columns": ["n", "m"], "output_column": "n", "allow_overwrite": true}]}"#),
        (Table, r#"{"operations": [{"input_columns": ["n", "m"], "output_column": "sum", "allow_overwrite": true}]}"#),
    ]),
    ("feature_selection", &[
        (Table, r#"{"k": 1}"#),
        (Config, r#"{"k": 1, "drop_unselected": false}"#),
    ]),
    ("feature_target_split", &[
        (Config, r#"{"target_column": "target"}"#),
        (Config, r#"{"target_column": "target", "feature_columns": ["n", "a"]}"#),
    ]),
    ("hash_encoding", &[
        (Config, r#"{}"#),
        (Config, r#"{"columns": ["a", "c"], "drop_original": false}"#),
        (Table, r#"{"drop_original": false}"#),
    ]),
    ("imputation_methods", &[
        (Config, r#"{"strategies": [{"method": "median", "columns": ["n"]}, {"method": "mode", "columns": ["a"]}]}"#),
        (Table, r#"{"strategies": [{"method": "mean", "columns": ["n", "e"]}]}"#),
    ]),
    ("label_encoding", &[
        (Config, r#"{"columns": ["a"]}"#),
        (Table, r#"{"columns": ["a", "c"], "drop_original": false}"#),
    ]),
    ("missing_value_indicator", &[
        (Table, r#"{}"#),
        (Config, r#"{"columns": ["n", "m"], "flag_suffix": "?"}"#),
    ]),
    ("normalize_text_case", &[(Config, r#"{"mode": "upper"}"#), (Config, r#"{"columns": ["a"], "mode": "upper"}"#)]),
    ("one_hot_encoding", &[
        (Table, r#"{"columns": ["a"]}"#),
        (Table, r#"{"columns": ["a"], "include_missing": true, "drop_original": false, "drop_first": true}"#),
        (Config, r#"{"columns": ["a"], "max_categories": 1}"#),
    ]),
    ("ordinal_encoding", &[
        (Config, r#"{"columns": ["a"]}"#),
        (Table, r#"{"columns": ["a", "c"], "drop_original": false}"#),
    ]),
    ("outlier_removal", &[
        (Config, r#"{}"#),
        (Config, r#"{"columns": ["n"], "default_method": "winsorize"}"#),
        (Config, r#"{"column_methods": {"m": "winsorize"}}"#),
        (Config, r#"{"columns": ["n"], "column_methods": {"n": "iqr", "m": "winsorize"}}"#),
        (Config, r#"{"default_method": "winsorize", "column_methods": {"m": "iqr"}}"#),
        (Config, r#"{"columns": ["n"], "default_method": "winsorize", "column_parameters": {"m": {"lower_percentile": 20}}}"#),
    ]),
    ("polynomial_features", &[
        (Table, r#"{}"#),
        (Config, r#"{"columns": ["n", "m", "n"]}"#),
        (Config, r#"{"columns": ["n", "m"], "degree": 3, "include_bias": true, "include_input_features": true}"#),
        (Config, r#"{"columns": ["n", "m", "y"], "degree": 4, "interaction_only": true}"#),
        (Config, r#"{"columns": ["n", "m", "y"], "degree": 4}"#),
        (Config, r#"{"columns": ["n"], "degree": 1, "interaction_only": true, "include_input_features": true}"#),
    ]),
    ("regex_replace_fix", &[(Config, r#"{"mode": "custom", "pattern": "x", "replacement": "q"}"#)]),
    ("remove_duplicates", &[(Config, r#"{}"#), (Config, r#"{"columns": ["a"]}"#)]),
    ("remove_special_characters", &[(Config, r#"{"columns": ["t"]}"#)]),
    ("replace_aliases_typos", &[(Config, r#"{"mode": "custom", "custom_pairs": {"x": "q"}}"#)]),
    ("replace_invalid_values", &[(Config, r#"{"columns": ["n"], "mode": "zero_to_nan"}"#)]),
    ("scale_numeric_features", &[
        (Config, r#"{}"#),
        (Config, r#"{"columns": ["n"], "column_methods": {"m": "minmax"}}"#),
    ]),
    ("select_columns", &[(Config, r#"{"columns": ["n", "a"]}"#)]),
    ("skewness_transform", &[(Config, r#"{"transformations": [{"column": "m"}, {"column": "y", "method": "square"}]}"#)]),
    ("standardize_date_formats", &[(Config, r#"{"columns": ["t"], "mode": "day_month_year"}"#)]),
    ("target_encoding", &[
        (Config, r#"{"columns": ["a"], "target_type": "binary"}"#),
        (Config, r#"{"columns": ["a", "c"], "target_type": "binary", "drop_original": false}"#),
        (Config, r#"{"columns": ["a"]}"#),
        (Table, r#"{"columns": ["a"], "drop_original": false}"#),
    ]),
    ("train_model", &[(Config, r#"{}"#), (Table, r#"{"auto_encode": true}"#)]),
    ("train_test_split", &[(Config, r#"{}"#)]),
    ("trim_whitespace", &[(Config, r#"{}"#), (Config, r#"{"columns": ["a"]}"#)]),
];
