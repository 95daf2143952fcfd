//! A submission as people write it, in YAML or JSON: the fields of `SubmitTrainingJobRequest` in `snake_case`. It is
//! read strictly, because a misspelt key that is skipped trains something else than was meant.

mod canvas;
mod schema;
mod strict;
#[cfg(test)]
mod tests;

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use anyhow::{Context, Result, anyhow};
use domain::catalog::Catalog;
use messages::v1::{ModelChoice, SubmitTrainingJobRequest};

use crate::cli::{self, Submit, Transform};
use schema::Submission;

/// What a file describes.
#[derive(Debug)]
pub(crate) struct Described {
    /// The request.
    pub(crate) request: SubmitTrainingJobRequest,
    /// What was understood but should be written otherwise.
    pub(crate) warnings: Vec<String>,
}

/// The models and nodes this program knows.
pub(crate) fn catalog() -> Catalog {
    Catalog {
        models: ml::models::specs(),
        nodes: ml::nodes::specs(),
    }
}

/// The request that the file and the options ask for, to be submitted.
pub(crate) fn request(options: &Submit) -> Result<Described> {
    let mut described = described(&options.described)?;
    submitted(options, &mut described.request);
    Ok(described)
}

/// What the file and the options over it describe.
pub(crate) fn described(options: &cli::Described) -> Result<Described> {
    let file = &options.file;
    let text = text(file)?;
    let mut described = if options.canvas {
        let canvas = canvas::read_to_train(file, &text, options.node.as_deref(), &catalog());
        canvas.with_context(|| file.display().to_string())?
    } else {
        Described {
            request: parse(file, &text)?,
            warnings: Vec::new(),
        }
    };
    apply(options, &mut described.request);
    Ok(described)
}

/// What the file of a transformation describes, which need not train.
pub(crate) fn prepared(options: &Transform) -> Result<Described> {
    let file = &options.file;
    let text = text(file)?;
    if options.canvas {
        let canvas = canvas::read(file, &text, options.node.as_deref(), &catalog());
        return canvas.with_context(|| file.display().to_string());
    }
    Ok(Described {
        request: parse(file, &text)?,
        warnings: Vec::new(),
    })
}

/// What a file holds, or standard input.
fn text(file: &Path) -> Result<String> {
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    text.with_context(|| format!("cannot read {}", file.display()))
}

/// The request in `text`, which `file` held.
fn parse(file: &Path, text: &str) -> Result<SubmitTrainingJobRequest> {
    let is_json = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    // Both parsers name the line and the column.
    let submission: Result<Submission> = if is_json {
        serde_json::from_str(text).map_err(Into::into)
    } else {
        serde_yaml_ng::from_str(text).map_err(Into::into)
    };
    submission
        .map(Into::into)
        .map_err(|error| anyhow!("{}: {}", file.display(), shortened(&error.to_string())))
}

/// What a parser says, without most of what it repeats of a file that is none of this kind.
fn shortened(message: &str) -> String {
    const MOST: usize = 160;
    if message.len() <= 2 * MOST {
        return message.to_owned();
    }
    let start = message.floor_char_boundary(MOST);
    let end = message.ceil_char_boundary(message.len() - MOST);
    format!("{} … {}", &message[..start], &message[end..])
}

fn apply(options: &cli::Described, request: &mut SubmitTrainingJobRequest) {
    if !options.models.is_empty() {
        let from_file = std::mem::take(&mut request.models);
        request.models = options
            .models
            .iter()
            .flat_map(|key| chosen(key, &from_file))
            .collect();
    }
    if let Some(node) = &options.node {
        request.node_id.clone_from(node);
        request.target_node_id.clear();
    }
    if let Some(pipeline) = &options.pipeline {
        request.pipeline_id.clone_from(pipeline);
    }
    if let Some(dataset) = &options.dataset {
        request.dataset_source_id.clone_from(dataset);
    }
}

fn submitted(options: &Submit, request: &mut SubmitTrainingJobRequest) {
    request.labels.extend(options.labels.iter().cloned());
    if let Some(id) = &options.request_id {
        request.request_id.clone_from(id);
    }
    if request.request_id.is_empty() {
        // With an id of its own the request can be sent again when the answer got lost.
        request.request_id = format!("trainctl-{}", uuid::Uuid::new_v4());
    }
    if options.no_start {
        request.run_training = Some(false);
    }
    request.validate_only |= options.validate_only;
}

/// The file's entries for this model, or a new one without hyperparameters.
fn chosen(key: &str, from_file: &[ModelChoice]) -> Vec<ModelChoice> {
    let named: Vec<ModelChoice> = from_file
        .iter()
        .filter(|model| model.model_type == key)
        .cloned()
        .collect();
    if named.is_empty() {
        vec![ModelChoice {
            model_type: key.to_owned(),
            hyperparameters: None,
        }]
    } else {
        named
    }
}
