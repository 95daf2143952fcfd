//! `compare`: jobs side by side by their metrics.

use std::io::{IsTerminal, stdout};

use anyhow::{Result, bail};
use futures::future::try_join_all;
use messages::v1::{JobFilter, JobOrder, JobView, TrainingJob};
use serde_json::json;

use super::jobs;
use crate::{
    cli::Compare,
    client::Client,
    follow,
    output::{Output, note},
    show::{
        compared::{Asked, bold, groups, others},
        json,
    },
};

/// Compares jobs.
pub(super) async fn compare(client: &Client, options: &Compare, output: &mut Output) -> Result<()> {
    let jobs = asked_for(client, options).await?;
    let asked = Asked {
        split: options.split.as_deref(),
        metrics: &options.metrics,
    };
    let groups = groups(&jobs, asked)?;
    let others = others(&jobs);
    if output.json {
        let without: Vec<_> = jobs
            .iter()
            .filter(|job| job.metrics.is_empty())
            .map(json::job)
            .collect();
        let groups: Vec<_> = groups.iter().map(|group| group.json()).collect();
        return output.json(&json!({ "groups": groups, "without_metrics": without }));
    }
    let is_terminal = stdout().is_terminal();
    let mut tables = Vec::with_capacity(groups.len());
    for group in &groups {
        let text = group.text();
        tables.push(if is_terminal { bold(&text) } else { text });
    }
    if !tables.is_empty() {
        output.line(&tables.join("\n\n"))?;
    }
    output.flush()?;
    if !others.is_empty() {
        note(&others);
    }
    if tables.is_empty() {
        bail!("none of the jobs has metrics");
    }
    Ok(())
}

/// The jobs that are named, in that order, or the newest of a pipeline.
async fn asked_for(client: &Client, options: &Compare) -> Result<Vec<TrainingJob>> {
    let Some(pipeline) = &options.pipeline else {
        let mut ids = options.jobs.clone();
        let mut seen = std::collections::HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        let jobs = ids.iter().map(|id| follow::job(client, id, JobView::Basic));
        return try_join_all(jobs).await;
    };
    let filter = JobFilter {
        pipeline_id: pipeline.clone(),
        ..Default::default()
    };
    let (found, more) = jobs::found(client, filter, JobOrder::CreateTime, options.limit as usize).await?;
    if found.is_empty() {
        bail!("there is no job of the pipeline {pipeline}");
    }
    if more {
        note(&format!(
            "only the newest {} jobs are compared: --limit",
            found.len()
        ));
    }
    Ok(found)
}
