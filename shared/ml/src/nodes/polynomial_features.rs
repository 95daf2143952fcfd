//! `polynomial_features`: adds products of powers of numeric features, so that a linear model can bend: of `a`
//! and `b` to degree 2 these are `a²`, `a·b` and `b²`.
//!
//! As scikit-learn's `PolynomialFeatures`, in its order and under its names (`a^2`, `a b`, `b^2`; the bias is
//! `1`). The inputs stay where they are. A product with a missing factor is missing. There are `C(n + d, d) − 1`
//! products of up to `d` factors from `n` features, inputs included.

use domain::catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec};
use serde::Deserialize;

use super::{
    columns::{number_column, pick},
    room::{MOST_COLUMNS, NUMBER, NewColumns},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training, float_column},
    node::{Context, Node},
    onnx::{Table, Unmapped, Value},
};

/// Adds products of powers.
#[derive(Debug, Clone, Copy)]
pub(super) struct PolynomialFeatures;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    degree: usize,
    include_bias: bool,
    interaction_only: bool,
    include_input_features: bool,
}

impl Node for PolynomialFeatures {
    type Config = Config;
    type State = Vec<String>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "polynomial_features".into(),
            aliases: vec![],
            title: "Polynomial features".into(),
            category: "numeric".into(),
            summary: "Adds products of powers of numeric features.".into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns to multiply; every numeric feature if blank.",
                ),
                catalog::integer("degree", 2, 1, 10, "The most factors of a product."),
                catalog::boolean("include_bias", false, "Add a column `1` that is 1 in every row."),
                catalog::boolean(
                    "interaction_only",
                    false,
                    "Leave out products in which a column comes more than once.",
                ),
                catalog::boolean(
                    "include_input_features",
                    false,
                    "Add a copy of each input as well, named after it with `^1` at the end.",
                ),
            ],
            role: NodeRole::Transform,
            learns: Learns::When(vec![Condition {
                parameter: "columns".into(),
                values: Vec::new(),
            }]),
            columns: vec![
                ColumnRule::adds("1").when("include_bias", [true]),
                ColumnRule::adds("{columns}^1").when("include_input_features", [true]),
                ColumnRule::adds("{columns^degree}").when("interaction_only", [false]),
                ColumnRule::adds("{columns*degree}").when("interaction_only", [true]),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<String>> {
        pick(training, ctx, &config.columns, ColumnKind::is_number, "numbers")
    }

    fn mixes(&self, _: &Config, names: &Vec<String>, column: &str) -> bool {
        names.iter().any(|name| name == column)
    }

    fn apply(
        &self,
        config: &Config,
        names: &Vec<String>,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        new_columns(config, names.len()).require_room(&frame, NUMBER, ctx)?;
        let inputs = names
            .iter()
            .map(|name| number_column(&frame, name))
            .collect::<Result<Vec<_>>>()?;
        let height = frame.height();
        let ones = || ("1".to_owned(), float_column((0..height).map(|_| Some(1.0))));
        let bias = config.include_bias.then(ones);
        let products = products(names.len(), config).map(|factors| {
            let value = |row: usize| {
                factors.iter().try_fold(1.0, |product, &factor| {
                    let input = &inputs[factor];
                    arrow::array::Array::is_valid(input, row).then(|| product * input.value(row))
                })
            };
            let column = float_column((0..height).map(value));
            (name(names, &factors), column)
        });
        frame.add_all(bias.into_iter().chain(products))?;
        Ok(frame)
    }

    fn onnx(&self, config: &Config, names: &Vec<String>, table: &mut Table<'_>) -> Result<(), Unmapped> {
        let inputs = names.iter().map(|name| table.numbers(name));
        let inputs = inputs.collect::<Result<Vec<Value>, Unmapped>>()?;
        if config.include_bias {
            let ones = table.constant(1.0)?;
            table.set("1", ones);
        }
        for factors in products(names.len(), config) {
            let mut values = factors.iter().map(|factor| inputs[*factor].clone());
            let first = values.next();
            let product = values.fold(first, |product, factor| {
                product.map(|product| table.graph().op("Mul", [&product, &factor]))
            });
            if let Some(product) = product {
                table.set(&name(names, &factors), product);
            }
        }
        Ok(())
    }
}

