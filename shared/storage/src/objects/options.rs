//! What is told of a store beside its URI: variables such as `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID` or
//! `GOOGLE_SERVICE_ACCOUNT`, and how long a store that does not answer is asked again.

use std::time::Duration;

use crate::{Error, Result};

/// The variable that says how long a store that does not answer is asked again before what was written, or the table
/// that was to be read, is given up.
pub const STORE_PATIENCE: &str = "TRAINYARD_STORE_PATIENCE";
/// It stays below five minutes: a request that is tried again is signed as it was the first time.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(180);
/// For what is soon tried again as a whole anyway.
pub(super) const SHORT: Duration = Duration::from_secs(2);

/// How long a store that does not answer is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Two seconds.
    Short,
    /// As long as is configured.
    Configured,
}

impl Patience {
    /// How long the answer to one request may take.
    pub(super) fn with_one_request(self) -> Duration {
        match self {
            Self::Short => Duration::from_secs(10),
            Self::Configured => Duration::from_secs(30),
        }
    }
}

/// Variables by name.
#[derive(Clone, Default)]
pub(crate) struct Options(Vec<(String, String)>);

impl Options {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// The same with one variable set.
    #[cfg(test)]
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Those whose names begin so, in lower case. Stores take names without their prefix as well, and a variable
    /// `TOKEN` of something else must not become a store's.
    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    pub(super) fn of(&self, prefix: &str) -> impl Iterator<Item = (String, &String)> {
        self.0
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
    }

    /// How long to go on.
    ///
    /// # Errors
    /// [`Error::StoreSettings`].
    pub(super) fn span(&self, patience: Patience) -> Result<Duration> {
        let told = self.0.iter().find(|(name, _)| name == STORE_PATIENCE);
        match (patience, told) {
            (Patience::Short, _) => Ok(SHORT),
            (Patience::Configured, None) => Ok(DEFAULT_PATIENCE),
            (Patience::Configured, Some((_, text))) => {
                let span = humantime::parse_duration(text);
                span.map_err(|_| Error::StoreSettings {
                    reason: format!("{STORE_PATIENCE}={text}: expected a span of time such as 90s or 3m"),
                })
            }
        }
    }
}

/// Names alone: values may be secrets.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let text = |(name, value): (N, V)| (name.into(), value.into());
        Self(variables.into_iter().map(text).collect())
    }
}
