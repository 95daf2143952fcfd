//! `class_undersampling`: takes training rows out of the larger classes until the classes are as large as wanted.
//! Validation and test rows stay, for what is judged must look like what will come, and so does every row to
//! predict.
//!
//! As imbalanced-learn's `RandomUnderSampler`.

use arrow::array::BooleanArray;
use domain::{
    catalog::{self, Condition, Learns, NodeRole, NodeSpec, ProblemRule, ProblemType, RowEffect, RowRule},
    value::Value,
};
use serde::Deserialize;

use super::resampling::{ClassRows, append_copies, sampling_strategy};
use crate::{
    error::Result,
    frame::{Frame, Training},
    node::{Context, Node},
    onnx::{Table, Unmapped},
    random::Stream,
};

/// Takes training rows out of the larger classes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClassUndersampling;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(rename = "method")]
    _method: Method,
    sampling_strategy: Value,
    random_state: u64,
    replacement: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    RandomUnderSampling,
}

impl Node for ClassUndersampling {
    type Config = Config;
    type State = ();

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "class_undersampling".into(),
            aliases: vec![],
            title: "Undersample classes".into(),
            category: "resampling".into(),
            summary: "Takes training rows out of the larger classes; other rows stay.".into(),
            parameters: vec![
                catalog::choice(
                    "method",
                    "random_under_sampling",
                    &["random_under_sampling"],
                    "How rows are chosen: at random.",
                ),
                sampling_strategy(
                    &["auto", "majority", "not minority", "not majority", "all"],
                    "The classes that are brought to the size of the smallest (auto: all others), or, for two classes, the rows of the smaller as a share of those of the larger, or how many rows of which class are to stay.",
                ),
                catalog::integer(
                    "random_state",
                    42,
                    0,
                    i64::from(u32::MAX),
                    "The seed of the choice.",
                ),
                catalog::boolean(
                    "replacement",
                    false,
                    "Whether a row may be chosen more than once. Copies are added rows: every path to the training node must pass this node then, and none that changes rows may follow.",
                ),
            ],
            problems: vec![ProblemRule::only(ProblemType::Classification)],
            role: NodeRole::Transform,
            learns: Learns::Always,
            rows: vec![
                RowRule::when(RowEffect::Add, [Condition::is_one_of("replacement", [true])]),
                RowRule::always(RowEffect::Drop),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, _: &Config, _: &Training<'_>, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn apply(&self, _: &Config, (): &(), frame: Frame, _: &Context<'_>) -> Result<Frame> {
        Ok(frame)
    }

    /// Rows to predict stay as they are.
    fn onnx(&self, _: &Config, _: &(), _: &mut Table<'_>) -> Result<(), Unmapped> {
        Ok(())
    }

    fn fit_apply(&self, config: &Config, mut frame: Frame, ctx: &Context<'_>) -> Result<((), Frame)> {
        let training = frame.training();
        let (places, classes) = (training.places(), ClassRows::read(&training, ctx)?);
        let mut kept = vec![true; frame.height()];
        let mut copies = Vec::new();
        for (class, wanted) in classes
            .to_keep(&config.sampling_strategy)?
            .into_iter()
            .enumerate()
        {
            let Some(wanted) = wanted else { continue };
            let rows = &classes.rows[class];
            let purpose = ["undersampling", &classes.labels[class]];
            let mut random = ctx.stream(config.random_state, &purpose);
            let mut chosen = choose(rows, wanted, config.replacement, &mut random);
            chosen.sort_unstable();
            rows.iter().for_each(|row| kept[places[*row] as usize] = false);
            for (at, row) in chosen.iter().enumerate() {
                let place = places[*row];
                kept[place as usize] = true;
                if at > 0 && chosen[at - 1] == *row {
                    copies.push(place);
                }
            }
        }
        if !copies.is_empty() {
            append_copies(&mut frame, copies, ctx.node_id)?;
            kept.resize(frame.height(), true);
        }
        let kept: BooleanArray = kept.into_iter().map(Some).collect();
        frame.filter(&kept, "taken out to balance the classes")?;
        classes.report(&frame, ctx)?;
        Ok(((), frame))
    }
}

fn choose(rows: &[usize], wanted: usize, replacement: bool, random: &mut Stream) -> Vec<usize> {
    if replacement {
        return (0..wanted)
            .map(|_| rows[random.below(rows.len() as u64) as usize])
            .collect();
    }
    let mut chosen = rows.to_vec();
    random.shuffle(&mut chosen);
    chosen.truncate(wanted);
    chosen
}

#[cfg(test)]
mod tests {
    use domain::catalog::ProblemType;

    use super::*;
    use crate::{
        frame::{Split, float_column, is_source_row, text_column, texts},
        nodes::testing::{self, fails, train},
    };

