//! The options of the commands about tables and predictions.

use clap::{Args, Subcommand, ValueEnum};
use messages::v1::DataFormat;

/// What to do with tables.
#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// Registers a table; the same registration again changes nothing
    Add(AddDataset),
    /// Lists the registered tables
    List,
    /// Shows a registered table
    Get {
        /// Its id
        id: String,
    },
}

/// Options of `datasets add`.
#[derive(Debug, Args)]
pub(crate) struct AddDataset {
    /// The id to register it under
    pub(crate) id: String,
    /// A path on this machine, or a URI
    #[arg(value_name = "PATH_OR_URI")]
    pub(crate) place: String,
    /// Its format, if its name's ending does not tell
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// What separates the cells of a CSV file; a comma if left out
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<String>,
    /// The first line of a CSV file holds values, not the columns' names
    #[arg(long)]
    pub(crate) no_header: bool,
    /// Cells of a CSV file to read as missing, besides the empty one, instead of the usual ones
    #[arg(long = "null", value_name = "VALUE", num_args = 1..)]
    pub(crate) null_values: Vec<String>,
    /// The SHA-256 its content must have
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
}

/// A table's format, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Parquet,
}

impl From<Format> for DataFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => DataFormat::Csv,
            Format::Parquet => DataFormat::Parquet,
        }
    }
}
