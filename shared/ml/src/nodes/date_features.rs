//! `date_features`: the year, month, day and other parts of dates as whole numbers, a column for each. See
//! `nodes/dates.rs` for the dates that are read; a text that is none has missing parts.
//!
//! Where no column is named, those are taken whose every known training value is a date: picking them learns.

use arrow::array::{Array, ArrayRef};
use domain::{
    catalog::{self, ColumnRule, Condition, Learns, NodeRole, NodeSpec, ParamSpec, Requirement},
    value::Value,
};
use serde::Deserialize;

use super::{
    columns::pick,
    dates::{self, Part, Reader},
};
use crate::{
    error::Result,
    frame::{ColumnKind, Frame, Training, texts},
    node::{Context, Node},
    onnx::{Table, Unmapped},
};

/// Takes dates apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateFeatures;

/// The config.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    columns: Vec<String>,
    parts: Vec<Part>,
    day_first: bool,
    drop_original: bool,
}

impl Node for DateFeatures {
    type Config = Config;
    /// The columns to take apart.
    type State = Vec<String>;

    fn spec(&self) -> NodeSpec {
        NodeSpec {
            key: "date_features".into(),
            aliases: vec![],
            title: "Date features".into(),
            category: "cleaning".into(),
            summary: "Adds the year, month, day and other parts of dates as columns named COLUMN_PART."
                .into(),
            parameters: vec![
                catalog::columns(
                    "columns",
                    "The columns of dates; if blank, every text feature whose training values are all dates.",
                ),
                ParamSpec::new(
                    "parts",
                    Part::list(),
                    vec!["year", "month", "day", "dayofweek"],
                    "The parts to add. Weeks are those of ISO 8601; dayofweek is 0 on Monday; is_weekend is 1 or 0.",
                ),
                dates::day_first(),
                catalog::boolean("drop_original", true, "Remove the column of dates."),
            ],
            requirements: vec![Requirement::given(&["parts"])],
            role: NodeRole::Transform,
            learns: Learns::When(vec![Condition {
                parameter: "columns".into(),
                values: Vec::<Value>::new(),
            }]),
            columns: vec![
                ColumnRule::adds("{columns}_{parts}"),
                ColumnRule::drops("{columns}").when("drop_original", [true]),
            ],
            ..NodeSpec::default()
        }
    }

    fn fit(&self, config: &Config, training: &Training<'_>, ctx: &Context<'_>) -> Result<Vec<String>> {
        let mut names = pick(
            training,
            ctx,
            &config.columns,
            |kind| kind == ColumnKind::Text,
            "text",
        )?;
        if config.columns.is_empty() {
            let mut dates = Vec::with_capacity(names.len());
            for name in names {
                let reader = Reader::new(config.day_first);
                if !holds_dates(&training.values(&name)?, &reader) {
                    continue;
                }
                if reader.read_every_one() {
                    dates.push(name);
                } else {
                    ctx.warn(&format!(
                        "column {name:?} is left alone, as not all its values are dates{}",
                        reader.hint()
                    ));
                }
            }
            names = dates;
        }
        Ok(names)
    }

    fn apply(
        &self,
        config: &Config,
        columns: &Vec<String>,
        mut frame: Frame,
        ctx: &Context<'_>,
    ) -> Result<Frame> {
        for name in columns {
            let reader = Reader::new(config.day_first);
            let moments = reader.read_all(&frame.require(name)?.data);
            reader.warn(ctx, name, "their parts are missing");
            if config.drop_original {
                frame.remove(name);
            }
            for (at, part) in config.parts.iter().enumerate() {
                if !config.parts[..at].contains(part) {
                    frame.add(&format!("{name}_{}", part.word()), part.column(&moments))?;
                }
            }
        }
        Ok(frame)
    }

    fn onnx(&self, _: &Config, _: &Self::State, _: &mut Table<'_>) -> Result<(), Unmapped> {
        Err(Unmapped::because("ONNX's operators read no dates"))
    }
}

/// Whether every known value is a date, whatever its order, and one is known.
fn holds_dates(values: &ArrayRef, reader: &Reader) -> bool {
    values.null_count() < values.len()
        && texts(values)
            .iter()
            .flatten()
            .all(|text| reader.read(&text).is_some() || reader.met_only_dates())
}