    const KEY: &str = "class_undersampling";

    /// 30 rows of class a, 10 of class b and one of class c; every fourth is for test.
    fn table() -> Frame {
        let class = |i: usize| match i {
            0 => "c",
            i if i % 4 == 1 => "b",
            _ => "a",
        };
        let mut frame = Frame::new(vec![
            ("x".into(), float_column((0..40).map(|i| Some(i as f64)))),
            ("target".into(), text_column((0..40).map(|i| Some(class(i))))),
        ])
        .unwrap();
        let split = |i| if i % 4 == 3 { Split::Test } else { Split::Train };
        frame.assign((0..40).map(split).collect()).unwrap();
        frame
    }

    /// How many training rows of classes a, b and c there are.
    fn counts(frame: &Frame) -> [usize; 3] {
        let target = frame.training().values("target").unwrap();
        ["a", "b", "c"].map(|class| {
            texts(&target)
                .iter()
                .filter(|text| text.as_deref() == Some(class))
                .count()
        })
    }

    #[test]
    fn whole_numbers_that_the_training_node_takes_for_numbers_are_no_classes() {
        let mut table = table();
        table
            .set("target", float_column((0..40).map(|i| Some(f64::from(i % 2)))))
            .unwrap();
        let ctx = Context {
            problem_type: Some(ProblemType::Regression),
            ..testing::context()
        };
        let (node, _) = crate::nodes::get(KEY).unwrap();
        let error = node.fit_apply(&testing::config("{}"), table, &ctx).err().unwrap();
        assert_eq!(error.failure().unwrap().code, "TARGET_NOT_CATEGORICAL");
    }

    #[test]
    fn classes_are_brought_to_the_size_of_the_smallest() {
        assert_eq!(counts(&table()), [19, 10, 1]);
        let out = train(KEY, "{}", table()).unwrap();
        assert_eq!(counts(&out), [1, 1, 1]);
        assert!(out.rows().iter().all(|row| is_source_row(*row)));
        let out = train(KEY, r#"{"sampling_strategy": {"a": 12, "b": 3}}"#, table()).unwrap();
        assert_eq!(counts(&out), [12, 3, 1]);
    }

    #[test]
    fn test_rows_stay() {
        let out = train(KEY, "{}", table()).unwrap();
        let tested = |frame: &Frame| {
            let rows = frame.rows().iter().zip(frame.splits().unwrap());
            let rows: Vec<u64> = rows
                .filter(|(_, s)| **s == Split::Test)
                .map(|(row, _)| *row)
                .collect();
            rows
        };
        assert_eq!(tested(&out), tested(&table()));
        assert_eq!(tested(&out).len(), 10);
    }

    #[test]
    fn a_row_chosen_more_than_once_is_added_as_a_copy() {
        let config = r#"{"replacement": true, "sampling_strategy": {"a": 19}}"#;
        let out = train(KEY, config, table()).unwrap();
        assert_eq!(counts(&out), [19, 10, 1]);
        let added = out.rows().iter().filter(|row| !is_source_row(**row)).count();
        let sources = out.rows().len() - added;
        assert!(added > 0 && sources + added == 40);
        assert!(out.rows().is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn nothing_is_taken_when_rows_are_predicted() {
        let fitted = testing::fit(KEY, "{}", &table()).unwrap();
        assert_eq!(testing::apply(&*fitted, table()).height(), 40);
    }

    #[test]
    fn the_choice_depends_on_the_seed_alone() {
        let rows = |seed: u32| {
            let config = format!(r#"{{"random_state": {seed}, "sampling_strategy": {{"a": 9}}}}"#);
            train(KEY, &config, table()).unwrap().rows().to_vec()
        };
        assert_eq!(rows(1), rows(1));
        assert_ne!(rows(1), rows(2));
    }

    #[test]
    fn what_does_not_suit_the_classes_is_refused() {
        for (config, code) in [
            (r#"{"sampling_strategy": 0.5}"#, "SAMPLING_STRATEGY"),
            (r#"{"sampling_strategy": {"a": 100}}"#, "SAMPLING_STRATEGY"),
            (r#"{"sampling_strategy": {"z": 1}}"#, "SAMPLING_STRATEGY"),
            (r#"{"sampling_strategy": "minority"}"#, "INVALID_CONFIG"),
            (r#"{"sampling_strategy": 0}"#, "INVALID_CONFIG"),
        ] {
            assert_eq!(fails(KEY, config, table()), code, "{config}");
        }
        let mut numbers = table();
        numbers
            .set("target", float_column((0..40).map(|i| Some(i as f64 / 2.0))))
            .unwrap();
        assert_eq!(fails(KEY, "{}", numbers), "TARGET_NOT_CATEGORICAL");
    }
}
