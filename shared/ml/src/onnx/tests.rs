mod trees;

use std::collections::HashSet;

use prost::Message;

use super::{
    proto::{
        DataLocation, DataType, Dimension, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
    },
    testing::{longs, walk},
    trees::MOST_BYTES,
};
use crate::{
    Silent,
    artifact::{Manifest, ONNX_DATA_FILE, ONNX_FILE},
    attempt::{Trained, train},
    models,
    testing::{chain, csv, messy, messy_graph_for, spec},
};

/// The models that cannot be said in ONNX.
const EXCEPTIONS: [&str; 2] = ["k_neighbors_classifier", "k_neighbors_regressor"];

fn trained(model: &str, hyperparameters: &str) -> Trained {
    let spec = spec(messy_graph_for(model), model, hyperparameters);
    train(&spec, csv(&messy(200)), "00", 1, &Silent).unwrap()
}

fn decoded(trained: &Trained) -> ModelProto {
    let onnx = trained.pipeline().onnx(MOST_BYTES).unwrap();
    ModelProto::decode(onnx.model.as_slice()).unwrap()
}

fn names(infos: &[ValueInfoProto]) -> Vec<&str> {
    infos.iter().map(|info| info.name.as_str()).collect()
}

fn shape(info: &ValueInfoProto) -> (DataType, Vec<String>) {
    let tensor = info.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    let dims = tensor.shape.as_ref().unwrap().dim.iter();
    let dims = dims.map(|dim| match dim.value.as_ref().unwrap() {
        Dimension::Value(length) => length.to_string(),
        Dimension::Param(name) => name.clone(),
    });
    (tensor.elem_type(), dims.collect())
}

fn manifest(trained: &Trained) -> (Manifest, Option<Vec<u8>>) {
    let files = trained.files().unwrap();
    let content = |wanted: &str| {
        files
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, content)| content)
    };
    let manifest = serde_json::from_slice(content("manifest.json").unwrap()).unwrap();
    (manifest, content(ONNX_FILE).cloned())
}

/// What the model's file says of where a constant lies outside it: offset and length.
fn place(constant: &TensorProto) -> [usize; 2] {
    let told: Vec<_> = constant
        .external_data
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(told, ["location", "offset", "length"]);
    assert_eq!(constant.external_data[0].value, ONNX_DATA_FILE);
    [1, 2].map(|at| constant.external_data[at].value.parse().unwrap())
}

/// Every name is defined once, and before it is used; every constant has as many numbers as its shape says.
fn check(model: &ModelProto, key: &str) {
    let graph = model.graph.as_ref().unwrap();
    for constant in &graph.initializer {
        let length: i64 = constant.dims.iter().product();
        let bytes = match constant.data_location() {
            DataLocation::Default => constant.raw_data.as_ref().map_or(0, Vec::len),
            DataLocation::External => place(constant)[1],
        };
        let found = match constant.data_type() {
            DataType::String => constant.string_data.len(),
            DataType::Int32 | DataType::Float => bytes / 4,
            DataType::Bool | DataType::Uint8 => bytes,
            DataType::Int64 | DataType::Double | DataType::Undefined => bytes / 8,
        };
        assert_eq!(found as i64, length, "{key}: {}", constant.name);
    }
    check_names(graph, &mut HashSet::from([""]), key);
}

fn check_names<'g>(graph: &'g GraphProto, known: &mut HashSet<&'g str>, key: &str) {
    let constants = graph.initializer.iter().map(|constant| &constant.name);
    for name in constants.chain(graph.input.iter().map(|input| &input.name)) {
        assert!(known.insert(name), "{key}: {name}");
    }
    for node in &graph.node {
        for input in &node.input {
            assert!(
                known.contains(input.as_str()),
                "{key}: {} uses {input}",
                node.op_type
            );
        }
        // What a graph within makes is not seen outside it.
        for inner in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
            check_names(inner, &mut known.clone(), key);
        }
        for output in &node.output {
            assert!(known.insert(output), "{key}: {output}");
        }
    }
    for output in &graph.output {
        assert!(known.contains(output.name.as_str()), "{key}: {}", output.name);
    }
}