#[cfg(test)]
mod tests {
    use crate::{
        frame::{Frame, text_column},
        node::Context,
        nodes::{
            testing::{apply, config as parsed, context, fails, fit, frame, run},
            text_columns::testing::{shown, texts_of},
        },
        testing::Recorder,
    };

    fn columns(frame: &Frame) -> Vec<&str> {
        frame.columns().iter().map(|column| &*column.name).collect()
    }

    #[test]
    fn every_part_is_a_column_of_whole_numbers() {
        let parts = r#"{"columns": ["t"], "parts": ["year", "quarter", "month", "week", "day", "dayofweek",
            "dayofyear", "is_weekend", "hour", "minute", "second", "year"]}"#;
        let out = run("date_features", parts, texts_of(&["2021-01-03 14:05:09", "soon"]));
        for (part, value) in [
            ("year", "2021"),
            ("quarter", "1"),
            ("month", "1"),
            ("week", "53"),
            ("day", "3"),
            ("dayofweek", "6"),
            ("dayofyear", "3"),
            ("is_weekend", "1"),
            ("hour", "14"),
            ("minute", "5"),
            ("second", "9"),
        ] {
            assert_eq!(
                shown(&out, &format!("t_{part}")),
                [Some(value.to_owned()), None],
                "{part}"
            );
        }
        assert_eq!(out.width(), 11);
    }

    #[test]
    fn columns_of_dates_are_found_in_the_training_rows() {
        let table = Frame::new(vec![
            ("when".into(), text_column([Some("3/4/2020"), None])),
            ("what".into(), text_column([Some("3/4/2020"), Some("tea")])),
            ("none".into(), text_column([None::<&str>, None])),
        ])
        .unwrap();
        let config = r#"{"parts": ["day"], "day_first": true, "drop_original": false}"#;
        let fitted = fit("date_features", config, &table).unwrap();
        let out = apply(&*fitted, table);
        assert_eq!(columns(&out), ["when", "what", "none", "when_day"]);
        assert_eq!(shown(&out, "when_day"), [Some("3".into()), None]);
    }

    #[test]
    fn a_column_written_the_other_way_round_is_told_of_and_never_read_by_half() {
        let table = || texts_of(&["3/4/2020", "14/3/2020"]);
        let said = |config: &str| {
            let recorder = Recorder::default();
            let ctx = Context {
                observer: &recorder,
                ..context()
            };
            let (node, _) = crate::nodes::get("date_features").unwrap();
            let (_, out) = node.fit_apply(&parsed(config), table(), &ctx).unwrap();
            (out, recorder.warnings.into_inner().unwrap())
        };
        let hint =
            "1 of them, such as \"14/3/2020\", would be with the day first, which day_first true reads";
        let (out, warnings) = said("{}");
        assert_eq!(columns(&out), ["t"]);
        assert_eq!(
            warnings,
            [format!(
                "column \"t\" is left alone, as not all its values are dates; {hint}"
            )]
        );
        let (out, warnings) = said(r#"{"columns": ["t"], "parts": ["day"]}"#);
        assert_eq!(shown(&out, "t_day"), [Some("4".into()), None]);
        assert_eq!(
            warnings,
            [format!(
                "1 values of \"t\" are no dates; their parts are missing; {hint}"
            )]
        );
        let (out, warnings) = said(r#"{"parts": ["day"], "day_first": true}"#);
        assert_eq!(shown(&out, "t_day"), [Some("3".into()), Some("14".into())]);
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn a_new_column_never_replaces_another_and_numbers_are_no_dates() {
        let table = || {
            let mut table = texts_of(&["2020-01-01"]);
            table.add("t_day", text_column([Some("x")])).unwrap();
            table
        };
        assert_eq!(
            fails("date_features", r#"{"columns": ["t"]}"#, table()),
            "COLUMN_EXISTS"
        );
        assert_eq!(
            fails("date_features", r#"{"columns": ["n"]}"#, frame()),
            "COLUMN_TYPE"
        );
    }
}
