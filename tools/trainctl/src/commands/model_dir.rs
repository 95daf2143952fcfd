//! Where a model's files are for this program: a directory, or a copy of what lies in an object store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use storage::Uri;
use tempfile::TempDir;

/// A directory with a model's files. A copy goes with it.
pub(super) struct ModelDir {
    path: PathBuf,
    _copy: Option<TempDir>,
}

impl ModelDir {
    /// The directory that is named by its path or by a URI, of which the objects that are wanted are fetched if it is a store's. The
    /// store's address and credentials are taken from the environment.
    pub(super) async fn open(given: &str, is_wanted: impl Fn(&str) -> bool + Send + 'static) -> Result<Self> {
        if !given.contains("://") {
            return Ok(Self::here(Path::new(given)));
        }
        match given.parse()? {
            Uri::File(path) => Ok(Self::here(&path)),
            Uri::Object(prefix) => {
                let copy = tempfile::tempdir().context("cannot make a temporary directory")?;
                let path = copy.path().to_path_buf();
                let directory = path.clone();
                tokio::task::spawn_blocking(move || storage::fetch(&prefix, &directory, is_wanted))
                    .await?
                    .with_context(|| format!("cannot fetch {given}"))?;
                Ok(Self {
                    path,
                    _copy: Some(copy),
                })
            }
            _ => bail!("{given} is no directory"),
        }
    }

    fn here(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            _copy: None,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_model_on_this_machine_is_named_by_directory_or_uri() {
        for (given, path) in [("models/a", "models/a"), ("file:///models/a%20b", "/models/a b")] {
            assert_eq!(
                ModelDir::open(given, |_| true).await.unwrap().path(),
                Path::new(path)
            );
        }
        assert!(ModelDir::open("ftp://host/a", |_| true).await.is_err());
    }
}
