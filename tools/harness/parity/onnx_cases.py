"""The nodes that onnx.py puts into pipelines, with their configs: every type of node that can be said in ONNX, in every
way that makes another graph; and those that cannot, of which the manifest must say so."""

NUMBERS = ["age", "income", "tiny", "rooms", "shift"]
TEXTS = ["city", "code"]


def strategy(method, columns, **options):
    return {"method": method, "columns": columns} | ({"options": options} if options else {})


def mapped():
    """(node, name, config)"""
    for method in ("standard", "robust", "minmax", "maxabs"):
        yield "scale_numeric_features", method, {"default_method": method}
    for method in ("mean", "median", "mode", "regression", "mice"):
        yield "imputation_methods", method, {"strategies": [strategy(method, NUMBERS)]}
    yield "imputation_methods", "constants", {
        "strategies": [
            strategy("constant", NUMBERS, value=-1.5),
            strategy("constant", ["city"], value="nowhere"),
            strategy("constant", ["member"], value=True),
            strategy("mode", ["code"]),
        ]
    }
    yield "missing_value_indicator", "all", {}
    yield "missing_value_indicator", "named", {"columns": ["age", "city", "member"]}
    yield "one_hot_encoding", "texts", {"columns": TEXTS}
    yield "one_hot_encoding", "numbers and truths", {"columns": ["rooms", "member"], "include_missing": True}
    yield "one_hot_encoding", "but the first", {"columns": TEXTS, "drop_first": True, "include_missing": True}
    yield "one_hot_encoding", "original kept", {"columns": ["rooms"], "drop_original": False}
    yield "dummy_encoding", "texts", {"columns": TEXTS}
    for missing in ("keep_na", "encode"):
        yield "label_encoding", missing, {"columns": TEXTS + ["rooms"], "missing_strategy": missing}
    yield "label_encoding", "original kept", {"columns": ["rooms"], "drop_original": False}
    yield "ordinal_encoding", "unknown is 99", {"columns": TEXTS, "unknown_value": 99}
    yield "target_encoding", "number", {"columns": TEXTS}
    for strategy_name in ("equal_width", "equal_frequency"):
        for labels in ("range", "bin_index", "ordinal"):
            config = {"strategy": strategy_name, "label_format": labels, "columns": ["age", "income"]}
            yield "binning_discretization", f"{strategy_name}, {labels}", config
    yield "binning_discretization", "range, missing told", {
        "columns": ["age"], "label_format": "range", "missing_strategy": "label"
    }
    for missing in ("keep", "label"):
        yield "binning_discretization", f"custom, {missing}", {
            "strategy": "custom", "custom_bins": {"age": [20, 45, 60]}, "missing_strategy": missing,
            "label_format": "bin_index",
        }
        yield "binning_discretization", f"kbins onehot, {missing}", {
            "strategy": "kbins", "columns": ["age", "rooms"], "kbins_encode": "onehot", "missing_strategy": missing
        }
    for bins in ("quantile", "uniform", "kmeans"):
        config = {"strategy": "kbins", "columns": ["age", "rooms"], "kbins_strategy": bins}
        yield "binning_discretization", f"kbins {bins}", config
    yield "binning_discretization", "one bin", {"columns": ["age"], "equal_width_bins": 2, "drop_original": False}
    yield "polynomial_features", "degree 3", {"columns": ["age", "tiny", "rooms"], "degree": 3}
    yield "polynomial_features", "interactions, bias, inputs", {
        "columns": ["age", "tiny", "rooms"], "interaction_only": True, "include_bias": True, "include_input_features": True
    }
    yield from math()
    for method, column in (
        ("log", "income"), ("square_root", "income"), ("cube_root", "age"), ("reciprocal", "income"), ("square", "age"),
        ("exponential", "whole"), ("box_cox", "income"), ("yeo_johnson", "whole"), ("yeo_johnson", "age"),
        ("yeo_johnson", "tiny"), ("yeo_johnson", "income"),
    ):
        config = {"transformations": [{"column": column, "method": method}]}
        yield "skewness_transform", f"{method} of {column}", config
    yield "feature_selection", "three best", {"k": 3}
    yield "drop_columns", "two", {"columns": ["age", "city"]}
    yield "select_columns", "three", {"columns": ["age", "income", "city"]}
    yield "drop_missing_columns", "default", {}
    yield "drop_missing_rows", "some missing", {"missing_threshold": 25}
    yield "drop_missing_rows", "any missing", {"drop_if_any_missing": True}
    yield "outlier_removal", "iqr", {"columns": ["age"]}
    yield "outlier_removal", "winsorize", {"default_method": "winsorize", "columns": NUMBERS}
    yield "remove_duplicates", "default", {}
    for mode in ("negative_to_nan", "zero_to_nan", "percentage_bounds", "age_bounds"):
        yield "replace_invalid_values", mode, {"columns": ["age", "rooms"], "mode": mode}
    yield "replace_invalid_values", "custom_range", {"columns": ["age"], "mode": "custom_range", "min_value": 30}
    for dtype in ("float64", "float32", "int64", "int8"):
        yield "cast_column_types", f"numbers to {dtype}", {"columns": ["age", "income"], "target_dtype": dtype}
        yield "cast_column_types", f"texts to {dtype}", {"columns": ["spelled"], "target_dtype": dtype}
    yield "cast_column_types", "texts to bool", {"columns": ["answer"], "target_dtype": "bool"}
    yield "cast_column_types", "numbers to bool", {"columns": ["rooms"], "target_dtype": "bool"}
    yield "cast_column_types", "to category", {"columns": ["city", "rooms", "member"], "target_dtype": "category"}
    yield "cast_column_types", "to string", {"columns": ["city", "member", "rooms", "stars"], "target_dtype": "string"}
    yield "feature_target_split", "named", {"target_column": "number", "feature_columns": NUMBERS + ["city"]}


