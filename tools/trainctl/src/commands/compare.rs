//! `compare`: jobs side by side by their metrics.

use std::io::{IsTerminal, stdout};

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
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
            .map(json::job_in_brief)
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

/// How many jobs are asked for at once.
const AT_ONCE: usize = 8;

/// The jobs that are named, in that order, or the newest of a pipeline; in full, as what was trained on what tells whether
/// their metrics compare.
async fn asked_for(client: &Client, options: &Compare) -> Result<Vec<TrainingJob>> {
    let ids = ids(client, options).await?;
    let jobs = stream::iter(&ids).map(|id| follow::job(client, id, JobView::Full));
    jobs.buffered(AT_ONCE).try_collect().await
}

async fn ids(client: &Client, options: &Compare) -> Result<Vec<String>> {
    let Some(pipeline) = &options.pipeline else {
        let mut ids = jobs::full_ids(client, &options.jobs).await?;
        let mut seen = std::collections::HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        return Ok(ids);
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
    Ok(found.into_iter().map(|job| job.job_id).collect())
}
