//! `pipeline.tyd`: the fitted pipeline as data. Nothing in it is executed: keys name the nodes and the model of
//! this program, and states are plain values.

use std::io::{self, Write};

use ciborium::Value as Cbor;
use ciborium_ll::{Encoder, Header};
use domain::value::Object;
use serde::{Deserialize, Serialize};

use super::{PIPELINE_FILE, bad, container};
use crate::{
    Error,
    counted::Counted,
    error::Result,
    io::ColumnSchema,
    model::FittedModel,
    models, nodes,
    pipeline::{Classes, FittedPipeline, ModelState, Step, Steps},
};

const KIND: container::Kind = container::Kind {
    magic: *b"TYDPIPE\0",
    version: 1,
    limit: 1 << 33,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema: Vec<ColumnSchema>,
    target: String,
    steps: Vec<SavedStep>,
    features: Vec<String>,
    classes: Option<Classes>,
    model: String,
    hyperparameters: Object,
    /// The model's own CBOR, as a byte string. The last, as it is written by itself.
    fitted: Cbor,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedStep {
    node_id: String,
    key: String,
    config: Object,
    inputs: Vec<usize>,
    state: Cbor,
}

/// The file of a fitted pipeline, of which the model is written from where it is.
pub(super) struct PipelineFile<'p> {
    /// All that comes before the model's own CBOR.
    head: Vec<u8>,
    model: &'p dyn FittedModel,
    /// Of all of it.
    length: u64,
}

impl PipelineFile<'_> {
    /// Writes the file.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let content = |out: &mut dyn Write| {
            out.write_all(&self.head)?;
            self.model.write(out)
        };
        container::write(KIND, self.length, content, out)
    }
}

/// The file of a fitted pipeline; what [`decode`] would not take is refused.
pub(super) fn encode(pipeline: &FittedPipeline) -> Result<PipelineFile<'_>> {
    let step = |step: &Step| SavedStep {
        node_id: step.node_id.clone(),
        key: step.key.clone(),
        config: step.config.clone(),
        inputs: step.inputs.clone(),
        state: step.fitted.state(),
    };
    let saved = Saved {
        schema: pipeline.schema.clone(),
        target: pipeline.target.clone(),
        steps: pipeline.steps.0.iter().map(step).collect(),
        features: pipeline.features.clone(),
        classes: pipeline.classes.clone(),
        model: pipeline.model.key.clone(),
        hyperparameters: pipeline.model.hyperparameters.clone(),
        fitted: Cbor::Bytes(Vec::new()),
    };
    let unencodable = |error: &dyn std::fmt::Display| Error::unsupported("ENCODING", error.to_string());
    let mut head = Vec::new();
    ciborium::into_writer(&saved, &mut head).map_err(|error| unencodable(&error))?;
    let model = &*pipeline.model.fitted;
    let mut counted = Counted::new(io::sink());
    model.write(&mut counted).map_err(|error| unencodable(&error))?;
    let bytes = counted.bytes;
    // What it ends in is the head of an empty byte string, in whose place comes that of the model's.
    head.pop();
    Encoder::from(&mut head)
        .push(Header::Bytes(usize::try_from(bytes).ok()))
        .map_err(|error| unencodable(&error))?;
    let length = head.len() as u64 + bytes;
    container::require(PIPELINE_FILE, KIND, length)?;
    Ok(PipelineFile { head, model, length })
}

/// The fitted pipeline of a file.
pub(super) fn decode(file: &[u8]) -> Result<FittedPipeline> {
    let content = container::unpack(PIPELINE_FILE, KIND, file)?;
    let mut rest = content.as_slice();
    let saved: Saved = ciborium::from_reader(&mut rest).map_err(|error| bad(PIPELINE_FILE, error))?;
    if !rest.is_empty() {
        let reason = format!("{} bytes come after the pipeline in it", rest.len());
        return Err(bad(PIPELINE_FILE, reason));
    }
    let mut steps = Vec::with_capacity(saved.steps.len());
    for step in saved.steps {
        steps.push(load_step(step, steps.len())?);
    }
    let Some(model) = models::get(&saved.model) else {
        return Err(bad(
            PIPELINE_FILE,
            format!("its model {:?} is not known here", saved.model),
        ));
    };
    let Cbor::Bytes(fitted) = saved.fitted else {
        return Err(bad(PIPELINE_FILE, "its model has no state"));
    };
    let spec = model.spec();
    let fitted = model.load(&fitted).map_err(|error| bad(PIPELINE_FILE, error))?;
    let classes = saved.classes.as_ref().map(Classes::count);
    let positive = saved.classes.as_ref().and_then(|classes| classes.positive);
    if !fitted.suits(saved.features.len(), classes) || positive.is_some_and(|place| Some(place) >= classes) {
        return Err(bad(
            PIPELINE_FILE,
            "its model is of other features or classes than it names",
        ));
    }
    Ok(FittedPipeline {
        schema: saved.schema,
        target: saved.target,
        steps: Steps(steps),
        features: saved.features,
        classes: saved.classes,
        model: ModelState {
            key: spec.key,
            hyperparameters: saved.hyperparameters,
            handles_missing: spec.handles_missing,
            fitted,
        },
    })
}

fn load_step(step: SavedStep, place: usize) -> Result<Step> {
    let SavedStep {
        node_id,
        key,
        config,
        inputs,
        state,
    } = step;
    let Some((node, _)) = nodes::get(&key) else {
        return Err(bad(
            PIPELINE_FILE,
            format!("its node type {key:?} is not known here"),
        ));
    };
    if inputs.iter().any(|input| *input >= place) || (inputs.is_empty() && place > 0) {
        return Err(bad(
            PIPELINE_FILE,
            format!("node {node_id:?} runs before its input"),
        ));
    }
    let fitted = node.load(&config, &state).map_err(|error| error.at(&node_id))?;
    Ok(Step {
        node_id,
        key,
        config,
        inputs,
        fitted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Silent,
        testing::{csv, messy, messy_graph_for, spec},
        train,
    };

    #[test]
    fn what_comes_after_the_pipeline_or_its_model_is_refused() {
        let model = "ridge_regression";
        let spec = spec(messy_graph_for(model), model, "{}");
        let trained = train(&spec, csv(&messy(200)), "00", 1, &Silent).unwrap();
        let (_, file) = trained.files().unwrap().swap_remove(0);
        let mut content = container::unpack(PIPELINE_FILE, KIND, &file).unwrap();
        content.extend([0xf6, 0xf6]);
        let longer = container::pack(PIPELINE_FILE, KIND, &content).unwrap();
        let error = decode(&longer).err().unwrap();
        assert!(
            error.to_string().contains("2 bytes come after the pipeline"),
            "{error}"
        );
        let pipeline = decode(&file).unwrap();
        let mut fitted = pipeline.model.fitted.save();
        fitted.push(0xf6);
        let error = models::get(model).unwrap().load(&fitted).err().unwrap();
        assert!(
            error.to_string().contains("1 bytes come after the model"),
            "{error}"
        );
    }
}
