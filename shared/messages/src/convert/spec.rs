//! What a job trains, and the tables it reads.

use domain::{
    id::{NAME_RULE, Name},
    spec::{CsvOptions, DataFormat, DatasetRef, TrainSpec},
    violation::Violation,
};

use super::{Invalid, graph_from_pb, graph_to_pb, object_from_pb, object_to_pb};
use crate::v1;

/// The spec a message holds.
///
/// # Errors
///
/// Names a part that is missing, or what is wrong with the data source.
pub fn spec_from_pb(spec: v1::TrainingSpec) -> Result<TrainSpec, Invalid> {
    let missing = |field: &str| Invalid(vec![Violation::new(field, "must be given")]);
    let dataset = spec
        .dataset_source
        .ok_or_else(|| missing("spec.dataset_source"))?;
    Ok(TrainSpec {
        graph: graph_from_pb(spec.graph.ok_or_else(|| missing("spec.graph"))?),
        node_id: spec.node_id,
        model_type: spec.model_type,
        hyperparameters: spec.hyperparameters.map(object_from_pb).unwrap_or_default(),
        dataset: dataset_from_pb(dataset, "spec.dataset_source")?,
    })
}

/// A spec as a message.
pub fn spec_to_pb(spec: &TrainSpec) -> v1::TrainingSpec {
    v1::TrainingSpec {
        graph: Some(graph_to_pb(&spec.graph)),
        node_id: spec.node_id.clone(),
        model_type: spec.model_type.clone(),
        hyperparameters: Some(object_to_pb(&spec.hyperparameters)),
        dataset_source: Some(dataset_to_pb(&spec.dataset)),
    }
}

