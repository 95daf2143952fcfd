use std::{collections::BTreeMap, fs::File, sync::Mutex};

use arrow::{
    array::RecordBatch,
    datatypes::{Field, Schema},
    ipc::writer::{FileWriter, StreamWriter},
};
use domain::graph::Graph;

use super::*;
use crate::{
    Silent,
    artifact::load,
    frame::{Frame, texts},
    io::{self, TableWriter, write_parquet},
    pipeline::RowPrediction,
    testing::{Recorder, chain, csv, messy, messy_graph_for, spec},
    train,
};

const ROWS: usize = 60;

fn artifact(graph: Graph, model: &str) -> Artifact {
    let dir = tempfile::tempdir().unwrap();
    let trained = train(&spec(graph, model, "{}"), csv(&messy(200)), "00", 1, &Silent).unwrap();
    for (name, content) in trained.files().unwrap() {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    load(dir.path()).unwrap()
}

fn each(
    artifact: &Artifact,
    (source, format): &(Source, DataFormat),
    rows: Option<usize>,
    observer: &dyn Observer,
) -> Result<Vec<Vec<RowPrediction>>, Error> {
    let mut parts = Vec::new();
    artifact.predict_each(
        source,
        (*format, &CsvOptions::default()),
        rows,
        observer,
        |predictions| Ok(predictions.rows),
        |rows| {
            parts.push(rows);
            Ok::<(), Error>(())
        },
    )?;
    Ok(parts)
}

fn file(write: impl FnOnce(&mut File)) -> Source {
    let mut file = tempfile::tempfile().unwrap();
    write(&mut file);
    Source::new("table", file)
}

/// The rows of a table, so many in each batch.
fn batches(frame: &Frame, rows: usize) -> Vec<RecordBatch> {
    let columns = frame.columns();
    let fields = columns
        .iter()
        .map(|column| Field::new(&*column.name, column.data.data_type().clone(), true));
    let data = columns.iter().map(|column| column.data.clone()).collect();
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let all = RecordBatch::try_new(schema.into(), data).unwrap();
    let starts = (0..frame.height()).step_by(rows);
    starts
        .map(|start| all.slice(start, rows.min(frame.height() - start)))
        .collect()
}

/// The messy table in every format.
fn tables() -> Vec<(Source, DataFormat)> {
    let content = messy(ROWS);
    let frame = io::read(csv(&content), DataFormat::Csv, &CsvOptions::default(), &Silent).unwrap();
    let line = |at: usize| {
        let cells = frame.columns().iter().filter_map(|column| {
            let cell = texts(&column.data).get(at)?;
            let cell = match column.kind() {
                crate::frame::ColumnKind::Text => format!("{cell:?}"),
                _ => cell.into_owned(),
            };
            Some(format!("{:?}: {cell}", &*column.name))
        });
        format!("{{{}}}\n", cells.collect::<Vec<_>>().join(", "))
    };
    let lines: String = (0..frame.height()).map(line).collect();
    let arrow = batches(&frame, 9);
    vec![
        (csv(&content), DataFormat::Csv),
        (csv(&lines), DataFormat::Ndjson),
        (
            file(|file| write_parquet(&frame, file).unwrap()),
            DataFormat::Parquet,
        ),
        (
            file(|file| {
                let mut writer = FileWriter::try_new(file, &arrow[0].schema()).unwrap();
                arrow.iter().for_each(|batch| writer.write(batch).unwrap());
                writer.finish().unwrap();
            }),
            DataFormat::Arrow,
        ),
        (
            file(|file| {
                let mut writer = StreamWriter::try_new(file, &arrow[0].schema()).unwrap();
                arrow.iter().for_each(|batch| writer.write(batch).unwrap());
                writer.finish().unwrap();
            }),
            DataFormat::Arrow,
        ),
    ]
}

#[test]
fn a_table_is_predicted_the_same_as_a_whole_and_in_parts() {
    for model in ["logistic_regression", "random_forest_regressor"] {
        let artifact = artifact(messy_graph_for(model), model);
        let options = CsvOptions::default();
        let whole = artifact
            .read(csv(&messy(ROWS)), DataFormat::Csv, &options, &Silent)
            .unwrap();
        let whole = artifact.pipeline.predict(whole, &Silent).unwrap().rows;
        // Some have none, as a node drops them.
        let reasons = whole
            .iter()
            .filter(|row| matches!(row.outcome, crate::pipeline::Outcome::Nothing(_)));
        assert!(reasons.count() > 0);
        for table in tables() {
            for rows in [Some(1), Some(7), Some(ROWS), None] {
                let parts = each(&artifact, &table, rows, &Silent).unwrap();
                let at_most = rows.unwrap_or(ROWS);
                assert!(parts.iter().all(|part| part.len() <= at_most));
                assert_eq!(parts.concat(), whole, "{model} {:?} {rows:?}", table.1);
            }
        }
    }
}

#[test]
fn what_lies_before_a_mistake_was_written_and_the_mistake_is_told() {
    let artifact = artifact(messy_graph_for("ridge_regression"), "ridge_regression");
    // Two blocks of a CSV file, so that the first is predicted before the second is seen to be wrong.
    let line = "0,33.0,500.0,Bern,true,,\n";
    let head = "id,age,income,city,member,bought,spent\n";
    let many = 2 * (512 << 10) / line.len();
    let content = format!("{head}{}0,old,500.0,Bern,true,,\n", line.repeat(many));
    let mut written = 0;
    let error = artifact
        .predict_each(
            &csv(&content),
            (DataFormat::Csv, &CsvOptions::default()),
            None,
            &Silent,
            |predictions| Ok(predictions.rows.len()),
            |rows| {
                written += rows;
                Ok::<(), Error>(())
            },
        )
        .unwrap_err();
    let failure = error.failure().unwrap();
    assert_eq!(failure.code, "UNEXPECTED_TYPE");
    assert_eq!(
        failure.message,
        format!(
            "table.csv line {} column 2 (age): \"old\" is not a number",
            many + 2
        )
    );
    assert!(written > 0 && written < many, "{written}");
}

#[test]
fn a_prediction_that_is_cancelled_ends() {
    let artifact = artifact(messy_graph_for("ridge_regression"), "ridge_regression");
    for table in tables() {
        let recorder = Recorder {
            cancel_at: Some(12),
            ..Recorder::default()
        };
        let told = each(&artifact, &table, Some(1), &recorder);
        assert_eq!(told, Err(Error::Cancelled), "{:?}", table.1);
    }
}

/// Counts odd values, by what is told of them.
#[derive(Default)]
struct Counter(Mutex<BTreeMap<String, usize>>);

impl Observer for Counter {
    fn odd_values(&self, node_id: &str, column: &str, count: usize, fate: &str) {
        let what = format!("{node_id} {column} {fate}");
        *self.0.lock().unwrap().entry(what).or_default() += count;
    }
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn unseen_categories_and_what_cannot_be_cast_are_counted_over_all_parts() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        (
            "keep",
            "select_columns",
            r#"{"columns": ["age", "city", "member"]}"#,
        ),
        (
            "cast",
            "cast_column_types",
            r#"{"column_overrides": {"member": "float64"}}"#,
        ),
        ("enc", "one_hot_encoding", r#"{"columns": ["city"]}"#),
        ("train", "train_model", r#"{"target_column": "bought"}"#),
    ]);
    let artifact = artifact(graph, "random_forest_classifier");
    let content = "age,city,member\n30,Oslo,true\n40,Bern,true\n50,Rome,false\n60,,false\n70,Oslo,true\n";
    for rows in [1, 2, 5] {
        let counter = Counter::default();
        let parts = each(&artifact, &(csv(content), DataFormat::Csv), Some(rows), &counter).unwrap();
        assert_eq!(parts.concat().len(), 5);
        let counted = counter.0.into_inner().unwrap();
        assert_eq!(
            counted.into_iter().collect::<Vec<_>>(),
            [(
                "enc city not seen in the training rows set none of its columns".to_owned(),
                3
            )]
        );
    }
}

#[test]
fn rows_are_written_as_parquet_in_as_many_pieces_as_they_come() {
    let options = CsvOptions::default();
    let frame = io::read(csv(&messy(ROWS)), DataFormat::Csv, &options, &Silent).unwrap();
    let source = file(|file| {
        let mut writer = TableWriter::new(&frame, file).unwrap();
        for start in (0..ROWS as u32).step_by(7) {
            let places: Vec<u32> = (start..(start + 7).min(ROWS as u32)).collect();
            writer.write(&frame.take(&places.into()).unwrap()).unwrap();
        }
        writer.finish().unwrap();
    });
    let again = io::read(source, DataFormat::Parquet, &options, &Silent).unwrap();
    for (ours, theirs) in frame.columns().iter().zip(again.columns()) {
        assert_eq!(&ours.data, &theirs.data, "{}", ours.name);
    }
}
