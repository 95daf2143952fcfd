//! What resampling nodes share: the training rows of each class, and how many of them are wanted. The words and
//! figures are imbalanced-learn's (Lemaître, Nogueira and Aridas, "Imbalanced-learn", 2017).

use domain::{
    catalog::{ParamKind, ParamSpec},
    value::Value,
};

use super::{categories::coded_classes, columns::named_target};
use crate::{
    Error,
    error::Result,
    frame::{Frame, Training},
    memory::COPIES,
    node::Context,
};

/// Where memory is not limited, how many rows may be added for each training row.
const MOST_PER_ROW: u64 = 1000;

/// The parameter `sampling_strategy` with these words beside a number and counts.
pub(super) fn sampling_strategy(words: &[&str], doc: &str) -> ParamSpec {
    let kinds = vec![
        ParamKind::Choice(words.iter().map(|word| (*word).to_owned()).collect()),
        ParamKind::Number {
            min: 0.0,
            max: 1.0,
            above_min: true,
            below_max: false,
        },
        ParamKind::Map(Box::new(ParamKind::Integer {
            min: 1,
            max: i64::from(u32::MAX),
        })),
    ];
    ParamSpec::new("sampling_strategy", ParamKind::OneOf(kinds), "auto", doc)
}

/// The classes of the training rows.
pub(super) struct ClassRows {
    pub(super) labels: Vec<String>,
    /// The places of each class's rows among the training rows.
    pub(super) rows: Vec<Vec<usize>>,
}

impl ClassRows {
    /// Reads the target of the training rows.
    ///
    /// # Errors
    /// `TARGET_NOT_NAMED`, `TARGET_NOT_CATEGORICAL`, `ONE_CLASS`.
    pub(super) fn read(training: &Training<'_>, ctx: &Context<'_>) -> Result<Self> {
        let target = named_target(ctx)?;
        let kind = training.require(target)?.kind();
        let data = training.values(target)?;
        let needed = "only classes can be balanced by resampling";
        let (labels, codes) = coded_classes(ctx, kind, &data, needed)?;
        if labels.len() < 2 {
            let message = format!("the target {target:?} has fewer than two classes in the training rows");
            return Err(Error::data("ONE_CLASS", message));
        }
        let mut rows = vec![Vec::new(); labels.len()];
        for (row, code) in codes.into_iter().enumerate() {
            if let Some(code) = code {
                rows[code].push(row);
            }
        }
        Ok(Self { labels, rows })
    }

    fn counts(&self) -> Vec<usize> {
        self.rows.iter().map(Vec::len).collect()
    }

    /// The class with the fewest rows and that with the most; the first of equals.
    fn extremes(&self) -> (usize, usize) {
        let counts = self.counts();
        let (mut least, mut most) = (0, 0);
        for (class, count) in counts.iter().enumerate() {
            if *count < counts[least] {
                least = class;
            }
            if *count > counts[most] {
                most = class;
            }
        }
        (least, most)
    }

    /// How many rows each class is to have; `None` where it stays as it is. `balanced` is the count of the class
    /// that the others are brought to, `share` that of the one that a number stands for.
    fn wanted(&self, strategy: &Value, over: bool) -> Result<Vec<Option<usize>>> {
        let counts = self.counts();
        let (least, most) = self.extremes();
        let goal = if over { counts[most] } else { counts[least] };
        let of = |chosen: &dyn Fn(usize) -> bool| {
            (0..counts.len())
                .map(|class| chosen(class).then_some(goal))
                .collect()
        };
        match strategy {
            Value::Number(share) => self.by_share(*share, over),
            Value::Object(wanted) => {
                let mut found = vec![None; counts.len()];
                for (name, count) in wanted {
                    let class = self
                        .labels
                        .iter()
                        .position(|label| label == name)
                        .ok_or_else(|| {
                            let known = self
                                .labels
                                .iter()
                                .take(20)
                                .cloned()
                                .collect::<Vec<_>>()
                                .join(", ");
                            refused(&format!(
                                "no training row is of class {name:?}; the classes are {known}"
                            ))
                        })?;
                    found[class] = count.as_integer().and_then(|count| usize::try_from(count).ok());
                }
                Ok(found)
            }
            Value::String(word) => Ok(match (word.as_str(), over) {
                ("minority", _) => of(&|class| class == least),
                ("majority", _) => of(&|class| class == most),
                ("not minority", _) | ("auto", false) => of(&|class| class != least),
                ("not majority", _) | ("auto", true) => of(&|class| class != most),
                (_, _) => of(&|_| true),
            }),
            Value::Null | Value::Bool(_) | Value::List(_) => Ok(of(&|_| true)),
        }
    }