/// The data source a message at `path` holds, with defaults filled in. The URI's scheme and roots are not checked.
///
/// # Errors
///
/// Every violation: id, URI, format, CSV options and hash.
pub fn dataset_from_pb(source: v1::DatasetSource, path: &str) -> Result<DatasetRef, Invalid> {
    let mut violations = Vec::new();
    let mut wrong =
        |field: &str, message: &str| violations.push(Violation::new(format!("{path}.{field}"), message));
    if source.dataset_source_id.parse::<Name>().is_err() {
        wrong("dataset_source_id", NAME_RULE);
    }
    if source.uri.is_empty() || source.uri.len() > 2048 {
        wrong("uri", "must hold 1 to 2,048 bytes");
    }
    let format = format_from_pb(source.format(), &source.uri);
    if format.is_none() {
        wrong("format", "must be given, as the ending of the URI tells none");
    }
    let hash = source.sha256.as_str();
    if !(hash.is_empty() || hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    {
        wrong("sha256", "must be 64 lower-case hexadecimal digits");
    }
    let csv = source.csv.unwrap_or_default();
    let defaults = CsvOptions::default();
    let mut character = |field: &str, text: &str, default: u8| match text.as_bytes() {
        [] => default,
        [one] if one.is_ascii() && !matches!(one, b'\n' | b'\r') => *one,
        _ => {
            wrong(field, "must be one ASCII character");
            default
        }
    };
    let delimiter = character("csv.delimiter", &csv.delimiter, defaults.delimiter);
    let quote = character("csv.quote", &csv.quote, defaults.quote);
    if delimiter == quote {
        wrong("csv.quote", "must differ from the delimiter");
    }
    let Some(format) = format.filter(|_| violations.is_empty()) else {
        return Err(Invalid(violations));
    };
    let null_values = if csv.null_values.is_empty() {
        defaults.null_values
    } else {
        csv.null_values
    };
    Ok(DatasetRef {
        id: source.dataset_source_id,
        uri: source.uri,
        format,
        csv: CsvOptions {
            delimiter,
            has_header: csv.has_header.unwrap_or(true),
            quote,
            null_values,
        },
        sha256: (!source.sha256.is_empty()).then_some(source.sha256),
    })
}

/// A data source as a message, without its time.
pub fn dataset_to_pb(dataset: &DatasetRef) -> v1::DatasetSource {
    let csv = v1::CsvOptions {
        delimiter: char::from(dataset.csv.delimiter).to_string(),
        has_header: Some(dataset.csv.has_header),
        quote: char::from(dataset.csv.quote).to_string(),
        null_values: dataset.csv.null_values.clone(),
    };
    v1::DatasetSource {
        dataset_source_id: dataset.id.clone(),
        uri: dataset.uri.clone(),
        format: format_to_pb(dataset.format).into(),
        csv: (dataset.format == DataFormat::Csv).then_some(csv),
        sha256: dataset.sha256.clone().unwrap_or_default(),
        create_time: None,
    }
}

/// The format asked for, or told by the ending of `uri`.
pub fn format_from_pb(format: v1::DataFormat, uri: &str) -> Option<DataFormat> {
    match format {
        v1::DataFormat::Csv => Some(DataFormat::Csv),
        v1::DataFormat::Parquet => Some(DataFormat::Parquet),
        v1::DataFormat::Ndjson => Some(DataFormat::Ndjson),
        v1::DataFormat::Arrow => Some(DataFormat::Arrow),
        v1::DataFormat::Xlsx => Some(DataFormat::Xlsx),
        v1::DataFormat::Unspecified => format_of_name(uri),
    }
}

/// The endings of names, without those of gzip and zstd, that tell the format.
const FORMAT_ENDINGS: [(&str, DataFormat); 9] = [
    (".csv", DataFormat::Csv),
    (".parquet", DataFormat::Parquet),
    (".ndjson", DataFormat::Ndjson),
    (".jsonl", DataFormat::Ndjson),
    (".arrow", DataFormat::Arrow),
    (".arrows", DataFormat::Arrow),
    (".feather", DataFormat::Arrow),
    (".ipc", DataFormat::Arrow),
    (".xlsx", DataFormat::Xlsx),
];

/// The format that the ending of a name tells. Only what is read as a stream may be packed.
fn format_of_name(name: &str) -> Option<DataFormat> {
    let name = name.to_ascii_lowercase();
    let bare = [".gz", ".zst"]
        .iter()
        .find_map(|packed| name.strip_suffix(packed));
    let (_, format) = FORMAT_ENDINGS
        .into_iter()
        .find(|(ending, _)| bare.unwrap_or(&name).ends_with(ending))?;
    let streamed = matches!(format, DataFormat::Csv | DataFormat::Ndjson);
    (bare.is_none() || streamed).then_some(format)
}

/// A format as a message.
pub fn format_to_pb(format: DataFormat) -> v1::DataFormat {
    match format {
        DataFormat::Csv => v1::DataFormat::Csv,
        DataFormat::Parquet => v1::DataFormat::Parquet,
        DataFormat::Ndjson => v1::DataFormat::Ndjson,
        DataFormat::Arrow => v1::DataFormat::Arrow,
        DataFormat::Xlsx => v1::DataFormat::Xlsx,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_source_comes_back_as_it_went() {
        let source = v1::DatasetSource {
            dataset_source_id: "churn".into(),
            uri: "file:///data/churn.csv".into(),
            ..Default::default()
        };
        let dataset = dataset_from_pb(source, "dataset_source").unwrap();
        assert_eq!(dataset.csv, CsvOptions::default());
        assert_eq!(
            dataset_from_pb(dataset_to_pb(&dataset), "dataset_source").unwrap(),
            dataset
        );
    }

    #[test]
    fn every_mistake_of_a_data_source_is_told_at_once() {
        let csv = v1::CsvOptions {
            delimiter: ";;".into(),
            ..Default::default()
        };
        let source = v1::DatasetSource {
            dataset_source_id: "../x".into(),
            sha256: "ABC".into(),
            csv: Some(csv),
            ..Default::default()
        };
        let Invalid(violations) = dataset_from_pb(source, "dataset_source").unwrap_err();
        let fields: Vec<&str> = violations
            .iter()
            .map(|v| v.field.trim_start_matches("dataset_source."))
            .collect();
        assert_eq!(
            fields,
            ["dataset_source_id", "uri", "format", "sha256", "csv.delimiter"]
        );
    }
}
