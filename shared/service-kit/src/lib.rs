//! What every process of Trainyard does alike: reading its configuration, logging, and ending. It exists so
//! that they look the same to an operator.

mod config;
mod error;
pub mod failpoint;
mod shutdown;
mod telemetry;

pub use config::{ENV_PREFIX, load, shown};
pub use error::{Error, Result};
pub use failpoint::failpoint;
pub use shutdown::Shutdown;
pub use telemetry::{LogFormat, init_logging};
