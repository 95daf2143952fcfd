use arrow::array::Array;
use domain::graph::Node;

use super::*;
use crate::{
    Error,
    frame::{ColumnKind, numbers, texts},
    io::{write_csv, write_ndjson, write_parquet},
    testing::{Recorder, chain, csv, edge, messy, messy_graph, object},
};

fn run(graph: &Graph, last: &str, text: &str) -> Result<Frame> {
    let options = CsvOptions::default();
    transform(
        graph,
        last,
        csv(text),
        DataFormat::Csv,
        &options,
        &Recorder::default(),
    )
}

fn code(result: Result<Frame>) -> String {
    match result.unwrap_err() {
        Error::Failed(failure) => failure.code,
        Error::Cancelled => "cancelled".into(),
    }
}

fn names(frame: &Frame) -> Vec<&str> {
    frame.columns().iter().map(|column| &*column.name).collect()
}

const SCALED: &[(&str, &str, &str)] = &[
    ("load", "dataset", "{}"),
    ("scale", "scale_numeric_features", "{}"),
];

#[test]
fn without_a_target_every_row_and_column_stays() {
    let frame = run(&chain(SCALED), "scale", "a,b\n1,x\n3,\n").unwrap();
    assert_eq!(names(&frame), ["a", "b"]);
    let scaled = numbers(&frame.require("a").unwrap().data).unwrap();
    assert_eq!(scaled.values().to_vec(), [-1.0, 1.0]);
}

#[test]
fn a_target_that_a_node_names_is_left_alone_and_a_row_without_it_is_dropped() {
    let mut graph = chain(SCALED);
    graph.nodes.push(Node {
        id: "names".into(),
        kind: "feature_target_split".into(),
        config: object(r#"{"target_column": "b"}"#),
    });
    graph.edges.push(edge("scale", "names"));
    let frame = run(&graph, "names", "a,b\n1,5\n3,7\n9,\n").unwrap();
    let values = |name: &str| {
        numbers(&frame.require(name).unwrap().data)
            .unwrap()
            .values()
            .to_vec()
    };
    assert_eq!(values("a"), [-1.0, 1.0]);
    assert_eq!(values("b"), [5.0, 7.0]);
}

#[test]
fn nodes_learn_from_training_rows_and_rows_keep_their_numbers() {
    let frame = run(&messy_graph("spent", "bought"), "scale", &messy(200)).unwrap();
    let frame = numbered(frame).unwrap();
    let rows = numbers(&frame.require("row").unwrap().data).unwrap();
    assert!(!rows.values().contains(&7.0), "the row without a target");
    let splits = &frame.require("split").unwrap().data;
    let income = numbers(&frame.require("income").unwrap().data).unwrap();
    let train: Vec<f64> = (0..frame.height())
        .filter(|&at| texts(splits).get(at).as_deref() == Some("train"))
        .map(|at| income.value(at))
        .collect();
    assert!(train.len() < frame.height());
    assert!((train.iter().sum::<f64>() / train.len() as f64).abs() < 1e-12);
    assert_eq!(code(numbered(frame.clone())), "COLUMN_EXISTS");
}

#[test]
fn up_to_a_node_of_a_training_graph_the_target_and_the_weights_are_those_of_the_training() {
    let mut nodes = SCALED.to_vec();
    nodes.push((
        "train",
        "train_model",
        r#"{"target_column": "b", "sample_weight_column": "w"}"#,
    ));
    let frame = run(&chain(&nodes), "scale", "a,b,w\n1,5,1\n3,7,2\n").unwrap();
    assert_eq!(names(&frame), ["a", "b"]);
    let target = numbers(&frame.require("b").unwrap().data).unwrap();
    assert_eq!(target.values().to_vec(), [5.0, 7.0]);
}

#[test]
fn rows_that_a_node_made_up_have_no_number() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("names", "feature_target_split", r#"{"target_column": "b"}"#),
        ("more", "class_oversampling", r#"{"method": "random"}"#),
    ]);
    let frame = run(&graph, "more", "a,b\n1,x\n2,x\n3,x\n4,y\n").unwrap();
    let frame = numbered(frame).unwrap();
    let rows = &frame.require("row").unwrap().data;
    assert_eq!((rows.len(), rows.null_count()), (6, 2));
    assert_eq!(frame.require("split").unwrap().data.null_count(), 6);
}

#[test]
fn what_is_written_is_read_back() {
    let frame = run(
        &chain(&SCALED[..1]),
        "load",
        "i,f,b,t\n1,0.1,true,\"x, \"\"y\"\"\n\"\n,,,\n3,1e-300,false,y\n",
    )
    .unwrap();
    let written = |format| {
        let mut file = tempfile::tempfile().unwrap();
        match format {
            DataFormat::Csv => write_csv(&frame, &mut file),
            DataFormat::Ndjson => write_ndjson(&frame, &mut file),
            _ => write_parquet(&frame, &mut file),
        }
        .unwrap();
        Source::new("t", file)
    };
    for format in [DataFormat::Parquet, DataFormat::Csv, DataFormat::Ndjson] {
        let options = CsvOptions::default();
        let back = io::read(written(format), format, &options, &Recorder::default()).unwrap();
        let kinds: Vec<ColumnKind> = back.columns().iter().map(|column| column.kind()).collect();
        use ColumnKind::{Boolean, Float, Integer, Text};
        assert_eq!(kinds, [Integer, Float, Boolean, Text], "{format:?}");
        for (ours, read) in frame.columns().iter().zip(back.columns()) {
            assert_eq!((&ours.name, &ours.data), (&read.name, &read.data), "{format:?}");
            assert_eq!(read.data.null_count(), 1);
        }
    }
}

#[test]
fn a_node_that_is_not_there_and_a_frame_without_columns_are_errors() {
    assert_eq!(code(run(&chain(SCALED), "nowhere", "a\n1\n")), "INVALID_GRAPH");
    let empty = chain(&[
        ("load", "dataset", "{}"),
        ("drop", "drop_columns", r#"{"columns": ["a"]}"#),
    ]);
    let frame = run(&empty, "drop", "a\n1\n").unwrap();
    assert!(write_parquet(&frame, Vec::new()).is_err());
    assert!(write_csv(&frame, Vec::new()).is_err());
    assert!(write_ndjson(&frame, Vec::new()).is_err());
}

#[test]
fn what_the_training_node_says_of_the_target_holds_without_a_training() {
    let table = "c,y\na,0\na,1\nb,2\nb,2\n";
    let columns = |training: &str| {
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("encode", "target_encoding", r#"{"columns": ["c"]}"#),
            ("train", "train_model", training),
        ]);
        let frame = run(&graph, "encode", table).unwrap();
        let names = frame.columns().iter().map(|column| column.name.to_string());
        names.filter(|name| name != "y").collect::<Vec<_>>()
    };
    let said = |name: &str, value: &str| format!(r#"{{"target_column": "y", {name:?}: {value:?}}}"#);
    let classes = ["c_0", "c_1", "c_2"];
    assert_eq!(columns(r#"{"target_column": "y"}"#), classes);
    assert_eq!(columns(&said("problem_type", "regression")), ["c"]);
    assert_eq!(columns(&said("model_type", "ridge_regression")), ["c"]);
    assert_eq!(columns(&said("model_type", "gaussian_nb")), classes);
}