#[test]
fn every_model_is_written_or_named_with_a_reason() {
    for spec in models::specs() {
        let key = spec.key.as_str();
        let trained = trained(key, "{}");
        let (manifest, file) = manifest(&trained);
        if EXCEPTIONS.contains(&key) {
            let [exception] = manifest.onnx_exceptions.as_slice() else {
                panic!("{key}: {:?}", manifest.onnx_exceptions);
            };
            assert_eq!(
                (exception.node_id.as_deref(), exception.key.as_str()),
                (None, key)
            );
            assert!(exception.reason.len() > 20, "{}", exception.reason);
            assert_eq!(file, None, "{key}");
            continue;
        }
        assert_eq!(manifest.onnx_exceptions, [], "{key}");
        let file = file.unwrap();
        let entry = manifest
            .files
            .iter()
            .find(|entry| entry.name == ONNX_FILE)
            .unwrap();
        assert_eq!(entry.bytes, file.len() as u64, "{key}");
        check(&ModelProto::decode(file.as_slice()).unwrap(), key);
    }
}

#[test]
fn large_trees_lie_in_a_file_beside_the_model() {
    for key in ["random_forest_regressor", "hist_gradient_boosting_classifier"] {
        let trained = trained(key, "{}").with_trees_in_onnx_up_to(0);
        let (manifest, file) = manifest(&trained);
        let files = trained.files().unwrap();
        let (_, data) = files.iter().find(|(name, _)| name == ONNX_DATA_FILE).unwrap();
        let listed = manifest
            .files
            .iter()
            .map(|entry| (entry.name.as_str(), entry.bytes));
        assert!(
            listed
                .clone()
                .any(|entry| entry == (ONNX_DATA_FILE, data.len() as u64))
        );
        let model = ModelProto::decode(file.unwrap().as_slice()).unwrap();
        check(&model, key);
        assert!(nodes(&model, "TreeEnsemble").is_empty(), "{key}");
        let constants = &model.graph.as_ref().unwrap().initializer;
        let outside = constants
            .iter()
            .filter(|constant| constant.data_location() == DataLocation::External);
        let mut end = 0;
        for [offset, length] in outside.map(place) {
            assert!(offset >= end && offset.is_multiple_of(1 << 16), "{key}: {offset}");
            end = offset + length;
        }
        assert_eq!(end, data.len(), "{key}");
    }
}

#[test]
fn raw_columns_go_in_and_labels_with_probabilities_come_out() {
    let trained = trained("logistic_regression", "{}");
    let model = decoded(&trained);
    let graph = model.graph.as_ref().unwrap();
    assert_eq!(model.ir_version, Some(10));
    let opsets = model.opset_import.iter();
    let opsets: Vec<_> = opsets.map(|set| (set.domain.as_str(), set.version)).collect();
    assert_eq!(opsets, [("", Some(21)), ("ai.onnx.ml", Some(5))]);
    assert_eq!(names(&graph.input), ["age", "income", "city", "member"]);
    let column = |data_type| (data_type, vec!["rows".to_owned(), "1".to_owned()]);
    let shapes: Vec<_> = graph.input.iter().map(shape).collect();
    let (number, text) = (column(DataType::Double), column(DataType::String));
    assert_eq!(shapes, [number.clone(), number.clone(), text, number]);
    assert!(
        graph
            .input
            .iter()
            .all(|input| input.doc_string.contains("missing"))
    );
    assert_eq!(names(&graph.output), ["label", "probabilities"]);
    assert_eq!(
        graph.output.iter().map(shape).collect::<Vec<_>>(),
        [
            (DataType::String, vec!["rows".to_owned()]),
            (DataType::Double, vec!["rows".to_owned(), "2".to_owned()])
        ]
    );
    let told: Vec<_> = model
        .metadata_props
        .iter()
        .map(|entry| (entry.key.as_str(), entry.value.as_str()))
        .collect();
    assert!(told.contains(&("target", "bought")), "{told:?}");
    assert!(told.contains(&("classes", r#"["no","yes"]"#)), "{told:?}");
}

#[test]
fn a_number_is_predicted_as_one_number_per_row() {
    let model = decoded(&trained("ridge_regression", "{}"));
    let [output] = model.graph.as_ref().unwrap().output.as_slice() else {
        panic!("one output");
    };
    assert_eq!(output.name, "value");
    assert_eq!(shape(output), (DataType::Double, vec!["rows".to_owned()]));
}

#[test]
fn whole_numbers_stay_numbers_as_labels_and_columns_keep_their_names_whatever_they_are() {
    let table = "label,v0,probabilities,y\n1,2,3,10\n2,1,0,20\n3,3,1,10\n0,1,2,20\n5,1,1,10\n2,2,2,20\n";
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let spec = spec(graph, "logistic_regression", "{}");
    let model = decoded(&train(&spec, csv(table), "00", 1, &Silent).unwrap());
    check(&model, "logistic_regression");
    let graph = model.graph.as_ref().unwrap();
    assert_eq!(names(&graph.input), ["label", "v0", "probabilities"]);
    assert_eq!(names(&graph.output), ["label_", "probabilities_"]);
    assert_eq!(shape(&graph.output[0]).0, DataType::Int64);
}

/// The nodes of this type.
fn nodes<'a>(model: &'a ModelProto, op: &str) -> Vec<&'a NodeProto> {
    let graph = model.graph.as_ref().unwrap();
    graph.node.iter().filter(|node| node.op_type == op).collect()
}

#[test]
fn a_tree_without_splits_has_one_with_the_same_leaf_on_both_sides() {
    let table = "x,y\n1,3\n2,3\n3,3\n4,3\n";
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("train", "train_model", r#"{"target_column": "y"}"#),
    ]);
    let spec = spec(graph, "decision_tree_regressor", "{}");
    let model = decoded(&train(&spec, csv(table), "00", 1, &Silent).unwrap());
    let [ensemble] = nodes(&model, "TreeEnsemble")[..] else {
        panic!("one ensemble");
    };
    assert_eq!(longs(ensemble, "nodes_trueleafs"), [1]);
    for value in [f64::NAN, -1.0, 1.0] {
        assert_eq!(walk(ensemble, &[value]), [3.0]);
    }
}