    fn by_share(&self, share: f64, over: bool) -> Result<Vec<Option<usize>>> {
        if self.labels.len() != 2 {
            let message = format!("a number is for two classes; there are {}", self.labels.len());
            return Err(refused(&message));
        }
        let counts = self.counts();
        let (least, most) = self.extremes();
        let mut wanted = vec![None; 2];
        if over {
            wanted[least] = Some((counts[most] as f64 * share) as usize);
        } else {
            wanted[most] = Some((counts[least] as f64 / share) as usize);
        }
        Ok(wanted)
    }

    /// How many rows each class is to get in addition.
    ///
    /// # Errors
    /// `SAMPLING_STRATEGY` where the strategy does not suit the classes.
    pub(super) fn to_add(&self, strategy: &Value) -> Result<Vec<usize>> {
        let wanted = self.wanted(strategy, true)?.into_iter().zip(self.counts());
        let more = |(class, (wanted, count)): (usize, (Option<usize>, usize))| {
            wanted.unwrap_or(count).checked_sub(count).ok_or_else(|| {
                refused(&format!(
                    "class {:?} has {count} rows already, more than are wanted",
                    self.labels[class]
                ))
            })
        };
        wanted.enumerate().map(more).collect()
    }

    /// Refuses to add more rows than there is room for, before any is made. With them, the frame and the matrix that
    /// a model is fitted on must fit into the memory that training may take; where that is not limited, so many
    /// rows as [`MOST_PER_ROW`] says may be added.
    ///
    /// # Errors
    /// `TOO_MANY_ROWS`.
    pub(super) fn require_room(&self, frame: &Frame, more: &[usize], ctx: &Context<'_>) -> Result<()> {
        let height = frame.height() as u64;
        let (room, reason) = match ctx.memory_budget {
            Some(budget) => {
                let row = (frame.bytes() as u64).div_ceil(height.max(1)).max(1);
                let room = (budget / (row * COPIES)).saturating_sub(height);
                (
                    room,
                    format!("as training may take {} MiB of memory", budget >> 20),
                )
            }
            None => {
                let training = self.rows.iter().map(|rows| rows.len() as u64).sum::<u64>();
                let reason = format!("{MOST_PER_ROW} for each of {training} training rows");
                (MOST_PER_ROW.saturating_mul(training), reason)
            }
        };
        // Rows are numbered with 32 bits.
        let room = room.min(u64::from(u32::MAX).saturating_sub(height));
        let total = more
            .iter()
            .fold(0_u64, |sum, more| sum.saturating_add(*more as u64));
        let Some((most, label)) = more.iter().zip(&self.labels).max_by_key(|(more, _)| **more) else {
            return Ok(());
        };
        if total <= room {
            return Ok(());
        }
        let message = format!(
            "sampling_strategy: {total} rows would be added, {most} of them to class {label:?}, and there is room for {room}, {reason}"
        );
        Err(Error::spec("TOO_MANY_ROWS", message))
    }

    /// How many rows of each class are to stay; `None` where all do.
    ///
    /// # Errors
    /// As [`ClassRows::to_add`].
    pub(super) fn to_keep(&self, strategy: &Value) -> Result<Vec<Option<usize>>> {
        let wanted = self.wanted(strategy, false)?;
        for ((wanted, count), label) in wanted.iter().zip(self.counts()).zip(&self.labels) {
            if wanted.is_some_and(|wanted| wanted > count) {
                return Err(refused(&format!(
                    "class {label:?} has {count} rows, fewer than are wanted"
                )));
            }
        }
        Ok(wanted)
    }

