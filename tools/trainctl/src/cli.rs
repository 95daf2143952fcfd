//! The command line, as clap reads it. The doc comments are what `--help` prints.

mod data;
mod job;

use std::collections::BTreeSet;

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

pub(crate) use data::{
    AddDataset, ArtifactCommand, DatasetsCommand, GetArtifact, OutputFormat, Predict, Report, Transform,
    Written,
};
pub(crate) use job::{Cancel, Compare, Delete, Described, Events, Get, List, Retry, Start, Submit, Watch};

/// The server asked when none is named.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";

/// Submits training jobs to Trainyard, follows them, and predicts with what they trained.
#[derive(Debug, Parser)]
#[command(name = "trainctl", version, after_help = crate::exit::HELP, max_term_width = 110)]
pub(crate) struct Cli {
    /// The job-service to talk to
    #[arg(long, global = true, env = "TRAINYARD_SERVER", default_value = DEFAULT_SERVER, value_name = "URL")]
    pub(crate) server: String,
    /// Writes data as JSON on standard output; everything else goes to standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Submits the jobs described in a YAML or JSON file
    Submit(Submit),
    /// Checks what a YAML or JSON file describes and shows what a trainer would do, on this machine
    Plan(Described),
    /// Follows a job until it ends; with --json, one event on each line
    Watch(Watch),
    /// Shows a job
    Get(Get),
    /// Lists jobs, newest or highest version first
    List(List),
    /// Shows the metrics of jobs side by side, the best of each marked
    Compare(Compare),
    /// Cancels jobs
    Cancel(Cancel),
    /// Starts a job that was submitted with --no-start
    Start(Start),
    /// Runs a finished job once more: a new job and version, from what was submitted
    Retry(Retry),
    /// Deletes finished jobs and their histories
    Delete(Delete),
    /// Shows how many jobs wait, and how many trainers and slots there are for them
    Queues,
    /// Lists what happened to a job
    Events(Events),
    /// Lists the models that can be trained, or the parameters of one
    Models {
        /// The model to show
        key: Option<String>,
    },
    /// Lists the nodes that graphs are made of, or the parameters of one
    Nodes {
        /// The node to show, by its key or an alias
        key: Option<String>,
    },
    /// Registers and lists the tables that jobs read
    #[command(subcommand)]
    Datasets(DatasetsCommand),
    /// Fetches a model's files, or checks them
    #[command(subcommand)]
    Artifact(ArtifactCommand),
    /// Brings the page about a model, and tells where it is
    Report(Report),
    /// Predicts with a trained model, on this machine
    Predict(Predict),
    /// Takes a table through a graph, on this machine and without training a model
    Transform(Transform),
}

impl Cli {
    /// The command line of this process; refused like any other mistake if a label has two values, of which no job can
    /// have both.
    pub(crate) fn read() -> Self {
        let cli = Self::parse();
        if let Some(key) = cli.label_given_twice() {
            let message = format!("label {key:?} is given twice: a job has one value of it");
            Self::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        cli
    }

    fn label_given_twice(&self) -> Option<&str> {
        let labels = match &self.command {
            Command::Submit(submit) => &submit.labels,
            Command::List(list) => &list.filter.labels,
            Command::Cancel(cancel) => &cancel.filter.labels,
            _ => return None,
        };
        let mut seen = BTreeSet::new();
        let again = labels.iter().find(|(key, _)| !seen.insert(key));
        again.map(|(key, _)| key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        for line in [
            "trainctl submit x.yaml --watch --no-start",
            "trainctl submit x.yaml --watch --validate-only",
            "trainctl watch j --after 3 --history",
            "trainctl predict --artifact a",
            "trainctl transform graph.yaml --input t.csv",
            "trainctl list --state SLEEPING",
            "trainctl submit x.yaml --label nothing",
            "trainctl cancel",
            "trainctl compare",
            "trainctl compare j --pipeline p",
            "trainctl cancel j --all",
            "trainctl cancel j --pipeline p",
            "trainctl cancel --all --pipeline p",
            "trainctl list --order size",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn a_filter_whose_value_got_lost_does_not_stand_for_every_job() {
        for command in ["cancel", "list"] {
            for option in ["--pipeline", "--dataset"] {
                assert!(Cli::try_parse_from(["trainctl", command, option, ""]).is_err());
                assert!(Cli::try_parse_from(["trainctl", command, option, "x"]).is_ok());
            }
        }
    }

    #[test]
    fn a_label_has_one_value() {
        for command in ["submit x.yaml", "list", "cancel"] {
            let line = format!("trainctl {command} --label t=a --label u=a");
            let twice = |line: &str| {
                let cli = Cli::try_parse_from(line.split(' ')).unwrap();
                cli.label_given_twice().map(ToOwned::to_owned)
            };
            assert_eq!(twice(&line), None);
            assert_eq!(twice(&format!("{line} --label t=b")).as_deref(), Some("t"));
        }
    }

    #[test]
    fn options_for_all_commands_may_follow_the_command() {
        let cli = Cli::try_parse_from(["trainctl", "list", "--json", "--server", "http://h:1"]).unwrap();
        assert!(cli.json);
        assert_eq!(cli.server, "http://h:1");
    }
}
