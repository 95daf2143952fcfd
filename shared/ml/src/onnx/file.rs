//! The file of a graph: its inputs and outputs with their types and documentation, and what is known of the pipeline.

use prost::Message;

use super::{
    Graph, Onnx, Value,
    answer::{Output, OutputKind},
    graph,
    proto::{
        DataType, Dimension, DimensionProto, GraphProto, ModelProto, OperatorSetIdProto,
        StringStringEntryProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
    },
};
use crate::{frame::ColumnKind, pipeline::FittedPipeline};

/// The format's version: the oldest with the operators below.
const IR_VERSION: i64 = 10;

/// The sets of operators: ONNX 1.16's, the first with trees of doubles that put out doubles.
const OPSETS: [(&str, i64); 2] = [("", 21), ("ai.onnx.ml", 5)];

/// The name of the number of rows.
const ROWS: &str = "rows";

/// The file.
pub(super) fn write(
    pipeline: &FittedPipeline,
    graph: Graph,
    inputs: &[(Value, ColumnKind)],
    outputs: &[Output],
) -> Onnx {
    let values: Vec<Value> = outputs.iter().map(|output| output.value.clone()).collect();
    let graph::Finished {
        nodes,
        constants,
        outside,
    } = graph.finish(&values);
    let classes = pipeline.classes.as_ref().map_or(0, |classes| classes.count());
    let graph = GraphProto {
        node: nodes,
        name: pipeline.model.key.clone(),
        initializer: constants,
        input: inputs.iter().map(|(value, kind)| input(value, *kind)).collect(),
        output: outputs.iter().map(|known| output(known, classes)).collect(),
    };
    let opset = |(domain, version): (&str, i64)| OperatorSetIdProto {
        domain: domain.to_owned(),
        version: Some(version),
    };
    let model = ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: "trainyard".to_owned(),
        doc_string: format!(
            "Predicts {:?} from raw columns, preparation included. Each input is a column [rows, 1]: numbers as doubles \
             with NaN where missing, true 1 and false 0; texts with \"\" where missing. A row without a prediction has \
             NaN and, where labels are texts, an empty one.",
            pipeline.target
        ),
        graph: Some(graph),
        opset_import: OPSETS.map(opset).to_vec(),
        metadata_props: metadata(pipeline),
    };
    Onnx {
        model: model.encode_to_vec(),
        outside,
    }
}

fn metadata(pipeline: &FittedPipeline) -> Vec<StringStringEntryProto> {
    let entry = |key: &str, value: String| StringStringEntryProto {
        key: key.to_owned(),
        value,
    };
    let mut entries = vec![
        entry("model", pipeline.model.key.clone()),
        entry("problem_type", pipeline.problem_type().as_str().to_owned()),
        entry("target", pipeline.target.clone()),
        entry("features", json(&pipeline.features)),
    ];
    if let Some(classes) = &pipeline.classes {
        entries.push(entry("classes", json(&classes.labels)));
    }
    entries
}

fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

fn input(value: &Value, kind: ColumnKind) -> ValueInfoProto {
    let (data_type, doc) = match kind {
        ColumnKind::Integer => (DataType::Double, "a whole number; NaN where missing"),
        ColumnKind::Float => (DataType::Double, "a number; NaN where missing"),
        ColumnKind::Boolean => (DataType::Double, "true 1, false 0; NaN where missing"),
        ColumnKind::Text => (DataType::String, "a text; empty where missing"),
    };
    info(value, data_type, vec![Dimension::Value(1)], doc)
}

fn output(output: &Output, classes: usize) -> ValueInfoProto {
    let by_class = vec![Dimension::Value(classes as i64)];
    let (data_type, more, doc) = match output.kind {
        OutputKind::WholeLabel => (DataType::Int64, Vec::new(), "the class"),
        OutputKind::TextLabel => (
            DataType::String,
            Vec::new(),
            "the class; empty where there is no prediction",
        ),
        OutputKind::ByClass => (
            DataType::Double,
            by_class,
            "by class, in the order of the metadata's classes; NaN where there is no prediction",
        ),
        OutputKind::Number => (
            DataType::Double,
            Vec::new(),
            "what is predicted; NaN where there is no prediction",
        ),
    };
    info(&output.value, data_type, more, doc)
}

fn info(value: &Value, data_type: DataType, more: Vec<Dimension>, doc: &str) -> ValueInfoProto {
    let dim = std::iter::once(Dimension::Param(ROWS.to_owned()))
        .chain(more)
        .map(|value| DimensionProto { value: Some(value) })
        .collect();
    let tensor = TensorTypeProto {
        elem_type: data_type as i32,
        shape: Some(TensorShapeProto { dim }),
    };
    ValueInfoProto {
        name: value.name().to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
        }),
        doc_string: doc.to_owned(),
    }
}
