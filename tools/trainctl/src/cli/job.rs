//! The options of the commands about jobs.

use std::path::PathBuf;

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use messages::v1::{JobFilter, JobOrder, JobState};

/// The file that says what to train, and what stands over it.
#[derive(Debug, Args)]
pub(crate) struct Described {
    /// The file; `-` reads YAML, or a canvas in JSON, from standard input
    pub(crate) file: PathBuf,
    /// The file is a graph as a canvas draws it, in JSON, alone or with what is submitted beside it
    #[arg(long)]
    pub(crate) canvas: bool,
    /// The training node, instead of the file's
    #[arg(long, value_name = "ID")]
    pub(crate) node: Option<String>,
    /// Trains this model instead of the file's; repeatable. Keeps the hyperparameters the file gives for it, if any
    #[arg(long = "model", value_name = "KEY")]
    pub(crate) models: Vec<String>,
    /// The pipeline, instead of the file's
    #[arg(long, value_name = "ID")]
    pub(crate) pipeline: Option<String>,
    /// The data source, instead of the file's; the graph's dataset node has to agree
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: Option<String>,
}

/// Options of `submit`.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    #[command(flatten)]
    pub(crate) described: Described,
    /// Follows the jobs until they end; Ctrl-C stops following, the jobs go on
    #[arg(long, conflicts_with_all = ["validate_only", "no_start"])]
    pub(crate) watch: bool,
    /// Checks everything and shows the plan, without making jobs
    #[arg(long)]
    pub(crate) validate_only: bool,
    /// Makes the jobs without starting them; `trainctl start` does
    #[arg(long)]
    pub(crate) no_start: bool,
    /// Adds a label to the file's; repeatable
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) labels: Vec<(String, String)>,
    /// The id of this request: sent again, it returns the same jobs. Made up if left out
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// Options of `watch`.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The job: its id, or the end of it that tables show
    pub(crate) job: String,
    /// Starts with the events after this number
    #[arg(long, value_name = "EVENT_NO", conflicts_with = "history")]
    pub(crate) after: Option<u32>,
    /// Starts with the job's first event
    #[arg(long)]
    pub(crate) history: bool,
}

/// Options of `get`.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// The job: its id, or the end of it that tables show
    pub(crate) job: String,
    /// Shows its graph, hyperparameters and attempts as well
    #[arg(long)]
    pub(crate) full: bool,
}

/// Which jobs; every option that is given must match.
#[derive(Debug, Clone, Args)]
pub(crate) struct Filter {
    /// Only jobs of this pipeline
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) pipeline: Option<String>,
    /// Only jobs in this state; repeatable
    #[arg(long = "state", value_enum, ignore_case = true)]
    pub(crate) states: Vec<State>,
    /// Only jobs that train this model; repeatable
    #[arg(long = "model", value_name = "KEY")]
    pub(crate) models: Vec<String>,
    /// Only jobs on this data source
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) dataset: Option<String>,
    /// Only jobs with this label; repeatable
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) labels: Vec<(String, String)>,
}

impl From<Filter> for JobFilter {
    fn from(filter: Filter) -> Self {
        let states = filter.states.into_iter();
        JobFilter {
            pipeline_id: filter.pipeline.unwrap_or_default(),
            dataset_source_id: filter.dataset.unwrap_or_default(),
            model_types: filter.models,
            states: states.map(|state| JobState::from(state).into()).collect(),
            labels: filter.labels.into_iter().collect(),
            ..Default::default()
        }
    }
}

/// Options of `list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// What they are sorted by, descending
    #[arg(long, value_enum, default_value_t = Order::Submitted)]
    pub(crate) order: Order,
    /// The most jobs to list
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

/// What jobs are sorted by, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// The time of submission
    Submitted,
    /// The version, which counts up for each data source, training node and model
    Version,
}

impl From<Order> for JobOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Submitted => JobOrder::CreateTime,
            Order::Version => JobOrder::Version,
        }
    }
}

/// Options of `cancel`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true)
    .args(["jobs", "all", "pipeline", "states", "models", "dataset", "labels"]))]
pub(crate) struct Cancel {
    /// The jobs; options that say which instead cancel all that match
    #[arg(value_name = "JOB", conflicts_with_all = ["all", "pipeline", "states", "models", "dataset", "labels"])]
    pub(crate) jobs: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Every job that has not ended
    #[arg(long, conflicts_with_all = ["pipeline", "states", "models", "dataset", "labels"])]
    pub(crate) all: bool,
    /// Why, for people
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// Waits until the jobs have ended; how they ended does not change the exit code
    #[arg(long)]
    pub(crate) wait: bool,
}

/// Options of `compare`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("compared").required(true).args(["jobs", "pipeline"]))]
pub(crate) struct Compare {
    /// The jobs: their ids, or the ends of them that tables show
    #[arg(value_name = "JOB")]
    pub(crate) jobs: Vec<String>,
    /// The newest jobs of this pipeline instead
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) pipeline: Option<String>,
    /// The most jobs of a pipeline
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// The rows that the metrics are of; test, if all jobs have them, else validation or train
    #[arg(long, value_parser = ["test", "validation", "train", "cv_mean"])]
    pub(crate) split: Option<String>,
    /// Only this metric; repeatable. Jobs are sorted by the first
    #[arg(long = "metric", value_name = "NAME")]
    pub(crate) metrics: Vec<String>,
}

/// Options of `start`.
#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The job
    pub(crate) job: String,
    /// Follows the job until it ends
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Options of `retry`.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The finished job
    pub(crate) job: String,
    /// Follows the new job until it ends
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Options of `delete`.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The finished jobs
    #[arg(required = true, value_name = "JOB")]
    pub(crate) jobs: Vec<String>,
    /// Deletes their models as well
    #[arg(long)]
    pub(crate) artifacts: bool,
}

/// Options of `events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The job: its id, or the end of it that tables show
    pub(crate) job: String,
    /// Only the events after this number
    #[arg(long, value_name = "EVENT_NO", default_value_t = 0)]
    pub(crate) after: u32,
}

/// A job's state, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Created,
    Queued,
    Running,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Created => JobState::Created,
            State::Queued => JobState::Queued,
            State::Running => JobState::Running,
            State::Cancelling => JobState::Cancelling,
            State::Succeeded => JobState::Succeeded,
            State::Failed => JobState::Failed,
            State::Cancelled => JobState::Cancelled,
        }
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("expected KEY=VALUE".to_owned()),
    }
}