#[test]
fn a_pipeline_with_exceptions_names_all_of_them_and_writes_the_rest() {
    let graph = chain(&[
        ("load", "dataset", "{}"),
        ("drop", "drop_columns", r#"{"columns": ["id", "spent"]}"#),
        ("trim", "trim_whitespace", "{}"),
        ("hash", "hash_encoding", r#"{"columns": ["city"]}"#),
        ("train", "train_model", r#"{"target_column": "bought"}"#),
    ]);
    let spec = spec(graph, "hist_gradient_boosting_classifier", "{}");
    let trained = train(&spec, csv(&messy(200)), "00", 1, &Silent).unwrap();
    let (manifest, file) = manifest(&trained);
    assert_eq!(file, None);
    let named: Vec<_> = manifest
        .onnx_exceptions
        .iter()
        .map(|exception| (exception.node_id.as_deref(), exception.key.as_str()))
        .collect();
    assert_eq!(
        named,
        [(Some("trim"), "trim_whitespace"), (Some("hash"), "hash_encoding")]
    );
    let files: Vec<&str> = manifest.files.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        files,
        ["pipeline.tyd", "evaluation.json", "report.html", "rows.bin"]
    );
}

#[test]
fn branches_go_on_with_the_version_that_was_changed() {
    let mut graph = messy_graph_for("ridge_regression");
    // `encode` changes the city and `scale` the numbers, each behind `fill`; they meet at the training node.
    graph
        .edges
        .retain(|edge| edge.target != "scale" && edge.target != "train");
    let edge = crate::testing::edge;
    graph.edges.extend([
        edge("fill", "scale"),
        edge("encode", "train"),
        edge("scale", "train"),
    ]);
    let branched = spec(graph, "ridge_regression", "{}");
    let branched = train(&branched, csv(&messy(200)), "00", 1, &Silent).unwrap();
    let model = decoded(&branched);
    check(&model, "ridge_regression");
    // Two numbers are scaled; a third `Sub` would be a column that is scaled twice.
    assert_eq!(nodes(&model, "Sub").len(), 2);
    assert_eq!(nodes(&model, "LabelEncoder").len(), 1);
}

#[test]
fn loops_that_compare_texts_use_what_is_made_before_them() {
    let table = "one,other,y\nBern,Berne,1\nGraz,Gras,2\nLyon,,3\nBern,Lyon,4\n";
    for method in ["ratio", "token_sort_ratio", "token_set_ratio"] {
        let operation = format!(
            r#"{{"operations": [{{"operation_type": "similarity", "method": "{method}",
                "input_columns": ["one"], "secondary_columns": ["other"]}}]}}"#
        );
        let graph = chain(&[
            ("load", "dataset", "{}"),
            ("compare", "feature_math", &operation),
            ("drop", "drop_columns", r#"{"columns": ["one", "other"]}"#),
            ("train", "train_model", r#"{"target_column": "y"}"#),
        ]);
        let spec = spec(graph, "decision_tree_regressor", "{}");
        let model = decoded(&train(&spec, csv(table), "00", 1, &Silent).unwrap());
        check(&model, method);
        // Letters are taken apart in one loop, words in another, and one compares.
        let words = usize::from(method != "ratio");
        assert_eq!(nodes(&model, "Loop").len(), 2 + words, "{method}");
    }
}
