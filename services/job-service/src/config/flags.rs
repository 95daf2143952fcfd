//! The command line, and the environment variables beside it. They name what differs between two machines;
//! everything else is in the configuration file.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};

/// Flags that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// A configuration file; `job-service dump-config` shows what may stand in it.
    #[arg(long, env = "TRAINYARD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where gRPC is served, such as 127.0.0.1:50051; port 0 takes any free one.
    #[arg(long, env = "TRAINYARD_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// NATS servers, separated by commas.
    #[arg(long, env = "TRAINYARD_NATS", value_name = "URL", hide_env_values = true)]
    pub nats: Option<String>,
    /// The directory of this service alone: its SQLite file and its lock.
    #[arg(long, env = "TRAINYARD_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The database's URL; the SQLite file in the data directory when left out.
    #[arg(long, env = "TRAINYARD_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// The directory models are written under, or a prefix such as `s3://bucket/models`; shared with the trainers.
    #[arg(long, env = "TRAINYARD_ARTIFACT_ROOT", value_name = "DIR")]
    pub artifact_root: Option<PathBuf>,
    /// A directory, or a prefix such as `s3://bucket/tables`, data sources may lie in; may be given several times (in the environment: separated by `:` or `,`).
    #[arg(
        long = "data-root",
        env = "TRAINYARD_DATA_ROOTS",
        value_name = "DIR",
        value_delimiter = ':'
    )]
    pub data_roots: Vec<String>,
    /// How log lines look: text or json.
    #[arg(long, env = "TRAINYARD_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Which log lines are written, such as `info,job_service=debug`.
    #[arg(long, env = "TRAINYARD_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

impl Flags {
    /// What was given, by section and key.
    #[must_use]
    pub fn sections(&self) -> BTreeMap<&'static str, BTreeMap<&'static str, Value>> {
        let roots: Vec<&str> = self
            .data_roots
            .iter()
            .flat_map(|roots| roots.split(','))
            .filter(|root| !root.is_empty())
            .collect();
        let given = [
            ("server", "listen", self.listen.as_ref().map(|v| json!(v))),
            ("server", "log", self.log.as_ref().map(|v| json!(v))),
            ("server", "log_format", self.log_format.as_ref().map(|v| json!(v))),
            ("nats", "url", self.nats.as_ref().map(|v| json!(v))),
            ("database", "url", self.database.as_ref().map(|v| json!(v))),
            ("storage", "data_dir", self.data_dir.as_ref().map(|v| json!(v))),
            (
                "storage",
                "artifact_root",
                self.artifact_root.as_ref().map(|v| json!(v)),
            ),
            ("storage", "data_roots", (!roots.is_empty()).then(|| json!(roots))),
        ];
        let mut sections: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (section, key, value) in given {
            if let Some(value) = value {
                sections.entry(section).or_default().insert(key, value);
            }
        }
        sections
    }
}
