//! Names, numbers and spans as people read them.

use messages::{
    convert::{duration_from_pb, value_from_pb},
    v1::{Artifact, Failure, JobPhase, JobState, TrainingJob},
};
use prost_types::{Duration, Timestamp, Value};

/// What stands where there is nothing to show.
pub(crate) const NOTHING: &str = "-";

/// A state's short name, such as `RUNNING`.
pub(crate) fn state(state: JobState) -> &'static str {
    unprefixed(state.as_str_name(), "JOB_STATE_")
}

/// A phase in words, such as `loading data`.
pub(crate) fn phase(phase: JobPhase) -> String {
    unprefixed(phase.as_str_name(), "JOB_PHASE_")
        .to_lowercase()
        .replace('_', " ")
}

/// An enum value's name without the enum's.
pub(crate) fn unprefixed(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// What a job is called where its id is too long: the end of the id, as its beginning is only the time.
pub(crate) fn short_id(job_id: &str) -> &str {
    let start = job_id.len().saturating_sub(8);
    job_id.get(start..).unwrap_or(job_id)
}

/// Whether an id was taken from where [`short_id`] is shown.
pub(crate) fn is_short_id(given: &str) -> bool {
    given.len() == 8 && given.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The model and its version, such as `ridge_regression v3`.
pub(crate) fn model(job: &TrainingJob) -> String {
    format!("{} v{}", job.model_type, job.version)
}

/// A number with four digits that matter.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e7).contains(&size) {
        format!("{value:.3e}")
    } else if size < 10.0 {
        format!("{value:.4}")
    } else if size < 1000.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1}")
    }
}

/// So many of something, such as `1 row` and `2 rows`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// A size in bytes.
pub(crate) fn bytes(count: i64) -> String {
    match count {
        ..1024 => format!("{count} B"),
        1024..0x10_0000 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / f64::from(1 << 20)),
    }
}

/// A span of time, as exact as its length deserves.
pub(crate) fn span(span: Duration) -> String {
    let Some(span) = duration_from_pb(span) else {
        return NOTHING.to_owned();
    };
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{} ms", span.as_millis()),
        1..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// The span between two times.
pub(crate) fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    let (Some(from), Some(to)) = (from, to) else {
        return NOTHING.to_owned();
    };
    let nanos = i64::from(to.nanos) - i64::from(from.nanos);
    span(Duration {
        seconds: to.seconds - from.seconds - i64::from(nanos < 0),
        nanos: nanos.rem_euclid(1_000_000_000) as i32,
    })
}

/// How long is left, to the second.
pub(crate) fn eta(left: Duration) -> String {
    let whole = Duration {
        seconds: left.seconds.max(1),
        nanos: 0,
    };
    match whole.seconds {
        1..60 => format!("{} s left", whole.seconds),
        _ => format!("{} left", span(whole)),
    }
}

/// A time to the second, such as `2026-05-01 12:00:01`, in UTC.
pub(crate) fn time(time: Option<Timestamp>) -> String {
    let text = time.map(|time| Timestamp { nanos: 0, ..time }.to_string());
    text.map_or(NOTHING.to_owned(), |text| {
        text.replace('T', " ").trim_end_matches('Z').to_owned()
    })
}

/// The time of day, in UTC.
pub(crate) fn clock(at: Option<Timestamp>) -> String {
    time(at).rsplit(' ').next().unwrap_or(NOTHING).to_owned()
}

/// A value as it would be typed.
pub(crate) fn value(value: Option<&Value>) -> String {
    value.map_or(NOTHING.to_owned(), |value| {
        value_from_pb(value.clone()).to_string()
    })
}

/// The text, or a mark that there is none.
pub(crate) fn or_nothing(text: &str) -> &str {
    if text.is_empty() { NOTHING } else { text }
}

/// A failure on one line.
pub(crate) fn failure(failure: &Failure) -> String {
    let kind = unprefixed(failure.kind().as_str_name(), "FAILURE_KIND_");
    let code = if failure.code.is_empty() || failure.code == kind {
        String::new()
    } else {
        format!(" {}", failure.code)
    };
    let node = if failure.node_id.is_empty() {
        String::new()
    } else {
        format!(" at node {}", failure.node_id)
    };
    format!("{kind}{code}{node}: {}", failure.message)
}

/// Where a model lies: the path, for one on a disk.
pub(crate) fn place(artifact: &Artifact) -> String {
    let path = artifact.uri.parse::<storage::Uri>().ok();
    let path = path.as_ref().and_then(storage::Uri::as_path);
    path.map_or_else(|| artifact.uri.clone(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_matter() {
        for (value, shown) in [
            (0.0, "0"),
            (0.956_140_35, "0.9561"),
            (1.0, "1.0000"),
            (54.321_9, "54.32"),
            (2951.84, "2951.8"),
            (-0.5, "-0.5000"),
            (1.234e-7, "1.234e-7"),
            (1.5e9, "1.500e9"),
        ] {
            assert_eq!(number(value), shown);
        }
    }

    #[test]
    fn one_is_not_many() {
        let shown = [0, 1, 2].map(|count| counted(count, "row"));
        assert_eq!(shown, ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn spans_and_times_are_as_exact_as_people_need_them() {
        let of = |seconds, nanos| span(Duration { seconds, nanos });
        assert_eq!(of(0, 12_000_000), "12 ms");
        assert_eq!(of(3, 210_000_000), "3.2 s");
        assert_eq!(of(125, 0), "2 min 5 s");
        assert_eq!(of(7260, 0), "2 h 1 min");
        assert_eq!(eta(Duration { seconds: 0, nanos: 1 }), "1 s left");
        let at = Some(Timestamp {
            seconds: 1_700_000_000,
            nanos: 999,
        });
        assert_eq!(time(at), "2023-11-14 22:13:20");
        assert_eq!(clock(at), "22:13:20");
        assert_eq!(clock(None), "-");
        let from = Timestamp {
            seconds: 1_699_999_998,
            nanos: 500_000_999,
        };
        assert_eq!(between(Some(from), at), "1.5 s");
        assert_eq!(between(None, at), "-");
    }

    #[test]
    fn jobs_of_one_submission_have_different_short_names() {
        let ids = [
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a8058",
        ];
        assert_ne!(short_id(ids[0]), short_id(ids[1]));
        assert_eq!(short_id("é"), "é");
    }
}