def math():
    def operation(name, **config):
        return "feature_math", name, {"operations": [{"output_column": "out"} | config], "error_handling": "fail"}

    for method in ("add", "subtract", "multiply", "divide"):
        yield operation(method, method=method, input_columns=["age", "tiny"], constants=[3.0])
    yield operation("filled", method="add", input_columns=["age", "rooms"], fillna=2.0, round_digits=0)
    ratio = {"operation_type": "ratio", "input_columns": ["age", "rooms"], "secondary_columns": ["tiny", "whole"]}
    yield operation("ratio", **ratio, epsilon=0.5)
    for method in ("sum", "mean", "min", "max", "std", "median", "range", "count"):
        yield operation(method, operation_type="stat", method=method, input_columns=NUMBERS[:4])
    yield "feature_math", "one after the other", {
        "operations": [
            {"method": "add", "input_columns": ["age", "rooms"], "output_column": "sum"},
            {"method": "multiply", "input_columns": ["sum", "whole"], "output_column": "product"},
            {"method": "add", "input_columns": ["age", "city"]},
        ]
    }


def similarities():
    """(node, name, config) of two columns of phrases."""
    texts = {"input_columns": ["said"], "secondary_columns": ["heard"], "output_column": "out"}
    for method in ("ratio", "token_sort_ratio", "token_set_ratio"):
        for normalize in (True, False):
            operation = {"operation_type": "similarity", "method": method, "normalize": normalize}
            name = f"{method}, {'up to 1' if normalize else 'up to 100'}"
            yield "feature_math", name, {"operations": [texts | operation], "error_handling": "fail"}


def unmapped():
    """(node, config) that no ONNX file is to be had of."""
    yield "trim_whitespace", {"columns": ["city"]}
    yield "normalize_text_case", {"columns": ["city"]}
    yield "regex_replace_fix", {"columns": ["city"]}
    yield "remove_special_characters", {"columns": ["city"]}
    yield "replace_aliases_typos", {"columns": ["city"]}
    yield "standardize_date_formats", {"columns": ["city"]}
    yield "date_features", {"columns": ["city"]}
    yield "hash_encoding", {"columns": ["city"]}
    yield "imputation_methods", {"strategies": [strategy("knn", ["age", "tiny"])]}
    yield "cast_column_types", {"columns": ["city"], "target_dtype": "date"}
    yield "feature_math", {"operations": [{"operation_type": "datetime_extract", "input_columns": ["city"]}]}
