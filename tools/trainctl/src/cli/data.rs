//! The options of the commands about tables and predictions.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use messages::v1::DataFormat;
use ml::frame::Split;

/// What to do with tables.
#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// Registers a table; the same registration again changes nothing
    Add(AddDataset),
    /// Lists the registered tables
    List,
    /// Forgets a registered table; its file stays, and so do jobs that were submitted for it
    Delete {
        /// Its id
        id: String,
    },
    /// Shows a registered table
    Get {
        /// Its id
        id: String,
    },
}

/// What to do with a model's files.
#[derive(Debug, Subcommand)]
pub(crate) enum ArtifactCommand {
    /// Fetches a job's model from the server; every file is held against its SHA-256
    Get(GetArtifact),
    /// Checks that a model's files are what its manifest says; the manifest itself is held against nothing
    Verify {
        /// The directory, or the model's URI
        directory: String,
    },
}

/// Options of `artifact get`.
#[derive(Debug, Args)]
pub(crate) struct GetArtifact {
    /// The job: its id, or the end of it that tables show
    pub(crate) job: String,
    /// The directory to write to; one with the job's id if left out
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Fetches this file alone; repeatable
    #[arg(long = "file", value_name = "NAME")]
    pub(crate) files: Vec<String>,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The directory of a model on this machine, or else a job, whose page is fetched from the server
    #[arg(value_name = "DIR_OR_JOB")]
    pub(crate) model: String,
    /// The file to write the page to; for a job, `JOB-report.html` if left out
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Options of `datasets add`.
#[derive(Debug, Args)]
pub(crate) struct AddDataset {
    /// The id to register it under
    pub(crate) id: String,
    /// A path on this machine, or a URI
    #[arg(value_name = "PATH_OR_URI")]
    pub(crate) place: String,
    #[command(flatten)]
    pub(crate) written: Written,
    /// The SHA-256 its content must have
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
}

/// How a table is written.
#[derive(Debug, Default, Args)]
pub(crate) struct Written {
    /// Its format, if its name's ending does not tell
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// What separates the cells of a CSV file; a comma if left out
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<String>,
    /// The first line of a CSV file holds values, not the columns' names
    #[arg(long)]
    pub(crate) no_header: bool,
    /// What a CSV file puts around cells with delimiters or line ends in them; `"` if left out
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) quote: Option<String>,
    /// Cells of a CSV file to read as missing, besides the empty one, instead of the usual ones
    #[arg(long = "null", value_name = "VALUE", num_args = 1..)]
    pub(crate) null_values: Vec<String>,
}

/// A table's format, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Parquet,
    Ndjson,
    Arrow,
    Xlsx,
}

impl From<Format> for DataFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => DataFormat::Csv,
            Format::Parquet => DataFormat::Parquet,
            Format::Ndjson => DataFormat::Ndjson,
            Format::Arrow => DataFormat::Arrow,
            Format::Xlsx => DataFormat::Xlsx,
        }
    }
}

/// Options of `predict`.
#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// The model's directory, or its URI: file:///… or s3://…
    #[arg(long, value_name = "DIR")]
    pub(crate) artifact: String,
    /// The table to predict on. A CSV file is taken to be written as the one that the model was trained on, where the
    /// options do not say otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) written: Written,
    /// Only these rows of the very table the model was trained on; computes their metrics again, and fails
    /// unless they equal the recorded ones exactly
    #[arg(long, value_enum)]
    pub(crate) rows: Option<Rows>,
    /// Where to write the predictions; `-`, the default without --rows and --json, is standard output. The file is
    /// there once it is whole. Rows are numbered from 0
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How to write them, if the ending of --output does not tell; CSV on standard output
    #[arg(long, value_enum)]
    pub(crate) output_format: Option<OutputFormat>,
}

/// How a table is written, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Csv,
    Ndjson,
    Parquet,
}

/// The rows of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rows {
    Train,
    Validation,
    Test,
}

impl From<Rows> for Split {
    fn from(rows: Rows) -> Self {
        match rows {
            Rows::Train => Split::Train,
            Rows::Validation => Split::Validation,
            Rows::Test => Split::Test,
        }
    }
}

/// Options of `transform`.
#[derive(Debug, Args)]
pub(crate) struct Transform {
    /// The file with the graph, in YAML or JSON, as it is submitted; `-` reads YAML, or a canvas in JSON, from
    /// standard input
    pub(crate) file: PathBuf,
    /// The file is a graph as a canvas draws it, in JSON, alone or with what is submitted beside it
    #[arg(long)]
    pub(crate) canvas: bool,
    /// The table to transform; the nodes learn from it, as from the table of a training
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) written: Written,
    /// Where to write the result. The file is there once it is whole
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How to write it, if the ending of --output does not tell
    #[arg(long, value_enum)]
    pub(crate) output_format: Option<OutputFormat>,
    /// The node to end with; the file's training node if left out, or the one that no other follows
    #[arg(long, value_name = "ID")]
    pub(crate) node: Option<String>,
    /// Adds the columns `row`, a row's number in the table counted from 0, and `split`
    #[arg(long)]
    pub(crate) numbered: bool,
}