fn new_columns(config: &Config, inputs: usize) -> NewColumns {
    let products = products(inputs, config).take(MOST_COLUMNS + 1).count();
    let count = products + usize::from(config.include_bias);
    let least = if products > MOST_COLUMNS { "at least " } else { "" };
    let degree = config.degree;
    NewColumns {
        count,
        told: format!("{inputs} columns and degree {degree} make {least}{count} columns of products"),
        remedy: "name fewer columns or lower the degree",
    }
}

/// The products to add, each by its factors' places in ascending order; shorter ones first, then by place.
fn products(inputs: usize, config: &Config) -> impl Iterator<Item = Vec<usize>> {
    let repeat = usize::from(!config.interaction_only);
    let least = if config.include_input_features { 1 } else { 2 };
    (least..=config.degree).flat_map(move |length| {
        let start = |place: usize| if repeat == 1 { 0 } else { place };
        let first: Vec<usize> = (0..length).map(start).collect();
        let first = (inputs > 0 && first[length - 1] < inputs).then_some(first);
        std::iter::successors(first, move |last| next(last, inputs, repeat))
    })
}

/// The product after this one among those of as many factors.
fn next(factors: &[usize], inputs: usize, repeat: usize) -> Option<Vec<usize>> {
    let length = factors.len();
    let greatest = |place: usize| {
        if repeat == 1 {
            inputs - 1
        } else {
            inputs - (length - place)
        }
    };
    let grow = (0..length)
        .rev()
        .find(|&place| factors[place] < greatest(place))?;
    let mut next = factors.to_vec();
    next[grow] += 1;
    for place in grow + 1..length {
        next[place] = next[place - 1] + 1 - repeat;
    }
    Some(next)
}

fn name(names: &[String], factors: &[usize]) -> String {
    if let [only] = factors {
        return format!("{}^1", names[*only]);
    }
    let power = |run: &[usize]| match run.len() {
        1 => names[run[0]].clone(),
        times => format!("{}^{times}", names[run[0]]),
    };
    let powers: Vec<String> = factors.chunk_by(|a, b| a == b).map(power).collect();
    powers.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::testing::{fails, frame, run};

    fn table() -> Frame {
        let column = |values: [Option<f64>; 2]| float_column(values);
        Frame::new(vec![
            ("a".into(), column([Some(2.0), None])),
            ("b".into(), column([Some(3.0), Some(4.0)])),
            ("c".into(), column([Some(5.0), Some(6.0)])),
        ])
        .unwrap()
    }

    fn added(config: &str) -> Vec<(String, Vec<Option<f64>>)> {
        let out = run("polynomial_features", config, table());
        let values = |name: &str| number_column(&out, name).unwrap().iter().collect();
        let new = out.columns().iter().skip(3);
        new.map(|column| (column.name.to_string(), values(&column.name)))
            .collect()
    }

    fn names(config: &str) -> Vec<String> {
        added(config).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn products_come_in_the_order_and_under_the_names_of_scikit_learn() {
        assert_eq!(names("{}"), ["a^2", "a b", "a c", "b^2", "b c", "c^2"]);
        assert_eq!(
            names(
                r#"{"columns": ["a", "b"], "degree": 3, "include_bias": true, "include_input_features": true}"#
            ),
            [
                "1", "a^1", "b^1", "a^2", "a b", "b^2", "a^3", "a^2 b", "a b^2", "b^3"
            ]
        );
        assert_eq!(
            names(r#"{"degree": 3, "interaction_only": true}"#),
            ["a b", "a c", "b c", "a b c"]
        );
    }

    #[test]
    fn a_product_with_a_missing_factor_is_missing() {
        let added = added(r#"{"columns": ["a", "b"]}"#);
        let expected = [[Some(4.0), None], [Some(6.0), None], [Some(9.0), Some(16.0)]];
        for ((name, values), expected) in added.iter().zip(expected) {
            assert_eq!(values, &expected, "{name}");
        }
    }

    #[test]
    fn too_many_products_and_longer_ones_than_columns_are_no_trouble() {
        let columns = (0..200).map(|i| (format!("x{i}"), float_column([Some(1.0)])));
        let wide = Frame::new(columns.collect()).unwrap();
        assert_eq!(
            fails("polynomial_features", r#"{"degree": 10}"#, wide),
            "TOO_MANY_COLUMNS"
        );
        assert_eq!(
            names(r#"{"columns": ["a"], "degree": 4, "interaction_only": true}"#),
            [""; 0]
        );
    }

    #[test]
    fn text_is_refused() {
        assert_eq!(
            fails("polynomial_features", r#"{"columns": ["a"]}"#, frame()),
            "COLUMN_TYPE"
        );
    }
}