    /// Tells what became of the classes.
    pub(super) fn report(&self, frame: &Frame, ctx: &Context<'_>) -> Result<()> {
        let after = Self::read(&frame.training(), ctx)?;
        let each = self.labels.iter().zip(&self.rows).map(|(label, rows)| {
            let class = after.labels.iter().position(|other| other == label);
            let now = class.map_or(0, |class| after.rows[class].len());
            format!("{label} {} → {now}", rows.len())
        });
        let message = format!(
            "training rows by class: {}",
            each.take(20).collect::<Vec<_>>().join(", ")
        );
        ctx.observer.info(Some(ctx.node_id), &message);
        Ok(())
    }
}

fn refused(message: &str) -> Error {
    Error::spec("SAMPLING_STRATEGY", format!("sampling_strategy: {message}"))
}

/// Adds copies of the rows at these places.
///
/// # Errors
/// As [`Frame::append`].
pub(super) fn append_copies(frame: &mut Frame, places: Vec<u32>, by: &str) -> Result<()> {
    let copies = frame.take(&places.into())?;
    let values: Vec<_> = copies
        .columns()
        .iter()
        .map(|column| column.data.clone())
        .collect();
    frame.append(&values, by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;

    fn classes(counts: &[usize]) -> ClassRows {
        ClassRows {
            labels: ["a", "b", "c"]
                .iter()
                .take(counts.len())
                .map(ToString::to_string)
                .collect(),
            rows: counts.iter().map(|count| (0..*count).collect()).collect(),
        }
    }

    fn counts(json: &str) -> Value {
        Value::Object(object(json))
    }

    #[test]
    fn every_word_adds_to_the_classes_it_names() {
        let classes = classes(&[10, 40, 25]);
        for (word, expected) in [
            ("auto", [30, 0, 15]),
            ("not majority", [30, 0, 15]),
            ("minority", [30, 0, 0]),
            ("not minority", [0, 0, 15]),
            ("all", [30, 0, 15]),
        ] {
            assert_eq!(classes.to_add(&word.into()).unwrap(), expected, "{word}");
        }
    }

    #[test]
    fn every_word_takes_from_the_classes_it_names() {
        let classes = classes(&[10, 40, 25]);
        for (word, expected) in [
            ("auto", [None, Some(10), Some(10)]),
            ("not minority", [None, Some(10), Some(10)]),
            ("majority", [None, Some(10), None]),
            ("not majority", [Some(10), None, Some(10)]),
            ("all", [Some(10); 3]),
        ] {
            assert_eq!(classes.to_keep(&word.into()).unwrap(), expected, "{word}");
        }
    }

    #[test]
    fn a_number_is_the_share_of_the_rarer_of_two_classes() {
        let two = classes(&[100, 30]);
        assert_eq!(two.to_add(&0.5.into()).unwrap(), [0, 20]);
        assert_eq!(two.to_keep(&0.5.into()).unwrap(), [Some(60), None]);
        assert!(two.to_add(&0.2.into()).is_err() && two.to_keep(&0.2.into()).is_err());
        assert!(classes(&[3, 2, 1]).to_add(&0.5.into()).is_err());
    }

    #[test]
    fn counts_name_their_classes() {
        let two = classes(&[100, 30]);
        assert_eq!(two.to_add(&counts(r#"{"b": 50}"#)).unwrap(), [0, 20]);
        assert_eq!(two.to_keep(&counts(r#"{"a": 50}"#)).unwrap(), [Some(50), None]);
        assert!(two.to_add(&counts(r#"{"b": 10}"#)).is_err());
        assert!(two.to_keep(&counts(r#"{"b": 50}"#)).is_err());
        assert!(two.to_add(&counts(r#"{"z": 50}"#)).is_err());
    }
}
