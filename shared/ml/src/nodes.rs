//! The list of nodes. A node is one file beside this one and one line in `NODES`, so that whoever adds one
//! touches nothing else.

mod binning_discretization;
mod cast_column_types;
mod categories;
mod class_oversampling;
mod class_undersampling;
#[cfg(test)]
mod column_rules;
mod columns;
mod dataset;
mod date_features;
mod dates;
mod drop_columns;
mod drop_missing_columns;
mod drop_missing_rows;
mod dummy_encoding;
mod feature_math;
mod feature_selection;
mod feature_target_split;
mod hash_encoding;
mod imputation_methods;
mod label_encoding;
mod minimise;
mod missing_value_indicator;
mod normalize_text_case;
mod one_hot_encoding;
mod ordinal_encoding;
mod outlier_removal;
mod polynomial_features;
mod regex_replace_fix;
mod remove_duplicates;
mod remove_special_characters;
mod replace_aliases_typos;
mod replace_invalid_values;
mod resampling;
mod room;
mod scale_numeric_features;
mod select_columns;
mod skewness_transform;
mod standardize_date_formats;
mod statistics;
mod target_encoding;
#[cfg(test)]
pub(crate) mod testing;
mod text_columns;
pub(crate) mod train_model;
mod train_test_split;
mod trim_whitespace;

use domain::catalog::NodeSpec;

pub(crate) use columns::sorted_categories;
pub(crate) use dates::{NoDates, moments};

use crate::node::ErasedNode;

/// Every node, sorted by key.
static NODES: &[&dyn ErasedNode] = &[
    &binning_discretization::BinningDiscretization,
    &cast_column_types::CastColumnTypes,
    &class_oversampling::ClassOversampling,
    &class_undersampling::ClassUndersampling,
    &dataset::Dataset,
    &date_features::DateFeatures,
    &drop_columns::DropColumns,
    &drop_missing_columns::DropMissingColumns,
    &drop_missing_rows::DropMissingRows,
    &dummy_encoding::DummyEncoding,
    &feature_math::FeatureMath,
    &feature_selection::FeatureSelection,
    &feature_target_split::FeatureTargetSplit,
    &hash_encoding::HashEncoding,
    &imputation_methods::ImputationMethods,
    &label_encoding::LabelEncoding,
    &missing_value_indicator::MissingValueIndicator,
    &normalize_text_case::NormalizeTextCase,
    &one_hot_encoding::OneHotEncoding,
    &ordinal_encoding::OrdinalEncoding,
    &outlier_removal::OutlierRemoval,
    &polynomial_features::PolynomialFeatures,
    &regex_replace_fix::RegexReplaceFix,
    &remove_duplicates::RemoveDuplicates,
    &remove_special_characters::RemoveSpecialCharacters,
    &replace_aliases_typos::ReplaceAliasesTypos,
    &replace_invalid_values::ReplaceInvalidValues,
    &scale_numeric_features::ScaleNumericFeatures,
    &select_columns::SelectColumns,
    &skewness_transform::SkewnessTransform,
    &standardize_date_formats::StandardizeDateFormats,
    &target_encoding::TargetEncoding,
    &train_model::TrainModel,
    &train_test_split::TrainTestSplit,
    &trim_whitespace::TrimWhitespace,
];

/// The specs of all nodes, sorted by key.
pub fn specs() -> Vec<NodeSpec> {
    NODES.iter().map(|node| node.spec()).collect()
}

/// The node with this key or alias, and its spec.
pub fn get(key: &str) -> Option<(&'static dyn ErasedNode, NodeSpec)> {
    let named = |spec: &NodeSpec| spec.key == key || spec.aliases.iter().any(|alias| alias == key);
    NODES
        .iter()
        .map(|node| (*node, node.spec()))
        .find(|(_, spec)| named(spec))
}

#[cfg(test)]
mod tests;
