//! Where the files of one attempt lie under the artifact root. Attempt and lease are part of it, so two
//! attempts never write to the same place, whatever each believes about the other.

use std::{fmt, path::PathBuf, str::FromStr};

use crate::{Error, Result, check_name};

/// `models/<pipeline>/<job>/v<version>/<attempt>-<lease>`, every part checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArtifactPath {
    parent: String,
    name: String,
}

impl ArtifactPath {
    /// The path of the attempt that holds a lease.
    ///
    /// # Errors
    /// [`Error::InvalidName`] when an id could be more than one path component.
    pub fn new(pipeline_id: &str, job_id: &str, version: i64, attempt: i32, lease_id: &str) -> Result<Self> {
        check_name("pipeline id", pipeline_id)?;
        check_name("job id", job_id)?;
        check_name("lease id", lease_id)?;
        let parent = format!("models/{pipeline_id}/{job_id}/v{version}");
        let path = Self {
            parent,
            name: format!("{attempt}-{lease_id}"),
        };
        if version < 1 || attempt < 1 {
            return Err(Error::InvalidArtifactPath {
                path: path.to_string(),
            });
        }
        Ok(path)
    }

    /// The directory of all attempts of a job, relative to the root.
    pub(crate) fn of_job(pipeline_id: &str, job_id: &str) -> Result<String> {
        check_name("pipeline id", pipeline_id)?;
        check_name("job id", job_id)?;
        Ok(format!("models/{pipeline_id}/{job_id}"))
    }

    /// The directory it lies in, relative to the root.
    pub(crate) fn parent(&self) -> PathBuf {
        PathBuf::from(&self.parent)
    }

    /// Its name in that directory.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name its files are written under until all of them are there.
    pub(crate) fn partial_name(&self) -> String {
        format!(".{}.partial", self.name)
    }

    /// The path relative to the root.
    #[must_use]
    pub fn relative(&self) -> PathBuf {
        self.parent().join(&self.name)
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.parent, self.name)
    }
}

impl FromStr for ArtifactPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let fail = || Error::InvalidArtifactPath {
            path: text.to_owned(),
        };
        let parts: Vec<_> = text.trim_end_matches('/').split('/').collect();
        let ["models", pipeline, job, version, name] = parts[..] else {
            return Err(fail());
        };
        let version = version
            .strip_prefix('v')
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(fail)?;
        let (attempt, lease) = name.split_once('-').ok_or_else(fail)?;
        let path = Self::new(
            pipeline,
            job,
            version,
            attempt.parse().map_err(|_| fail())?,
            lease,
        )?;
        // What does not print as it was read, such as `v01` or `+1-x`, was not written by us.
        if path.to_string() == text.trim_end_matches('/') {
            Ok(path)
        } else {
            Err(fail())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_a_round_trip_and_nothing_else_is_read() {
        let path = ArtifactPath::new("churn", "job-1", 3, 2, "lease").unwrap();
        assert_eq!(path.to_string(), "models/churn/job-1/v3/2-lease");
        assert_eq!(path.to_string().parse::<ArtifactPath>().unwrap(), path);
        for bad in [
            "",
            "models",
            "/models/a/b/v1/1-l",
            "models/a/b/v1/1-l/x",
            "models/../b/v1/1-l",
            "models/a/b/v0/1-l",
            "models/a/b/1/1-l",
            "models/a/b/v1/l",
            "models/a/b/v01/1-l",
            "models/a/b/v1/+1-l",
            "other/a/b/v1/1-l",
        ] {
            assert!(bad.parse::<ArtifactPath>().is_err(), "{bad}");
        }
        assert!(ArtifactPath::new("a/b", "job", 1, 1, "l").is_err());
        assert!(ArtifactPath::new("a", "..", 1, 1, "l").is_err());
    }
}
