//! The spec of `binning_discretization`.

use domain::{
    catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec, ParamKind, ParamSpec, Requirement},
    value::{Object, Value},
};

pub(super) fn spec() -> NodeSpec {
    NodeSpec {
        key: "binning_discretization".into(),
        aliases: vec![],
        title: "Binning".into(),
        category: "numeric".into(),
        summary: "Puts numbers into bins, learned from the training rows or given.".into(),
        parameters: parameters(),
        requirements: requirements(),
        role: NodeRole::Transform,
        learns: Learns::When(vec![Condition {
            parameter: "strategy".into(),
            values: ["equal_width", "equal_frequency", "kbins"]
                .map(Value::from)
                .to_vec(),
        }]),
        columns: column_rules(),
        ..NodeSpec::default()
    }
}

fn column_rules() -> Vec<ColumnRule> {
    let adds = |name: &str| ColumnRule::adds(&format!("{{columns}}{{output_suffix}}{name}"));
    let one_hot = |name: &str| {
        adds(name)
            .when("strategy", ["kbins"])
            .when("kbins_encode", ["onehot"])
    };
    let of_custom_bins = |rule: ColumnRule| rule.when("strategy", ["custom"]).when_blank("columns");
    vec![
        adds("").when("strategy", ["equal_width", "equal_frequency", "custom"]),
        adds("")
            .when("strategy", ["kbins"])
            .when("kbins_encode", ["ordinal"]),
        one_hot("_{bin}"),
        one_hot("_missing").when("missing_strategy", ["label"]),
        of_custom_bins(ColumnRule::adds("{custom_bins}{output_suffix}")),
        ColumnRule::drops("{columns}").when("drop_original", [true]),
        of_custom_bins(ColumnRule::drops("{custom_bins}")).when("drop_original", [true]),
    ]
}

fn requirements() -> Vec<Requirement> {
    let suffix = || Requirement::given(&["output_suffix"]).when("drop_original", [false]);
    vec![
        Requirement::given(&["custom_bins"]).when("strategy", ["custom"]),
        Requirement::keys("custom_bins", "columns").when("strategy", ["custom"]),
        suffix().when("strategy", ["equal_width", "equal_frequency", "custom"]),
        suffix()
            .when("strategy", ["kbins"])
            .when("kbins_encode", ["ordinal"]),
    ]
}

fn bins(name: &str, default: i32, least: i64, strategy: &str) -> ParamSpec {
    catalog::integer(
        name,
        default,
        least,
        1000,
        &format!("Bins of the strategy {strategy}."),
    )
}

fn custom_bins() -> ParamSpec {
    ParamSpec::new(
        "custom_bins",
        ParamKind::Map(Box::new(ParamKind::Edges)),
        Value::Object(Object::new()),
        "The ascending edges of the strategy custom, by column.",
    )
    .of_features()
}

fn parameters() -> Vec<ParamSpec> {
    let of = |strategy: &'static str, spec: ParamSpec| spec.used_if("strategy", [strategy]);
    vec![
        catalog::columns(
            "columns",
            "The columns to bin; every numeric feature if blank, or with the strategy custom every one that `custom_bins` has edges for.",
        ),
        catalog::choice(
            "strategy",
            "equal_width",
            &["equal_width", "equal_frequency", "custom", "kbins"],
            "Where the edges come from.",
        ),
        of("equal_width", bins("equal_width_bins", 5, 1, "equal_width")),
        of(
            "equal_frequency",
            bins("equal_frequency_bins", 4, 1, "equal_frequency"),
        ),
        of("custom", custom_bins()),
        of("kbins", bins("kbins_n_bins", 5, 2, "kbins")),
        of(
            "kbins",
            catalog::choice(
                "kbins_strategy",
                "quantile",
                &["quantile", "uniform", "kmeans"],
                "Whether bins of kbins hold as many rows (quantiles by the averaged inverse of the distribution), are as wide, or lie around centres.",
            ),
        ),
        of(
            "kbins",
            catalog::choice(
                "kbins_encode",
                "ordinal",
                &["ordinal", "onehot"],
                "Whether kbins puts out the bin, from 0, or one column per bin.",
            ),
        ),
        catalog::text(
            "output_suffix",
            "_binned",
            "What follows the column's name in the new one's.",
        ),
        catalog::boolean("drop_original", false, "Remove the binned column."),
        catalog::choice(
            "label_format",
            "range",
            &["range", "bin_index", "ordinal"],
            "What is put out, but for kbins: the range as text, the bin from 0, or the bin from 1.",
        )
        .used_if("strategy", ["equal_width", "equal_frequency", "custom"]),
        catalog::choice(
            "missing_strategy",
            "keep",
            &["keep", "label"],
            "Whether a missing value stays missing or has a label: `missing`, -1, or a column of its own.",
        ),
    ]
}
